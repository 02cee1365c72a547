/* SPDX-License-Identifier: Apache-2.0 */

#include "encode.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/** Values within one another; what nests deeper has no text. Logs allow 1,024. */
enum { depth_limit = 900 };

static int append(text *out, const char *bytes, size_t count) {
    if (text_append(out, bytes, count)) return 0;
    PyErr_NoMemory();
    return -1;
}

static inline int put(text *out, char byte) {
    if (text_put(out, byte)) return 0;
    PyErr_NoMemory();
    return -1;
}

/** A string that has no UTF-8: it has lone surrogates. */
static int encode_surrogates(encoder *self, PyObject *string) {
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return -1;
    PyErr_Clear();
    self->calls++;
    PyObject *encoded = PyUnicode_AsEncodedString(string, "utf-8", "surrogatepass");
    if (encoded == NULL) return -1;
    bool done = text_append_json_surrogates(
        self->out, PyBytes_AsString(encoded), (size_t)PyBytes_Size(encoded));
    Py_DECREF(encoded);
    if (!done) PyErr_NoMemory();
    return done ? 0 : -1;
}

int encode_string(encoder *self, PyObject *string) {
    Py_ssize_t count;
    const char *bytes = PyUnicode_AsUTF8AndSize(string, &count);
    if (bytes == NULL) return encode_surrogates(self, string);
    if (text_append_json_string(self->out, bytes, (size_t)count)) return 0;
    PyErr_NoMemory();
    return -1;
}

/** Appends the bytes that a call gave; takes the reference. */
static int append_bytes(text *out, PyObject *bytes) {
    if (bytes == NULL) return -1;
    char *start;
    Py_ssize_t count;
    int result = PyBytes_AsStringAndSize(bytes, &start, &count);
    if (result == 0) result = append(out, start, (size_t)count);
    Py_DECREF(bytes);
    return result;
}

static int encode_by_dump(encoder *self, PyObject *value) {
    self->calls++;
    return append_bytes(self->out, PyObject_CallFunctionObjArgs(self->dump, value, NULL));
}

static int encode_integer(encoder *self, PyObject *value) {
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0) return encode_by_dump(self, value);
    if (number == -1 && PyErr_Occurred()) return -1;
    char digits[24], *at = digits + sizeof digits;
    unsigned long long rest = number < 0 ? 0ull - (unsigned long long)number
                                         : (unsigned long long)number;
    do *--at = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (number < 0) *--at = '-';
    return append(self->out, at, (size_t)(digits + sizeof digits - at));
}

/**
 * Appends a float: Python's shortest digits, where pydantic writes them the same way.
 *
 * Very large and very small ones are written in ways that depend on pydantic's version.
 */
static int encode_float(encoder *self, PyObject *value) {
    double number = PyFloat_AsDouble(value);
    double size = fabs(number);
    if (!isfinite(number)) return append(self->out, "null", 4);
    if (size != 0 && (size < 1e-4 || size >= 1e16)) return encode_by_dump(self, value);
    char *digits = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (digits == NULL) return -1;
    int result = append(self->out, digits, strlen(digits));
    PyMem_Free(digits);
    return result;
}

/** A key that is no string: pydantic says what it is, as the key of an object of its own. */
static int encode_odd_key(encoder *self, PyObject *key) {
    PyObject *object = PyDict_New();
    if (object == NULL || PyDict_SetItem(object, key, Py_None) != 0) {
        Py_XDECREF(object);
        return -1;
    }
    self->calls++;
    PyObject *bytes = PyObject_CallFunctionObjArgs(self->dump, object, NULL);
    Py_DECREF(object);
    if (bytes == NULL) return -1;
    char *start;
    Py_ssize_t count;
    int result = PyBytes_AsStringAndSize(bytes, &start, &count);
    /* {"key":null} */
    if (result == 0 && count >= 9) result = append(self->out, start + 1, (size_t)count - 7);
    Py_DECREF(bytes);
    return result;
}

