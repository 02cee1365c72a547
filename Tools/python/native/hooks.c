/* SPDX-License-Identifier: Apache-2.0 */

#include "hooks.h"

#include "writer.h"

/** The names that are looked up in each step, as Python strings. */
static struct {
    PyObject *state, *action, *inputs, *result, *sequence_id, *exception, *app_id, *method;
    PyObject *recorders, *direct_writer, *fields, *name, *own_name;
} names;

/** The property `name` of Burr's actions, which gives their `_name`. */
static PyObject *burrs_name;

static int make_names(void) {
    struct {
        PyObject **place;
        const char *text;
    } all[] = {
        {&names.state, "state"},
        {&names.action, "action"},
        {&names.inputs, "inputs"},
        {&names.result, "result"},
        {&names.sequence_id, "sequence_id"},
        {&names.exception, "exception"},
        {&names.app_id, "app_id"},
        {&names.method, "method"},
        {&names.recorders, "_recorders"},
        {&names.direct_writer, "direct_writer"},
        {&names.fields, "_state"},
        {&names.name, "name"},
        {&names.own_name, "_name"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (*all[i].place == NULL) *all[i].place = PyUnicode_InternFromString(all[i].text);
        if (*all[i].place == NULL) return -1;
    }
    return 0;
}

/** Finds what actions have in common; 0, or -1 with an exception. */
static int find_burrs_name(void) {
    PyObject *module = burrs_name == NULL ? PyImport_ImportModule("burr.core.action") : NULL;
    if (module == NULL) return burrs_name == NULL ? -1 : 0;
    PyObject *type = PyObject_GetAttrString(module, "Action");
    Py_DECREF(module);
    if (type == NULL) return -1;
    burrs_name = PyObject_GetAttr(type, names.name);
    Py_DECREF(type);
    return burrs_name == NULL ? -1 : 0;
}

/** The execute calls that are one step each. */
static PyObject *single_calls[2];

static int find_single_calls(void) {
    static const char *const names_of[] = {"step", "astep"};
    if (single_calls[1] != NULL) return 0;
    PyObject *module = PyImport_ImportModule("burr.lifecycle.base");
    PyObject *methods = module ? PyObject_GetAttrString(module, "ExecuteMethod") : NULL;
    Py_XDECREF(module);
    for (int i = 0; methods != NULL && i < 2; i++) {
        single_calls[i] = PyObject_GetAttrString(methods, names_of[i]);
        if (single_calls[i] == NULL) Py_CLEAR(methods);
    }
    Py_XDECREF(methods);
    return methods == NULL ? -1 : 0;
}

/** The last type of actions that was found to have that property. */
static PyTypeObject *plain_type;

static bool has_burrs_name(PyObject *action) {
    PyTypeObject *type = Py_TYPE(action);
    if (type == plain_type) return true;
    PyObject *property = PyObject_GetAttr((PyObject *)type, names.name);
    bool is_burrs = property == burrs_name;
    Py_XDECREF(property);
    if (!is_burrs) return false;
    PyTypeObject *former = plain_type;
    Py_INCREF(type);
    plain_type = type;
    Py_XDECREF(former);
    return true;
}

/** What a hook was given by name; NULL where it was not. */
typedef struct {
    PyObject *state, *action, *inputs, *result, *sequence_id, *exception, *app_id, *method;
} arguments;

/** Names that are not the interned ones are left to Python. */
static arguments arguments_of(PyObject *given) {
    arguments found = {0};
    Py_ssize_t at = 0;
    PyObject *name, *value;
    while (given != NULL && PyDict_Next(given, &at, &name, &value)) {
        if (name == names.state) found.state = value;
        else if (name == names.action) found.action = value;
        else if (name == names.sequence_id) found.sequence_id = value;
        else if (name == names.app_id) found.app_id = value;
        else if (name == names.inputs) found.inputs = value;
        else if (name == names.result) found.result = value;
        else if (name == names.exception) found.exception = value;
        else if (name == names.method) found.method = value;
    }
    return found;
}

/** The tracker's part that is here. */
typedef struct {
    PyObject_HEAD
    /** Where the last step's application was recorded. */
    PyObject *app_id;
    PyObject *writer;
    /** The last step's action, and its name: Burr gives an action one, and never another. */
    PyObject *action;
    PyObject *name;
} hooks;

/** An action's name, without a call into Python where the property is Burr's. */
static PyObject *name_of(PyObject *object, PyObject *action) {
    hooks *self = (hooks *)object;
    if (action == self->action) {
        Py_INCREF(self->name);
        return self->name;
    }
    if (!has_burrs_name(action)) return PyObject_GetAttr(action, names.name);
    PyObject *name = PyObject_GetAttr(action, names.own_name);
    if (name == NULL || name == Py_None) {
        Py_XDECREF(name);
        PyErr_Clear();
        return PyObject_GetAttr(action, names.name);
    }
    PyObject *former = self->action, *former_name = self->name;
    Py_INCREF(action);
    Py_INCREF(name);
    self->action = action;
    self->name = name;
    Py_XDECREF(former);
    Py_XDECREF(former_name);
    return name;
}

static PyObject *find_direct_writer(PyObject *self, PyObject *app_id) {
    PyObject *recorders = PyObject_GetAttr(self, names.recorders);
    if (recorders == NULL) return NULL;
    PyObject *recorder = PyDict_GetItemWithError(recorders, app_id);
    PyObject *writer = recorder ? PyObject_GetAttr(recorder, names.direct_writer) : NULL;
    Py_DECREF(recorders);
    if (writer != NULL && !is_writer(writer)) Py_CLEAR(writer);
    return writer;
}

static void forget_writer(hooks *self) {
    PyObject *app_id = self->app_id, *writer = self->writer;
    self->app_id = self->writer = NULL;
    Py_XDECREF(app_id);
    Py_XDECREF(writer);
}

/** The open writer that takes an application's values as they are; NULL where there is none. */
static PyObject *direct_writer(PyObject *object, PyObject *app_id) {
    hooks *self = (hooks *)object;
    if (app_id == NULL) return NULL;
    if (app_id != self->app_id || !writer_is_open(self->writer)) {
        forget_writer(self);
        PyObject *writer = find_direct_writer(object, app_id);
        if (writer == NULL) return NULL;
        forget_writer(self);
        Py_INCREF(app_id);
        self->app_id = app_id;
        self->writer = writer;
    }
    Py_INCREF(self->writer);
    return self->writer;
}

/** An action may lead to the program that has the tracker. */
static int traverse(PyObject *object, visitproc visit, void *arg) {
    hooks *self = (hooks *)object;
    Py_VISIT(self->writer);
    Py_VISIT(self->action);
    Py_VISIT(Py_TYPE(object));
    return 0;
}

static int clear(PyObject *object) {
    hooks *self = (hooks *)object;
    forget_writer(self);
    Py_CLEAR(self->action);
    Py_CLEAR(self->name);
    return 0;
}

static void deallocate(PyObject *object) {
    PyObject_GC_UnTrack(object);
    clear(object);
    PyTypeObject *type = Py_TYPE(object);
    freefunc free_object = (freefunc)PyType_GetSlot(type, Py_tp_free);
    free_object(object);
    Py_DECREF(type);
}

static bool is_empty_dict(PyObject *value) {
    return Py_TYPE(value) == &PyDict_Type && PyDict_Size(value) == 0;
}

/** Records the beginning of a step without inputs; NULL where it needs more than this. */
static PyObject *begin_directly(PyObject *self, PyObject *given) {
    arguments of = arguments_of(given);
    PyObject *done = NULL;
    if (of.sequence_id == NULL || of.action == NULL || of.inputs == NULL) return NULL;
    if (!is_empty_dict(of.inputs)) return NULL;
    PyObject *writer = direct_writer(self, of.app_id);
    PyObject *name = writer ? name_of(self, of.action) : NULL;
    if (name != NULL) {
        done = writer_step_begin(writer, (PyObject *[]){of.sequence_id, name, Py_None}, 3);
    }
    Py_XDECREF(name);
    Py_XDECREF(writer);
    return done;
}

/** The dict in a state; NULL where a writer cannot take it as it is. */
static PyObject *plain_fields(PyObject *writer, PyObject *state) {
    if (!writer_takes_fields(writer, state)) return NULL;
    PyObject *fields = PyObject_GetAttr(state, names.fields);
    if (fields != NULL && Py_TYPE(fields) != &PyDict_Type) Py_CLEAR(fields);
    return fields;
}

/** Records the end of a step that did not fail; NULL where it needs more than this. */
static PyObject *end_directly(PyObject *self, PyObject *given) {
    arguments of = arguments_of(given);
    PyObject *done = NULL;
    if (of.sequence_id == NULL || of.action == NULL || of.result == NULL) return NULL;
    if (of.state == NULL || of.exception != Py_None) return NULL;
    PyObject *writer = direct_writer(self, of.app_id);
    PyObject *fields = writer ? plain_fields(writer, of.state) : NULL;
    PyObject *name = fields ? name_of(self, of.action) : NULL;
    if (name != NULL) {
        done = writer_step_end(
            writer, (PyObject *[]){of.sequence_id, name, of.result, Py_None, fields}, 5);
    }
    Py_XDECREF(name);
    Py_XDECREF(fields);
    Py_XDECREF(writer);
    return done;
}

/** Whether an execute call is of one step: the step says all there is to say of it. */
static bool is_single(const arguments *of) {
    return of->method != NULL && (of->method == single_calls[0] || of->method == single_calls[1]);
}

/** Lets other processes go on after a step; NULL where it needs more than this. */
static PyObject *release_directly(PyObject *self, PyObject *given) {
    arguments of = arguments_of(given);
    PyObject *writer = is_single(&of) ? direct_writer(self, of.app_id) : NULL;
    PyObject *done = writer ? writer_release(writer) : NULL;
    Py_XDECREF(writer);
    return done;
}

/** The exception that is set, which is cleared; NULL where there is none. */
static PyObject *take_exception(void) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL) return NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL) PyException_SetTraceback(value, traceback);
    Py_XDECREF(traceback);
    Py_DECREF(type);
    return value;
}

