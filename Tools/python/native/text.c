/* SPDX-License-Identifier: Apache-2.0 */

#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

bool text_grow(text *self, size_t more) {
    size_t capacity = self->capacity < 512 ? 1024 : self->capacity * 2;
    if (capacity < self->count + more) capacity = self->count + more;
    char *bytes = realloc(self->bytes, capacity);
    if (bytes == NULL) return false;
    self->bytes = bytes;
    self->capacity = capacity;
    return true;
}

void text_free(text *self) {
    free(self->bytes);
    *self = (text){0};
}

/** The characters of a JSON string that have an escape of one letter. */
static const char letters[128] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                  ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};

enum {
    block = 16,
    /** Bytes whose characters are looked at together: one bit each. */
    word = 64,
    /** Bytes looked at between two reservations. */
    stretch = 4096,
    /** The most that one byte becomes: a \u escape. */
    longest = 6,
};

typedef uint8_t vector __attribute__((vector_size(block)));
typedef uint64_t halves __attribute__((vector_size(block)));

static inline bool is_special(uint8_t byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

/** One bit for each byte that is all ones; the others are zero. */
static inline uint64_t bits_of(vector bytes) {
#ifdef __SSE2__
    return (uint64_t)_mm_movemask_epi8((__m128i)bytes);
#else
    const uint64_t each = 0x8040201008040201, sum = 0x0101010101010101;
    halves both = (halves)bytes;
    return (both[0] & each) * sum >> 56 | ((both[1] & each) * sum >> 56) << 8;
#endif
}

/** Which of a block's bytes cannot stand as they are, the first in the lowest bit. */
static inline uint64_t specials(const uint8_t *from) {
    vector bytes;
    memcpy(&bytes, from, block);
    return bits_of((vector)((bytes < 0x20) | (bytes == '"') | (bytes == '\\')));
}

/** Writes a \u escape. */
static char *put_unicode(char *to, unsigned unit) {
    static const char hex[] = "0123456789abcdef";
    const char escape[longest] = {'\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15],
                                  hex[unit >> 4 & 15], hex[unit & 15]};
    memcpy(to, escape, longest);
    return to + longest;
}

static inline char *put_special(char *to, uint8_t byte) {
    if (letters[byte] == 0) return put_unicode(to, byte);
    to[0] = '\\';
    to[1] = letters[byte];
    return to + 2;
}

static inline char *put_byte(char *to, uint8_t byte) {
    if (is_special(byte)) return put_special(to, byte);
    *to = (char)byte;
    return to + 1;
}

/** Copies in whole blocks: up to one block more is read and written. */
static inline char *put_plain(char *to, const uint8_t *from, size_t count) {
    for (size_t i = 0; i < count; i += block) memcpy(to + i, from + i, block);
    return to + count;
}

/** Writes up to a word of bytes, `marks` those that are special; a block more can be read. */
static inline char *put_marked(char *to, const uint8_t *from, size_t count, uint64_t marks) {
    size_t done = 0;
    for (; marks != 0; marks &= marks - 1) {
        size_t next = (size_t)__builtin_ctzll(marks);
        to = put_plain(to, from + done, next - done);
        to = put_special(to, from[next]);
        done = next + 1;
    }
    return put_plain(to, from + done, count - done);
}

/** The high bit of the first of eight bytes that is special, and of some behind it; else 0. */
static inline uint64_t special_bits(uint64_t bytes) {
    const uint64_t each = 0x0101010101010101, high = 0x8080808080808080;
    uint64_t quote = bytes ^ each * '"', slash = bytes ^ each * '\\';
    uint64_t control = (bytes - each * 0x20) & ~bytes;
    return (control | ((quote - each) & ~quote) | ((slash - each) & ~slash)) & high;
}

/** How many of `count` bytes stand before the first special one, from the bits of two pieces. */
static inline size_t plain_bytes(uint64_t first, uint64_t last, size_t behind, size_t count) {
    if (first != 0) return (size_t)__builtin_ctzll(first) / 8;
    return last == 0 ? count : behind + (size_t)__builtin_ctzll(last) / 8;
}

/** Copies 4 to 15 bytes, in two pieces; gives how many stand before the first special one. */
static inline size_t copy_few(char *to, const uint8_t *from, size_t count) {
    if (count >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + count - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + count - 8, &last, 8);
        return plain_bytes(special_bits(first), special_bits(last), count - 8, count);
    }
    uint32_t first, last;
    memcpy(&first, from, 4);
    memcpy(&last, from + count - 4, 4);
    memcpy(to, &first, 4);
    memcpy(to + count - 4, &last, 4);
    uint64_t both = special_bits(first | (uint64_t)last << 32);
    return plain_bytes((uint32_t)both, both >> 32, count - 4, count);
}

