/* SPDX-License-Identifier: Apache-2.0 */

#include "writer.h"

#include "encode.h"
#include "fields.h"

/**
 * A writer. `out` holds the texts of one call at a time, between calls only its memory: steps of
 * a large state need not ask for theirs anew.
 */
typedef struct {
    PyObject_HEAD
    burr_writer *log;
    /** Calls that are in `log` now, without the interpreter's lock. */
    int calls;
    /** Whether it was asked to close: another one records its application now. */
    bool is_given_up;
    text out;
    /** The last state that was written, but while a call is at work on the next. */
    fields fields;
    PyObject *serialize;
    PyObject *dump;
    /** Burr's class of states, and the serializers that it has for fields. */
    PyObject *state_type;
    PyObject *field_serializers;
    PyObject *module;
} writer;

/** Buffers larger than this are not kept when the states have become much smaller. */
enum { kept_capacity = 1 << 20 };

static text take_buffer(writer *self) {
    text buffer = self->out;
    self->out = (text){0};
    buffer.count = 0;
    return buffer;
}

static void give_buffer(writer *self, text buffer) {
    bool is_far_too_large = buffer.capacity > kept_capacity && buffer.count < buffer.capacity / 8;
    if (is_far_too_large || buffer.capacity < self->out.capacity) {
        text_free(&buffer);
        return;
    }
    text_free(&self->out);
    self->out = buffer;
}

static fields take_fields(writer *self) {
    fields known = self->fields;
    self->fields = (fields){0};
    return known;
}

/** Keeps the state that was just written to `buffer`, in exchange for the memory of the last. */
static void give_fields(
    writer *self, fields *known, text *buffer, uint64_t version, bool is_in_place) {
    size_t capacity = is_in_place ? known->text.capacity : buffer->capacity;
    if (version == 0 || known->fields == NULL || capacity > kept_capacity) {
        fields_free(known);
        return;
    }
    if (!is_in_place) {
        text former = known->text;
        known->text = *buffer;
        *buffer = former;
    }
    known->version = version;
    fields_free(&self->fields); /* Another thread's, which ended a step meanwhile. */
    self->fields = *known;
}

/** Where a value's text stands in the buffer. */
typedef struct {
    size_t begin, end;
    bool is_there;
} part;

/** Appends a value's text: bytes are one already; None is no text. */
static int encode_part(writer *self, text *out, PyObject *value, part *where) {
    *where = (part){.begin = out->count};
    int result = 0;
    if (Py_TYPE(value) == &PyBytes_Type) {
        char *bytes;
        Py_ssize_t count;
        result = PyBytes_AsStringAndSize(value, &bytes, &count);
        if (result == 0 && !text_append(out, bytes, (size_t)count)) {
            PyErr_NoMemory();
            result = -1;
        }
    } else if (value != Py_None) {
        encoder encoder = {.out = out, .serialize = self->serialize, .dump = self->dump};
        result = encode_value(&encoder, value);
    } else {
        return 0;
    }
    where->end = out->count;
    where->is_there = true;
    return result;
}

static burr_text text_of(const text *out, part where) {
    if (!where.is_there) return (burr_text){0};
    return (burr_text){.bytes = out->bytes + where.begin, .count = where.end - where.begin};
}

/** The log for a call; NULL with an exception after close(). */
static burr_writer *log_for_call(writer *self) {
    if (self->log == NULL) PyErr_SetString(PyExc_ValueError, "the writer is closed");
    return self->log;
}

static PyObject *answer(writer *self, burr_result code, char *error) {
    if (code == BURR_OK) Py_RETURN_NONE;
    raise_log_error(self->module, code, error);
    return NULL;
}

/** The first arguments of a step's calls; 0, or -1 with an exception. */
static int step_arguments(
    PyObject *const *given, Py_ssize_t count, Py_ssize_t wanted, int64_t *step, burr_text *action) {
    if (count != wanted) {
        PyErr_Format(PyExc_TypeError, "%zd arguments wanted, %zd given", wanted, count);
        return -1;
    }
    *step = PyLong_AsLongLong(given[0]);
    if (*step == -1 && PyErr_Occurred()) return -1;
    return text_argument(given[1], action);
}

PyDoc_STRVAR(
    step_begin_doc,
    "step_begin(step, action, inputs)\n--\n\n"
    "Records that a step began. Inputs are a dict, its JSON text as bytes, or None for {}.");