/** Lets the Python method do what could not be done here, and tells it of the error there was. */
static PyObject *leave_to_python(PyObject *self, const char *method, PyObject *given) {
    PyObject *error = take_exception(), *done = NULL;
    PyObject *slow = PyObject_GetAttrString(self, method);
    PyObject *positional = slow ? PyTuple_New(1) : NULL;
    if (positional != NULL) {
        if (error == NULL) Py_INCREF(Py_None);
        PyTuple_SetItem(positional, 0, error ? error : Py_None);
        error = NULL;
        done = PyObject_Call(slow, positional, given);
    }
    Py_XDECREF(error);
    Py_XDECREF(positional);
    Py_XDECREF(slow);
    return done;
}

static int takes_no_positional(PyObject *positional) {
    if (PyTuple_Size(positional) == 0) return 0;
    PyErr_SetString(PyExc_TypeError, "a hook takes keyword arguments only");
    return -1;
}

PyDoc_STRVAR(
    pre_doc,
    "pre_run_step($self, /, *, state, action, inputs, sequence_id, app_id=None,\n"
    "             partition_key=None, **future_kwargs)\n--\n\n"
    "Records that a step begins.");

static PyObject *pre_run_step(PyObject *self, PyObject *positional, PyObject *given) {
    if (takes_no_positional(positional) != 0) return NULL;
    PyObject *done = begin_directly(self, given);
    return done != NULL ? done : leave_to_python(self, "_pre_run_step", given);
}

