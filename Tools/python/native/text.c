/* SPDX-License-Identifier: Apache-2.0 */

#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
    /** Bytes looked at between two reservations. */
    stretch = 4096,
    /** The most that one byte becomes: a \u escape. */
    longest = 6,
};

typedef uint8_t vector __attribute__((vector_size(block)));
typedef uint64_t halves __attribute__((vector_size(block)));

static inline bool is_special(uint8_t byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

/** How many of the block's bytes can stand as they are before the first that cannot. */
static inline unsigned plain_bytes(vector bytes) {
    halves found = (halves)((bytes < 0x20) | (bytes == '"') | (bytes == '\\'));
    if (found[0] != 0) return (unsigned)__builtin_ctzll(found[0]) / 8;
    if (found[1] != 0) return (unsigned)__builtin_ctzll(found[1]) / 8 + 8;
    return block;
}

/** Writes a \u escape. */
static char *put_unicode(char *to, unsigned unit) {
    static const char hex[] = "0123456789abcdef";
    const char escape[longest] = {'\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15],
                                  hex[unit >> 4 & 15], hex[unit & 15]};
    memcpy(to, escape, longest);
    return to + longest;
}

static inline char *put_byte(char *to, uint8_t byte) {
    if (!is_special(byte)) {
        *to = (char)byte;
        return to + 1;
    }
    if (letters[byte] == 0) return put_unicode(to, byte);
    to[0] = '\\';
    to[1] = letters[byte];
    return to + 2;
}

/** Writes a stretch of a string; there is room for all of it as escapes, and a block more. */
static char *put_stretch(char *to, const uint8_t *from, size_t count) {
    while (count >= block) {
        vector bytes;
        memcpy(&bytes, from, block);
        memcpy(to, &bytes, block); /* What is special is overwritten. */
        unsigned plain = plain_bytes(bytes);
        to += plain;
        if (plain < block) to = put_byte(to, from[plain++]);
        from += plain;
        count -= plain;
    }
    while (count-- > 0) to = put_byte(to, *from++);
    return to;
}

bool text_append_json_string(text *self, const char *bytes, size_t count) {
    const uint8_t *from = (const uint8_t *)bytes;
    if (!text_append(self, "\"", 1)) return false;
    while (count > 0) {
        size_t now = count < stretch ? count : stretch;
        if (!text_reserve(self, now * longest + block)) return false;
        char *end = put_stretch(self->bytes + self->count, from, now);
        self->count = (size_t)(end - self->bytes);
        from += now;
        count -= now;
    }
    return text_append(self, "\"", 1);
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