PyObject *writer_step_begin(PyObject *object, PyObject *const *given, Py_ssize_t count) {
    writer *self = (writer *)object;
    int64_t step;
    burr_text action;
    int64_t time = burr_now();
    if (step_arguments(given, count, 3, &step, &action) != 0) return NULL;
    text out = take_buffer(self);
    part inputs_part;
    PyObject *done = NULL;
    if (encode_part(self, &out, given[2], &inputs_part) == 0 && log_for_call(self) != NULL) {
        burr_text inputs_text = text_of(&out, inputs_part);
        burr_writer *log = self->log;
        burr_result code;
        char *error = NULL;
        self->calls++;
        Py_BEGIN_ALLOW_THREADS
        code = burr_step_begin(log, step, action, inputs_text, time, &error);
        Py_END_ALLOW_THREADS
        self->calls--;
        done = answer(self, code, error);
    }
    give_buffer(self, out);
    return done;
}

PyDoc_STRVAR(
    step_end_doc,
    "step_end(step, action, result, exception, state)\n--\n\n"
    "Records that a step ended. Result and state are dicts, or their JSON text as bytes; the\n"
    "exception is a str or None. A state of None is one that could not be had.");

/** Writes a state's text, made from the one before it where that is possible. */
static int encode_state(
    writer *self, text *out, PyObject *state, fields *known, difference *changed, part *where) {
    if (Py_TYPE(state) != &PyDict_Type) return encode_part(self, out, state, where);
    *where = (part){.begin = out->count, .is_there = true};
    encoder encoder = {.out = out, .serialize = self->serialize, .dump = self->dump};
    int result = encode_fields(&encoder, known, state, changed);
    where->end = out->count;
    return result;
}

/** The texts of a step's end, and what is known of its state. */
typedef struct {
    burr_text action, result, exception, state;
    const text *state_in;
    const fields *known;
    const difference *changed;
} ending;

/** Hands the end of a step to the log; gives the version of its state, 0 where it has none. */
static uint64_t end_step(
    burr_writer *log, int64_t step, const ending *end, int64_t time, burr_result *code,
    char **error) {
    if (end->state.bytes == NULL) {
        *code = burr_step_end(
            log, step, end->action, end->result, end->exception, end->state, time, error);
        return 0;
    }
    uint64_t version = end->changed->is_whole ? end->known->version : 0;
    burr_change changes[changes_limit];
    size_t count =
        version == 0 ? 0 : changes_of(end->known, end->state_in, end->changed, changes);
    *code = burr_step_end_changes(
        log, step, end->action, end->result, end->exception, end->state, changes, count, &version,
        time, error);
    return *code == BURR_OK ? version : 0;
}

PyObject *writer_step_end(PyObject *object, PyObject *const *given, Py_ssize_t count) {
    writer *self = (writer *)object;
    int64_t step;
    ending end;
    int64_t time = burr_now();
    if (step_arguments(given, count, 5, &step, &end.action) != 0) return NULL;
    text out = take_buffer(self);
    fields known = take_fields(self);
    difference changed = {0};
    part result_part = {0}, exception_part, state_part;
    uint64_t version = 0;
    PyObject *done = NULL, *result = given[2];
    bool is_empty = Py_TYPE(result) == &PyDict_Type && PyDict_Size(result) == 0;
    bool is_encoded = (is_empty || encode_part(self, &out, result, &result_part) == 0) &&
                      encode_part(self, &out, given[3], &exception_part) == 0 &&
                      encode_state(self, &out, given[4], &known, &changed, &state_part) == 0;
    if (is_encoded && log_for_call(self) != NULL) {
        end.result = text_of(&out, result_part);
        if (result == Py_None) end.result = (burr_text){.bytes = "null", .count = 4};
        end.exception = text_of(&out, exception_part);
        end.state = text_of(&out, state_part);
        if (changed.is_in_place) end.state = state_of(&known);
        end.state_in = changed.is_in_place ? &known.text : &out;
        end.known = &known;
        end.changed = &changed;
        burr_writer *log = self->log;
        burr_result code;
        char *error = NULL;
        self->calls++;
        Py_BEGIN_ALLOW_THREADS
        version = end_step(log, step, &end, time, &code, &error);
        Py_END_ALLOW_THREADS
        self->calls--;
        done = answer(self, code, error);
    }
    give_fields(self, &known, &out, version, changed.is_in_place);
    give_buffer(self, out);
    return done;
}

PyDoc_STRVAR(
    event_doc,
    "event(type, step, object, time)\n--\n\n"
    "Records an event: its object as JSON text in bytes, its time in nanoseconds since 1970.");

static PyObject *event(PyObject *object, PyObject *arguments) {
    writer *self = (writer *)object;
    int type;
    long long step, time;
    burr_text line;
    Py_ssize_t count;
    if (!PyArg_ParseTuple(arguments, "iLy#L", &type, &step, &line.bytes, &count, &time)) {
        return NULL;
    }
    line.count = (size_t)count;
    burr_writer *log = log_for_call(self);
    if (log == NULL) return NULL;
    burr_result code;
    char *error = NULL;
    self->calls++;
    Py_BEGIN_ALLOW_THREADS
    code = burr_event(log, type, step, line, time, &error);
    Py_END_ALLOW_THREADS
    self->calls--;
    return answer(self, code, error);
}