PyDoc_STRVAR(
    post_doc,
    "post_run_step($self, /, *, state, action, result, sequence_id, exception, app_id=None,\n"
    "              partition_key=None, **future_kwargs)\n--\n\n"
    "Records that a step has ended, its result, and the state it left.");

static PyObject *post_run_step(PyObject *self, PyObject *positional, PyObject *given) {
    if (takes_no_positional(positional) != 0) return NULL;
    PyObject *done = end_directly(self, given);
    return done != NULL ? done : leave_to_python(self, "_post_run_step", given);
}

PyDoc_STRVAR(
    pre_call_doc,
    "pre_run_execute_call($self, /, *, app_id, partition_key, state, method, **future_kwargs)\n"
    "--\n\n"
    "Records that the program called ``run``, ``iterate`` or another of these.");

static PyObject *pre_run_execute_call(PyObject *self, PyObject *positional, PyObject *given) {
    if (takes_no_positional(positional) != 0) return NULL;
    arguments of = arguments_of(given);
    if (is_single(&of)) Py_RETURN_NONE;
    return leave_to_python(self, "_pre_run_execute_call", given);
}

PyDoc_STRVAR(
    post_call_doc,
    "post_run_execute_call($self, /, *, app_id, partition_key, state, method, exception,\n"
    "                      **future_kwargs)\n--\n\n"
    "Records that the call returned; another process may go on with the application.");

static PyObject *post_run_execute_call(PyObject *self, PyObject *positional, PyObject *given) {
    if (takes_no_positional(positional) != 0) return NULL;
    PyObject *done = release_directly(self, given);
    return done != NULL ? done : leave_to_python(self, "_post_run_execute_call", given);
}

static PyMethodDef methods[] = {
    {"pre_run_execute_call", (PyCFunction)(void (*)(void))pre_run_execute_call,
     METH_VARARGS | METH_KEYWORDS, pre_call_doc},
    {"post_run_execute_call", (PyCFunction)(void (*)(void))post_run_execute_call,
     METH_VARARGS | METH_KEYWORDS, post_call_doc},
    {"pre_run_step", (PyCFunction)(void (*)(void))pre_run_step, METH_VARARGS | METH_KEYWORDS,
     pre_doc},
    {"post_run_step", (PyCFunction)(void (*)(void))post_run_step, METH_VARARGS | METH_KEYWORDS,
     post_doc},
    {0},
};

PyDoc_STRVAR(
    hooks_doc,
    "The hooks that every step calls, without a Python frame where nothing is out of the\n"
    "ordinary. A subclass has `_recorders`, whose values have a `direct_writer` or None, and\n"
    "methods of the same names behind an underscore, called with the error that there was, or\n"
    "None, and with what the hook was given.");

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)hooks_doc},
    {Py_tp_dealloc, (void *)deallocate},
    {Py_tp_traverse, (void *)traverse},
    {Py_tp_clear, (void *)clear},
    {Py_tp_methods, methods},
    {0},
};

PyObject *make_hooks_type(void) {
    static PyType_Spec spec = {
        .name = "burrlog._native.StepHooks",
        .basicsize = sizeof(hooks),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
        .slots = slots,
    };
    if (make_names() != 0 || find_burrs_name() != 0 || find_single_calls() != 0) return NULL;
    return PyType_FromSpec(&spec);
}
