/* The door to zlib: replies in gzip. */
#include <zlib.h>

/* deflateInit2 is a macro: a gzip stream, window of 32 KiB. */
static inline int zlib_begin_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