PyDoc_STRVAR(
    run_begin_doc,
    "run_begin(method)\n--\n\n"
    "Records that the program called run, iterate or another of these.");

static PyObject *run_begin(PyObject *object, PyObject *name) {
    writer *self = (writer *)object;
    burr_text method;
    burr_writer *log = log_for_call(self);
    if (log == NULL || text_argument(name, &method) != 0) return NULL;
    burr_result code;
    char *error = NULL;
    self->calls++;
    Py_BEGIN_ALLOW_THREADS
    code = burr_run_begin(log, method, burr_now(), &error);
    Py_END_ALLOW_THREADS
    self->calls--;
    return answer(self, code, error);
}

PyDoc_STRVAR(
    run_end_doc,
    "run_end(method, exception)\n--\n\n"
    "Records that the call returned, or what it raised, and lets other processes go on.");

static PyObject *run_end(PyObject *object, PyObject *arguments) {
    writer *self = (writer *)object;
    PyObject *name, *raised;
    burr_text method, exception;
    burr_writer *log = log_for_call(self);
    if (log == NULL || !PyArg_ParseTuple(arguments, "OO", &name, &raised)) return NULL;
    if (text_argument(name, &method) != 0 || text_argument(raised, &exception) != 0) return NULL;
    burr_result code;
    char *error = NULL;
    self->calls++;
    Py_BEGIN_ALLOW_THREADS
    code = burr_run_end(log, method, exception, burr_now(), &error);
    Py_END_ALLOW_THREADS
    self->calls--;
    return answer(self, code, error);
}

/** A call that takes nothing but the log. */
static PyObject *plain_call(PyObject *object, burr_result (*call)(burr_writer *, char **)) {
    writer *self = (writer *)object;
    burr_writer *log = log_for_call(self);
    if (log == NULL) return NULL;
    burr_result code;
    char *error = NULL;
    self->calls++;
    Py_BEGIN_ALLOW_THREADS
    code = call(log, &error);
    Py_END_ALLOW_THREADS
    self->calls--;
    return answer(self, code, error);
}

PyDoc_STRVAR(
    release_doc,
    "release()\n--\n\n"
    "Lets other processes go on with the application, until the next event.");

PyObject *writer_release(PyObject *object) { return plain_call(object, burr_release); }

static PyObject *release(PyObject *object, PyObject *Py_UNUSED(ignored)) {
    return writer_release(object);
}

PyDoc_STRVAR(flush_doc, "flush()\n--\n\nWaits until everything recorded is on the disk.");

static PyObject *flush(PyObject *object, PyObject *Py_UNUSED(ignored)) {
    return plain_call(object, burr_flush);
}

PyDoc_STRVAR(
    close_doc,
    "close()\n--\n\n"
    "Ends the recording. Nothing happens when it has ended, or while another thread records.");

static PyObject *close_writer(PyObject *object, PyObject *Py_UNUSED(ignored)) {
    writer *self = (writer *)object;
    self->is_given_up = true;
    if (self->log == NULL || self->calls > 0) Py_RETURN_NONE;
    burr_writer *log = self->log;
    burr_result code;
    char *error = NULL;
    self->log = NULL;
    fields_free(&self->fields);
    Py_BEGIN_ALLOW_THREADS
    code = burr_writer_close(log, &error);
    Py_END_ALLOW_THREADS
    return answer(self, code, error);
}

static int pointer_argument(PyObject *value, burr_pointer *out) {
    *out = (burr_pointer){.step = BURR_NO_STEP};
    if (value == Py_None) return 0;
    PyObject *app_id, *partition_key, *step;
    if (!PyArg_ParseTuple(value, "OOO", &app_id, &partition_key, &step)) return -1;
    if (text_argument(app_id, &out->app_id) != 0) return -1;
    if (text_argument(partition_key, &out->partition_key) != 0) return -1;
    if (step == Py_None) return 0;
    out->step = PyLong_AsLongLong(step);
    return PyErr_Occurred() ? -1 : 0;
}