/** A key, and the colon behind it. */
static int encode_key(encoder *self, PyObject *key) {
    text *out = self->out;
    known_key *known = &self->keys[(uintptr_t)key / 32 % known_keys];
    if (known->key == key && known->calls == self->calls) {
        if (!text_reserve(out, sizeof known->text)) {
            PyErr_NoMemory();
            return -1;
        }
        memcpy(out->bytes + out->count, known->text, sizeof known->text);
        out->count += known->count;
        return 0;
    }
    size_t begin = out->count;
    bool is_string = Py_TYPE(key) == &PyUnicode_Type;
    if ((is_string ? encode_string(self, key) : encode_odd_key(self, key)) != 0) return -1;
    if (put(out, ':') != 0) return -1;
    size_t count = out->count - begin;
    if (!is_string || count > sizeof known->text) return 0;
    *known = (known_key){.key = key, .calls = self->calls, .count = (unsigned)count};
    memcpy(known->text, out->bytes + begin, count);
    return 0;
}

static int encode_member(encoder *self, PyObject *key, PyObject *value) {
    return encode_key(self, key) != 0 ? -1 : encode_value(self, value);
}

/** Gives a reference back. After a call it may be the last one: what that sets off is another. */
static inline void let_go(encoder *self, PyObject *object, unsigned calls) {
    Py_DECREF(object);
    if (self->calls != calls) self->calls++;
}

static int encode_dict(encoder *self, PyObject *dict) {
    Py_ssize_t at = 0, size = PyDict_Size(dict);
    PyObject *key, *value;
    const unsigned calls = self->calls;
    char before = '{';
    if (size == 0) return append(self->out, "{}", 2);
    while (PyDict_Next(dict, &at, &key, &value)) {
        if (put(self->out, before) != 0) return -1;
        before = ',';
        Py_INCREF(key);
        Py_INCREF(value);
        int result = encode_member(self, key, value);
        let_go(self, key, calls);
        let_go(self, value, calls);
        if (result != 0) return -1;
        if (self->calls != calls && PyDict_Size(dict) != size) {
            PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
            return -1;
        }
    }
    return put(self->out, '}');
}

static int encode_list(encoder *self, PyObject *list) {
    const unsigned calls = self->calls;
    if (put(self->out, '[') != 0) return -1;
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        PyObject *element = PyList_GetItem(list, i);
        if (element == NULL || (i > 0 && put(self->out, ',') != 0)) return -1;
        Py_INCREF(element);
        int result = encode_value(self, element);
        let_go(self, element, calls);
        if (result != 0) return -1;
    }
    return put(self->out, ']');
}

static int encode_container(encoder *self, PyObject *value, bool is_dict) {
    if (++self->depth > depth_limit) {
        PyErr_Format(PyExc_ValueError, "more than %d levels of nesting, or a cycle", depth_limit);
        return -1;
    }
    int result = is_dict ? encode_dict(self, value) : encode_list(self, value);
    self->depth--;
    return result;
}

/** What JSON has no type for: Burr's serde speaks first, then pydantic. */
static int encode_other(encoder *self, PyObject *value) {
    if (self->serialize == NULL) return encode_by_dump(self, value);
    self->calls++;
    PyObject *plain = PyObject_CallFunctionObjArgs(self->serialize, value, NULL);
    if (plain == NULL) return -1;
    PyObject *serialize = self->serialize;
    self->serialize = NULL;
    int result = encode_value(self, plain);
    self->serialize = serialize;
    Py_DECREF(plain);
    self->calls++;
    return result;
}

int encode_value(encoder *self, PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyUnicode_Type) return encode_string(self, value);
    if (type == &PyDict_Type) return encode_container(self, value, true);
    if (type == &PyList_Type) return encode_container(self, value, false);
    if (type == &PyLong_Type) return encode_integer(self, value);
    if (type == &PyFloat_Type) return encode_float(self, value);
    if (value == Py_None) return append(self->out, "null", 4);
    if (value == Py_True) return append(self->out, "true", 4);
    if (value == Py_False) return append(self->out, "false", 5);
    return encode_other(self, value);
}
