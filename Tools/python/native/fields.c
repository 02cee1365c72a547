/* SPDX-License-Identifier: Apache-2.0 */

#include "fields.h"

#include <stdlib.h>

/** Keeps an object, or none, in place of another. */
static void keep(kept *self, PyObject *object) {
    PyObject *former = self->object;
    *self = (kept){.object = object};
    Py_XINCREF(object);
    Py_XDECREF(former);
    if (object == NULL || Py_TYPE(object) != &PyUnicode_Type) return;
    const char *bytes = PyUnicode_AsUTF8AndSize(object, &self->count);
    if (bytes == NULL) PyErr_Clear(); /* It has lone surrogates. */
    else if (self->count == PyUnicode_GetLength(object)) self->ascii = bytes;
}

/** Whether an object is the one that is kept, or an equal string. */
static inline bool is_same(const kept *self, PyObject *other) {
    if (self->object == other) return true;
    if (self->object == NULL || Py_TYPE(other) != &PyUnicode_Type) return false;
    if (self->ascii != NULL) {
        /* Only one that is not ASCII has to make them first; so would writing it. */
        Py_ssize_t count;
        const char *bytes = PyUnicode_AsUTF8AndSize(other, &count);
        if (bytes == NULL) PyErr_Clear();
        return bytes != NULL && count == self->count &&
               memcmp(bytes, self->ascii, (size_t)count) == 0;
    }
    if (Py_TYPE(self->object) != &PyUnicode_Type) return false;
    PyObject *result = PyUnicode_RichCompare(self->object, other, Py_EQ);
    bool is_equal = result == Py_True;
    Py_XDECREF(result);
    return is_equal;
}

static void cut(fields *self, Py_ssize_t count) {
    while (self->count > count) {
        field *last = &self->fields[--self->count];
        keep(&last->key, NULL);
        keep(&last->value, NULL);
    }
}

void fields_free(fields *self) {
    cut(self, 0);
    free(self->fields);
    text_free(&self->text);
    *self = (fields){0};
}

