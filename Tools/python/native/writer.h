/* SPDX-License-Identifier: Apache-2.0 */
/* The Python type `Writer`: one application being recorded. */

#ifndef BURRLOG_WRITER_H
#define BURRLOG_WRITER_H

#include "burr.h"
#include "python.h"

/** Raises the module's `LogError` with a code and a message, and frees the message. */
void raise_log_error(PyObject *module, burr_result code, char *message);

/** A text argument: the UTF-8 of a str, the bytes of bytes, absent for None. 0, or -1. */
int text_argument(PyObject *value, burr_text *out);

/** Makes the type; NULL with an exception. */
PyObject *make_writer_type(PyObject *module);

#endif
