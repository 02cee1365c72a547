/* SPDX-License-Identifier: Apache-2.0 */
/* Python's stable interface as of 3.9, and what joined it later. */

#ifndef BURRLOG_PYTHON_H
#define BURRLOG_PYTHON_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03090000
#include <Python.h>

/*
 * In the stable interface since 3.10, with this signature in every version from 3.9 on: a library
 * that 3.9 loads finds it there too.
 */
#if PY_VERSION_HEX < 0x030a0000 || Py_LIMITED_API < 0x030a0000
PyAPI_FUNC(const char *) PyUnicode_AsUTF8AndSize(PyObject *unicode, Py_ssize_t *size);
#endif

/*
 * A method whose arguments come as a C array: in the stable interface since 3.10, and the same in
 * 3.9. Those of a step are called so often that a tuple for them would be felt.
 */
#ifndef METH_FASTCALL
#define METH_FASTCALL 0x0080
#endif

#endif