/** Makes room for one more field; 0, or -1 with an exception. */
static int make_room(fields *self) {
    if (self->count < self->capacity) return 0;
    Py_ssize_t capacity = self->capacity == 0 ? 16 : self->capacity * 2;
    field *grown = realloc(self->fields, (size_t)capacity * sizeof *grown);
    if (grown == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->fields = grown;
    self->capacity = capacity;
    return 0;
}

/** Whether nothing within a value can change, and its text is that of any equal value. */
static bool is_constant(PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    return type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type ||
           type == &PyBool_Type || value == Py_None;
}

static int append(text *out, const text *from, size_t begin, size_t end) {
    if (text_append(out, from->bytes + begin, end - begin)) return 0;
    PyErr_NoMemory();
    return -1;
}

static void keep_value(field *field, PyObject *value) {
    keep(&field->value, is_constant(value) ? value : NULL);
}

/** Writes a member that stands where it stood before. */
static int encode_known(
    encoder *encoder, fields *self, Py_ssize_t index, PyObject *value, difference *difference) {
    field *known = &self->fields[index];
    text *out = encoder->out;
    const field former = *known;
    size_t begin = out->count;
    bool is_kept = is_same(&known->value, value);
    if (append(out, &self->text, former.begin, is_kept ? former.end : former.value_begin) != 0) {
        return -1;
    }
    known->begin = begin;
    known->key_end = begin + (former.key_end - former.begin);
    known->value_begin = begin + (former.value_begin - former.begin);
    if (!is_kept && encode_value(encoder, value) != 0) return -1;
    known->end = out->count;
    if (is_kept) return 0;
    size_t count = known->end - known->value_begin;
    keep_value(known, value);
    const char *before = self->text.bytes + former.value_begin;
    if (count == former.end - former.value_begin &&
        memcmp(out->bytes + known->value_begin, before, count) == 0) {
        return 0;
    }
    bool is_small = known->value.object != NULL && count <= change_limit;
    if (!is_small || difference->count == changes_limit) {
        difference->is_whole = false;
    } else {
        difference->changed[difference->count++] = index;
    }
    return 0;
}

/** Writes a member that stood elsewhere, or is new. */
static int encode_new(encoder *encoder, fields *self, Py_ssize_t index, PyObject *key,
                      PyObject *value, difference *difference) {
    text *out = encoder->out;
    difference->is_whole = false;
    if (index == self->count) {
        if (make_room(self) != 0) return -1;
        self->fields[self->count++] = (field){0};
    }
    field *field = &self->fields[index];
    keep(&field->key, key);
    field->begin = out->count;
    if (encode_string(encoder, key) != 0) return -1;
    field->key_end = out->count;
    if (!text_append(out, ":", 1)) {
        PyErr_NoMemory();
        return -1;
    }
    field->value_begin = out->count;
    if (encode_value(encoder, value) != 0) return -1;
    field->end = out->count;
    keep_value(field, value);
    return 0;
}

/** Writes the members; 0, -1 with an exception, or 1 where a key is no string. */
static int encode_members(
    encoder *encoder, fields *self, PyObject *dict, difference *difference) {
    Py_ssize_t at = 0, index = 0, size = PyDict_Size(dict);
    PyObject *key, *value;
    if (!text_reserve(encoder->out, self->text.count + 2)) {
        PyErr_NoMemory();
        return -1;
    }
    for (char before = '{'; PyDict_Next(dict, &at, &key, &value); before = ',', index++) {
        if (Py_TYPE(key) != &PyUnicode_Type) return 1;
        if (!text_append(encoder->out, &before, 1)) {
            PyErr_NoMemory();
            return -1;
        }
        Py_INCREF(key);
        Py_INCREF(value);
        bool is_known = index < self->count && is_same(&self->fields[index].key, key);
        int result = is_known ? encode_known(encoder, self, index, value, difference)
                              : encode_new(encoder, self, index, key, value, difference);
        Py_DECREF(key);
        Py_DECREF(value);
        encoder->calls++; /* They may have been the last references. */
        if (result != 0) return -1;
        if (PyDict_Size(dict) != size) {
            PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
            return -1;
        }
    }
    if (index < self->count) difference->is_whole = false;
    cut(self, index);
    self->others = 0;
    for (index = 0; index < self->count; index++) {
        self->others += self->fields[index].value.object == NULL;
    }
    if (!text_append(encoder->out, size == 0 ? "{}" : "}", size == 0 ? 2 : 1)) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/** The new values of the fields that changed. */
typedef struct {
    PyObject *values[changes_limit];
    size_t ends[changes_limit];
} replacement;

/** Finds the values that changed; false where more did than a few, or one that may be large. */
static bool compare(const fields *self, PyObject *dict, difference *found, replacement *by) {
    Py_ssize_t at = 0, index = 0;
    PyObject *key, *value;
    if (self->version == 0 || self->others > 0 || PyDict_Size(dict) != self->count) return false;
    for (; PyDict_Next(dict, &at, &key, &value); index++) {
        const field *known = &self->fields[index];
        if (!is_same(&known->key, key)) return false;
        if (is_same(&known->value, value)) continue;
        if (!is_constant(value) || found->count == changes_limit) return false;
        by->values[found->count] = value;
        found->changed[found->count++] = index;
    }
    return true;
}

/** Appends the texts of the new values; 1 where they are short, else 0, or -1 and an exception. */
static int encode_replacement(encoder *encoder, difference *found, replacement *by) {
    for (size_t i = 0; i < found->count; i++) {
        size_t begin = encoder->out->count;
        if (encode_value(encoder, by->values[i]) != 0) return -1;
        by->ends[i] = encoder->out->count;
        if (by->ends[i] - begin > change_limit) return 0;
    }
    return 1;
}

/** Puts the text of a value in the place of the former; false when memory is short. */
static bool splice(fields *self, Py_ssize_t index, const char *bytes, size_t count) {
    field *changed = &self->fields[index];
    size_t former = changed->end - changed->value_begin;
    if (count != former) {
        if (count > former && !text_reserve(&self->text, count - former)) return false;
        char *behind = self->text.bytes + changed->end;
        memmove(behind + count - former, behind, self->text.count - changed->end);
        self->text.count += count - former;
        changed->end += count - former;
        for (field *next = changed + 1; next < self->fields + self->count; next++) {
            next->begin += count - former;
            next->key_end += count - former;
            next->value_begin += count - former;
            next->end += count - former;
        }
    }
    memcpy(self->text.bytes + changed->value_begin, bytes, count);
    return true;
}

/** Changes the text that is there; 1 where that could be done, else 0, or -1 and an exception. */
static int replace(encoder *encoder, fields *self, difference *found, replacement *by) {
    size_t begin = encoder->out->count, count = found->count;
    int result = encode_replacement(encoder, found, by);
    found->count = 0;
    for (size_t i = 0, from = begin; result == 1 && i < count; from = by->ends[i++]) {
        const char *bytes = encoder->out->bytes + from;
        size_t length = by->ends[i] - from;
        Py_ssize_t index = found->changed[i];
        field *known = &self->fields[index];
        keep_value(known, by->values[i]);
        if (length == known->end - known->value_begin &&
            memcmp(self->text.bytes + known->value_begin, bytes, length) == 0) {
            continue;
        }
        found->changed[found->count++] = index;
        if (splice(self, index, bytes, length)) continue;
        PyErr_NoMemory();
        result = -1;
    }
    encoder->out->count = begin;
    return result;
}

/** Writes the state into the text that is there; 1, 0 where it must be written anew, or -1. */
static int encode_in_place(encoder *encoder, fields *self, PyObject *dict, difference *found) {
    replacement by;
    if (!compare(self, dict, found, &by)) return 0;
    size_t count = found->count;
    for (size_t i = 0; i < count; i++) Py_INCREF(by.values[i]);
    int result = replace(encoder, self, found, &by);
    for (size_t i = 0; i < count; i++) Py_DECREF(by.values[i]);
    return result;
}

int encode_fields(encoder *encoder, fields *self, PyObject *dict, difference *difference) {
    size_t begin = encoder->out->count;
    *difference = (struct difference){.is_whole = true};
    encoder->depth++;
    int result = encode_in_place(encoder, self, dict, difference);
    if (result == 1) {
        difference->is_in_place = true;
        result = 0;
    } else if (result == 0) {
        difference->count = 0;
        self->begin = begin;
        result = encode_members(encoder, self, dict, difference);
    }
    encoder->depth--;
    if (result == 0) return 0;
    fields_free(self);
    if (result < 0) return -1;
    encoder->out->count = begin;
    difference->is_whole = false;
    return encode_value(encoder, dict);
}

burr_text state_of(const fields *self) {
    return (burr_text){
        .bytes = self->text.bytes + self->begin, .count = self->text.count - self->begin};
}

size_t changes_of(
    const fields *self, const text *text, const difference *difference, burr_change *out) {
    for (size_t i = 0; i < difference->count; i++) {
        const field *field = &self->fields[difference->changed[i]];
        out[i].key = (burr_text){
            .bytes = text->bytes + field->begin + 1,
            .count = field->key_end - field->begin - 2,
        };
        out[i].value = (burr_text){
            .bytes = text->bytes + field->value_begin,
            .count = field->end - field->value_begin,
        };
    }
    return difference->count;
}
