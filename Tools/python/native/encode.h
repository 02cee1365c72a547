/* SPDX-License-Identifier: Apache-2.0 */
/* Python values as the JSON text that Burr's serde and pydantic together make of them. */

#ifndef BURRLOG_ENCODE_H
#define BURRLOG_ENCODE_H

#include "python.h"
#include "text.h"

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
} encoder;

/**
 * Appends the JSON text of a value.
 *
 * @return 0, or -1 with a Python exception set; `out` then holds the beginning of the text.
 */
int encode_value(encoder *self, PyObject *value);

/** Appends a Python string as a JSON string, lone surrogates escaped; 0, or -1 and an exception. */
int encode_string(text *out, PyObject *string);

#endif
