/* SPDX-License-Identifier: Apache-2.0 */
/* The Python type `Writer`: one application being recorded. */

#ifndef BURRLOG_WRITER_H
#define BURRLOG_WRITER_H

#include "burr.h"
#include "python.h"

#include <stdbool.h>

/** Raises the module's `LogError` with a code and a message, and frees the message. */
void raise_log_error(PyObject *module, burr_result code, char *message);

/** A text argument: the UTF-8 of a str, the bytes of bytes, absent for None. 0, or -1. */
int text_argument(PyObject *value, burr_text *out);

/** Whether an object is a writer. */
bool is_writer(PyObject *object);

/** Whether a writer can be written to: it was not closed. */
bool writer_is_open(PyObject *writer);

/** Whether the fields of a state are what Burr would write: none has a serializer of its own. */
bool writer_takes_fields(PyObject *writer, PyObject *state);

/** `Writer.step_begin` with its arguments. */
PyObject *writer_step_begin(PyObject *writer, PyObject *const *given, Py_ssize_t count);

/** `Writer.step_end` with its arguments. */
PyObject *writer_step_end(PyObject *writer, PyObject *const *given, Py_ssize_t count);

/** `Writer.release`. */
PyObject *writer_release(PyObject *writer);

/** Makes the type; NULL with an exception. */
PyObject *make_writer_type(PyObject *module);

#endif
