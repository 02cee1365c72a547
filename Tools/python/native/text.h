/* SPDX-License-Identifier: Apache-2.0 */
/* A growing buffer of UTF-8 text, and JSON strings written into it. */

#ifndef BURRLOG_TEXT_H
#define BURRLOG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/** Bytes that grow as they are appended to. All zero is an empty one. */
typedef struct {
    char *bytes;
    size_t count;
    size_t capacity;
} text;

/** Asks for room for `more` bytes behind those there are; false when memory is short. */
bool text_grow(text *self, size_t more);

/** Makes room for `more` bytes behind those there are; false when memory is short. */
static inline bool text_reserve(text *self, size_t more) {
    return self->capacity - self->count >= more || text_grow(self, more);
}

/** Appends bytes as they are; false when memory is short. */
static inline bool text_append(text *self, const char *bytes, size_t count) {
    if (!text_reserve(self, count)) return false;
    if (count > 0) memcpy(self->bytes + self->count, bytes, count);
    self->count += count;
    return true;
}

/** Appends one byte; false when memory is short. */
static inline bool text_put(text *self, char byte) {
    if (!text_reserve(self, 1)) return false;
    self->bytes[self->count++] = byte;
    return true;
}

/**
 * Appends UTF-8 as a JSON string, quotes included, escaped as little as JSON allows; false when
 * memory is short.
 */
bool text_append_json_string(text *self, const char *bytes, size_t count);

/** The same of UTF-8 with lone surrogates of three bytes each, which become `\udXXX` escapes. */
bool text_append_json_surrogates(text *self, const char *bytes, size_t count);

/** Gives the memory back. */
void text_free(text *self);

#endif