/** What the positional arguments of Writer() say; 0, or -1 with an exception. */
static int application_argument(PyObject *arguments, writer *self, burr_application *out) {
    PyObject *root, *project, *app_id, *partition_key, *graph, *parent, *spawning, *state, *program;
    long long next_step, interval;
    int durability;
    if (!PyArg_ParseTuple(
            arguments, "OOOOOOOOLOiLOOOO!:Writer", &root, &project, &app_id, &partition_key,
            &graph, &parent, &spawning, &state, &next_step, &program, &durability, &interval,
            &self->serialize, &self->dump, &self->state_type, &PyDict_Type,
            &self->field_serializers)) {
        return -1;
    }
    Py_INCREF(self->serialize);
    Py_INCREF(self->dump);
    Py_INCREF(self->state_type);
    Py_INCREF(self->field_serializers);
    out->next_step = next_step;
    out->durability = durability;
    out->interval = interval;
    if (text_argument(root, &out->root) != 0 || text_argument(project, &out->project) != 0 ||
        text_argument(app_id, &out->app_id) != 0 ||
        text_argument(partition_key, &out->partition_key) != 0 ||
        text_argument(graph, &out->graph) != 0 || text_argument(program, &out->program) != 0 ||
        pointer_argument(parent, &out->parent) != 0 ||
        pointer_argument(spawning, &out->spawning_parent) != 0) {
        return -1;
    }
    part state_part;
    if (encode_part(self, &self->out, state, &state_part) != 0) return -1;
    out->state = text_of(&self->out, state_part);
    return 0;
}

static int initialise(PyObject *object, PyObject *arguments, PyObject *keywords) {
    writer *self = (writer *)object;
    if (self->log != NULL || self->serialize != NULL || (keywords && PyDict_Size(keywords) > 0)) {
        PyErr_SetString(PyExc_TypeError, "Writer() takes positional arguments, once");
        return -1;
    }
    burr_application application = {0};
    self->module = PyImport_ImportModule("burrlog._native");
    if (self->module == NULL) return -1;
    if (application_argument(arguments, self, &application) != 0) return -1;
    burr_writer *log = NULL;
    burr_result code;
    char *error = NULL;
    Py_BEGIN_ALLOW_THREADS
    code = burr_writer_open(&application, &log, &error);
    Py_END_ALLOW_THREADS
    self->log = log;
    if (code == BURR_OK) return 0;
    raise_log_error(self->module, code, error);
    return -1;
}

static void deallocate(PyObject *object) {
    writer *self = (writer *)object;
    if (self->log != NULL) {
        burr_writer *log = self->log;
        Py_BEGIN_ALLOW_THREADS
        burr_writer_close(log, NULL);
        Py_END_ALLOW_THREADS
    }
    text_free(&self->out);
    fields_free(&self->fields);
    Py_XDECREF(self->serialize);
    Py_XDECREF(self->dump);
    Py_XDECREF(self->state_type);
    Py_XDECREF(self->field_serializers);
    Py_XDECREF(self->module);
    PyTypeObject *type = Py_TYPE(object);
    freefunc free_object = (freefunc)PyType_GetSlot(type, Py_tp_free);
    free_object(object);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"step_begin", (PyCFunction)(void (*)(void))writer_step_begin, METH_FASTCALL, step_begin_doc},
    {"step_end", (PyCFunction)(void (*)(void))writer_step_end, METH_FASTCALL, step_end_doc},
    {"event", event, METH_VARARGS, event_doc},
    {"run_begin", run_begin, METH_O, run_begin_doc},
    {"run_end", run_end, METH_VARARGS, run_end_doc},
    {"release", release, METH_NOARGS, release_doc},
    {"flush", flush, METH_NOARGS, flush_doc},
    {"close", close_writer, METH_NOARGS, close_doc},
    {0},
};

PyDoc_STRVAR(
    writer_doc,
    "Writer(root, project, app_id, partition_key, graph, parent, spawning_parent, state,\n"
    "       next_step, program, durability, interval, serialize, dump,\n"
    "       state_type, field_serializers)\n--\n\n"
    "One application being recorded. Every method lets other threads run while it writes.\n\n"
    "Pointers are (app_id, partition_key, step) or None. `serialize` gives what stands for a\n"
    "value that JSON has no type for, `dump` the JSON text of what is left, as bytes.");

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)writer_doc},
    {Py_tp_init, (void *)initialise},
    {Py_tp_dealloc, (void *)deallocate},
    {Py_tp_methods, methods},
    {0},
};

bool writer_is_open(PyObject *object) {
    writer *self = (writer *)object;
    return self->log != NULL && !self->is_given_up;
}

bool writer_takes_fields(PyObject *object, PyObject *state) {
    writer *self = (writer *)object;
    return (PyObject *)Py_TYPE(state) == self->state_type &&
           PyDict_Size(self->field_serializers) == 0;
}

bool is_writer(PyObject *object) {
    return PyType_GetSlot(Py_TYPE(object), Py_tp_dealloc) == (void *)deallocate;
}

PyObject *make_writer_type(PyObject *Py_UNUSED(module)) {
    static PyType_Spec spec = {
        .name = "burrlog._native.Writer",
        .basicsize = sizeof(writer),
        .flags = Py_TPFLAGS_DEFAULT,
        .slots = slots,
    };
    return PyType_FromSpec(&spec);
}