/** Writes less than a block of bytes. */
static inline char *put_few(char *to, const uint8_t *from, size_t count) {
    while (count >= 4) {
        size_t plain = copy_few(to, from, count);
        to += plain;
        if (plain == count) return to;
        to = put_special(to, from[plain]);
        from += plain + 1;
        count -= plain + 1;
    }
    while (count-- > 0) to = put_byte(to, *from++);
    return to;
}

/** Writes the last bytes of a stretch, and reads none behind them. */
static char *put_rest(char *to, const uint8_t *from, size_t count) {
    for (; count >= 2 * block; from += block, count -= block) {
        to = put_marked(to, from, block, specials(from));
    }
    if (count >= block && specials(from) == 0) {
        to = put_plain(to, from, block);
        from += block;
        count -= block;
    }
    for (; count >= block; from += block / 2, count -= block / 2) {
        to = put_few(to, from, block / 2);
    }
    return put_few(to, from, count);
}

/** Writes a stretch of a string; there is room for all of it as escapes, and a block more. */
static char *put_stretch(char *to, const uint8_t *from, size_t count) {
    while (count >= word + block) {
        uint64_t marks = specials(from) | specials(from + block) << block |
                         specials(from + 2 * block) << 2 * block |
                         specials(from + 3 * block) << 3 * block;
        to = put_marked(to, from, word, marks);
        from += word;
        count -= word;
    }
    return put_rest(to, from, count);
}

/** Makes room for the next stretch of a string as escapes, for both quotes, and a block more. */
static inline bool reserve_stretch(text *self, size_t count) {
    return text_reserve(self, (count < stretch ? count : stretch) * longest + 2 + block);
}

bool text_append_json_string(text *self, const char *bytes, size_t count) {
    const uint8_t *from = (const uint8_t *)bytes;
    if (!reserve_stretch(self, count)) return false;
    char *to = self->bytes + self->count;
    *to++ = '"';
    while (count > stretch) {
        self->count = (size_t)(put_stretch(to, from, stretch) - self->bytes);
        from += stretch;
        count -= stretch;
        if (!reserve_stretch(self, count)) return false;
        to = self->bytes + self->count;
    }
    to = count < block ? put_few(to, from, count) : put_stretch(to, from, count);
    *to++ = '"';
    self->count = (size_t)(to - self->bytes);
    return true;
}

bool text_append_json_surrogates(text *self, const char *bytes, size_t count) {
    const uint8_t *from = (const uint8_t *)bytes, *end = from + count;
    if (!text_reserve(self, count * longest + 2)) return false;
    char *to = self->bytes + self->count;
    *to++ = '"';
    while (from < end) {
        bool is_surrogate = end - from >= 3 && from[0] == 0xed && from[1] >= 0xa0;
        if (is_surrogate) {
            to = put_unicode(to, 0xd000u | (from[1] & 0x3fu) << 6 | (from[2] & 0x3fu));
            from += 3;
        } else {
            to = put_byte(to, *from++);
        }
    }
    *to++ = '"';
    self->count = (size_t)(to - self->bytes);
    return true;
}
