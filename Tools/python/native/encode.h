/* SPDX-License-Identifier: Apache-2.0 */
/* Python values as the JSON text that Burr's serde and pydantic together make of them. */

#ifndef BURRLOG_ENCODE_H
#define BURRLOG_ENCODE_H

#include "python.h"
#include "text.h"

/** A short key and its text, which the messages of a chat have again and again. */
typedef struct {
    PyObject *key;
    /** The calls there had been: the key is the same object as long as there are no more. */
    unsigned calls;
    unsigned count;
    char text[32];
} known_key;

enum { known_keys = 8 };

/** How values are turned into text. */
typedef struct {
    text *out;
    /**
     * Called with a value of a type that JSON does not have, and gives what stands for it
     * (Burr's `serde.serialize`). NULL where values have been serialised already.
     */
    PyObject *serialize;
    /** Called with a value that is left, and gives its JSON text as bytes (pydantic). */
    PyObject *dump;
    int depth;
    /** Calls into Python so far: what was seen before one may have changed, or be gone. */
    unsigned calls;
    known_key keys[known_keys];
} encoder;

/**
 * Appends the JSON text of a value.
 *
 * @return 0, or -1 with a Python exception set; `out` then holds the beginning of the text.
 */
int encode_value(encoder *self, PyObject *value);

/** Appends a Python string as a JSON string, lone surrogates escaped; 0, or -1 and an exception. */
int encode_string(encoder *self, PyObject *string);

#endif
