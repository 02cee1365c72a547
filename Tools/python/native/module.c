/* SPDX-License-Identifier: Apache-2.0 */
/* The Python module `burrlog._native`: Burr's C interface, and the texts of Python values. */

#include "burr.h"
#include "encode.h"
#include "hooks.h"
#include "python.h"
#include "writer.h"

int text_argument(PyObject *value, burr_text *out) {
    *out = (burr_text){0};
    Py_ssize_t count;
    if (value == Py_None) return 0;
    if (PyBytes_Check(value)) {
        char *bytes;
        if (PyBytes_AsStringAndSize(value, &bytes, &count) != 0) return -1;
        out->bytes = bytes;
    } else {
        out->bytes = PyUnicode_AsUTF8AndSize(value, &count);
        if (out->bytes == NULL) return -1;
    }
    out->count = (size_t)count;
    return 0;
}

void raise_log_error(PyObject *module, burr_result code, char *message) {
    PyObject *type = PyObject_GetAttrString(module, "LogError");
    if (type != NULL) {
        PyObject *value = PyObject_CallFunction(type, "is", (int)code, message ? message : "");
        if (value != NULL) PyErr_SetObject(type, value);
        Py_XDECREF(value);
        Py_DECREF(type);
    }
    burr_free(message);
}

PyDoc_STRVAR(
    encode_doc,
    "encode(value, serialize, dump)\n--\n\n"
    "The JSON text of a value, as bytes. `serialize` may be None: the value is plain then.");

static PyObject *encode(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *value, *serialize, *dump;
    if (!PyArg_ParseTuple(arguments, "OOO", &value, &serialize, &dump)) return NULL;
    text out = {0};
    encoder encoder = {
        .out = &out, .serialize = serialize == Py_None ? NULL : serialize, .dump = dump};
    PyObject *bytes = NULL;
    if (encode_value(&encoder, value) == 0) {
        bytes = PyBytes_FromStringAndSize(out.bytes, (Py_ssize_t)out.count);
    }
    text_free(&out);
    return bytes;
}

PyDoc_STRVAR(
    state_doc,
    "state(root, project, app_id, step)\n--\n\n"
    "What a step left: (state text, step, action, failed, end in nanoseconds since 1970). A step\n"
    "of None is the last one that ended. Raises LogError, whose code says what is missing.");

static PyObject *state(PyObject *module, PyObject *arguments) {
    PyObject *root, *project, *app_id, *step;
    burr_text root_text, project_text, app_text;
    if (!PyArg_ParseTuple(arguments, "OOOO", &root, &project, &app_id, &step)) return NULL;
    if (text_argument(root, &root_text) != 0 || text_argument(project, &project_text) != 0 ||
        text_argument(app_id, &app_text) != 0) {
        return NULL;
    }
    long long number = step == Py_None ? BURR_NO_STEP : PyLong_AsLongLong(step);
    if (PyErr_Occurred()) return NULL;
    burr_state found = {0};
    burr_result code;
    char *error = NULL;
    Py_BEGIN_ALLOW_THREADS
    code = burr_state_read(root_text, project_text, app_text, number, &found, &error);
    Py_END_ALLOW_THREADS
    if (code != BURR_OK) {
        raise_log_error(module, code, error);
        return NULL;
    }
    PyObject *result = Py_BuildValue(
        "(y#Ls#NL)", found.text.bytes, (Py_ssize_t)found.text.count, (long long)found.step,
        found.action.bytes, (Py_ssize_t)found.action.count, PyBool_FromLong(found.failed),
        (long long)found.ended_at);
    burr_state_free(&found);
    return result;
}

/** What a call that gives JSON has given. */
static PyObject *json_answer(PyObject *module, burr_result code, char *json, char *error) {
    if (code != BURR_OK) {
        raise_log_error(module, code, error);
        return NULL;
    }
    PyObject *result = PyBytes_FromString(json);
    burr_free(json);
    return result;
}

PyDoc_STRVAR(
    steps_doc,
    "steps(root, project, app_id)\n--\n\n"
    "The steps of an application: a JSON array in bytes of objects with step and status.");

static PyObject *steps(PyObject *module, PyObject *arguments) {
    PyObject *root, *project, *app_id;
    burr_text root_text, project_text, app_text;
    if (!PyArg_ParseTuple(arguments, "OOO", &root, &project, &app_id)) return NULL;
    if (text_argument(root, &root_text) != 0 || text_argument(project, &project_text) != 0 ||
        text_argument(app_id, &app_text) != 0) {
        return NULL;
    }
    burr_result code;
    char *json = NULL, *error = NULL;
    Py_BEGIN_ALLOW_THREADS
    code = burr_steps(root_text, project_text, app_text, &json, &error);
    Py_END_ALLOW_THREADS
    return json_answer(module, code, json, error);
}

PyDoc_STRVAR(
    applications_doc,
    "applications(root, project)\n--\n\n"
    "The applications of a project, the last written first: a JSON array in bytes of objects with\n"
    "app_id and partition_key.");

static PyObject *applications(PyObject *module, PyObject *arguments) {
    PyObject *root, *project;
    burr_text root_text, project_text;
    if (!PyArg_ParseTuple(arguments, "OO", &root, &project)) return NULL;
    if (text_argument(root, &root_text) != 0 || text_argument(project, &project_text) != 0) {
        return NULL;
    }
    burr_result code;
    char *json = NULL, *error = NULL;
    Py_BEGIN_ALLOW_THREADS
    code = burr_applications(root_text, project_text, &json, &error);
    Py_END_ALLOW_THREADS
    return json_answer(module, code, json, error);
}

PyDoc_STRVAR(now_doc, "now()\n--\n\nNanoseconds since 1970 UTC, whole microseconds.");

static PyObject *now(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored)) {
    return PyLong_FromLongLong(burr_now());
}

static PyMethodDef functions[] = {
    {"encode", encode, METH_VARARGS, encode_doc},
    {"state", state, METH_VARARGS, state_doc},
    {"steps", steps, METH_VARARGS, steps_doc},
    {"applications", applications, METH_VARARGS, applications_doc},
    {"now", now, METH_NOARGS, now_doc},
    {0},
};

static int add(PyObject *module, const char *name, PyObject *value) {
    if (value == NULL) return -1;
    int result = PyObject_SetAttrString(module, name, value);
    Py_DECREF(value);
    return result;
}

static int fill(PyObject *module) {
    PyObject *error = PyErr_NewExceptionWithDoc(
        "burrlog.LogError", "A log could not be written or read: (code, message).", NULL, NULL);
    if (add(module, "LogError", error) != 0) return -1;
    if (add(module, "StepHooks", make_hooks_type()) != 0) return -1;
    return add(module, "Writer", make_writer_type(module));
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, (void *)fill}, {0}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_native",
    .m_doc = "Burr's C interface, and the JSON texts of Python values.",
    .m_methods = functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
