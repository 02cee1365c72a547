/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a state, made from the one before it: what is the same is not written anew. */

#ifndef BURRLOG_FIELDS_H
#define BURRLOG_FIELDS_H

#include "burr.h"
#include "encode.h"

/** An object that others are compared with. All zero is none. */
typedef struct {
    PyObject *object;
    /** Its characters where it is a string and each of them is one byte, else NULL. */
    const char *ascii;
    Py_ssize_t count;
} kept;

/** A member of a state, and where its text stands. */
typedef struct {
    kept key;
    /** A value that cannot change by itself; none for any other: it is looked at each time. */
    kept value;
    /** Where the key's text begins, its quote included, and ends; where the value's does. */
    size_t begin, key_end, value_begin, end;
} field;

/** The last state that was written. All zero is none. */
typedef struct {
    /** What the fields' places are in. */
    text text;
    field *fields;
    Py_ssize_t count, capacity;
    /** How many of them have no `value` here. */
    Py_ssize_t others;
    /** Where the state's text begins; it ends with the text. */
    size_t begin;
    /** What burr_step_end_changes() gave for it. */
    uint64_t version;
} fields;

/** How many changes are told one by one; and the bytes of the longest value of them. */
enum { changes_limit = 8, change_limit = 64 };

/** How a state differs from the one before. */
typedef struct difference {
    /** The fields with other values. */
    Py_ssize_t changed[changes_limit];
    size_t count;
    /** Whether these are all that differs. */
    bool is_whole;
    /** Whether the text of the fields is the new one already. */
    bool is_in_place;
} difference;

/**
 * Writes the text of a state's dict: the few values that changed into the text that is there, or
 * all of it behind `out`, which the caller then puts in place of `self->text`.
 *
 * Keys that are no strings may have the same text: `self` is empty then, and nothing is known.
 *
 * @return 0, or -1 with an exception: `self` is empty then
 */
int encode_fields(encoder *encoder, fields *self, PyObject *dict, difference *difference);

/** The text of the state. */
burr_text state_of(const fields *self);

/** Writes the changes of a difference, whose texts are in `text`; gives how many. */
size_t changes_of(
    const fields *self, const text *text, const difference *difference, burr_change *out);

/** Gives memory and references back. */
void fields_free(fields *self);

#endif
