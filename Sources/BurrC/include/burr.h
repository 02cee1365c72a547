/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing and reading the histories of Burr applications from C.
 *
 * A *writer* records one application: call burr_writer_open(), then for each step
 * burr_step_begin() and burr_step_end(), in between burr_event(), and at last
 * burr_writer_close(). Texts are UTF-8 and need no terminator; JSON texts have no white space
 * between their tokens. Nothing passed in is kept beyond the call.
 *
 * A writer may be used from several threads at once; calls wait for each other. It may be used on
 * both sides of a fork(): the child writes a branch of its own.
 *
 * Every function that can fail returns a burr_result. Where `error` is not NULL it receives, on
 * failure, one sentence that says what went wrong; give it back with burr_free().
 */

#ifndef BURR_H
#define BURR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a call ended. */
typedef int32_t burr_result;

enum {
    /** It did what it was asked to. */
    BURR_OK = 0,
    /** There is no such application, step or state. */
    BURR_NOT_FOUND = 1,
    /** An argument is not what it has to be, for example JSON; nothing was written. */
    BURR_INVALID = 2,
    /** The system refused: no space, no permission, no such folder. */
    BURR_IO = 3,
    /** A stored log is damaged where it was to be read. */
    BURR_DAMAGED = 4,
    /** The step has begun and not ended: it has no state yet. */
    BURR_RUNNING = 5,
};

/** Some bytes; `bytes` is NULL where there is no text, which is not the same as an empty one. */
typedef struct burr_text {
    const char *bytes;
    size_t count;
} burr_text;

/** The step number that means "none", or "the last" where a state is asked for. */
#define BURR_NO_STEP INT64_MIN

/** A step of another application. */
typedef struct burr_pointer {
    /** The other application; without a text there is no such pointer. */
    burr_text app_id;
    /** Its partition key; may be absent. */
    burr_text partition_key;
    /** The step, or BURR_NO_STEP. */
    int64_t step;
} burr_pointer;

/** When records are safe; see burr_settings. */
typedef int32_t burr_durability;

enum {
    /** Written before a call returns, synced to the disk in the background every `interval`. */
    BURR_INTERVAL = 0,
    /** As BURR_INTERVAL, and burr_step_end() waits until the step is on the disk. */
    BURR_EVERY_STEP = 1,
    /** Written before a call returns, never synced: the operating system decides. */
    BURR_OS = 2,
    /** Collected in memory for at most `interval`: a killed process loses what is there. */
    BURR_BUFFERED = 3,
};

/** What an application is when its writer opens. All zero, then filled in, is a good start. */
typedef struct burr_application {
    /** The store's folder, as an absolute path; made where it is missing. */
    burr_text root;
    burr_text project;
    burr_text app_id;
    /** May be absent. */
    burr_text partition_key;
    /** The state machine: the text of Burr's `graph.json`; may be absent. */
    burr_text graph;
    /** The application this one was forked from. */
    burr_pointer parent;
    /** The application that started this one as a part of itself. */
    burr_pointer spawning_parent;
    /** The state before the step `next_step`, one JSON object; absent where it is not known. */
    burr_text state;
    /** The number of the step that comes next; 0 for a new application. */
    int64_t next_step;
    /** Who writes, for people to read, for example `agent.py`. */
    burr_text program;
    burr_durability durability;
    /** Nanoseconds, for BURR_INTERVAL and BURR_BUFFERED; 0 for the usual 250 ms. */
    int64_t interval;
} burr_application;

/** An application being recorded. */
typedef struct burr_writer burr_writer;

/** What happened within a step; see burr_event(). */
typedef int32_t burr_event_type;

enum {
    BURR_SPAN_BEGIN = 128,
    BURR_SPAN_END = 129,
    BURR_ATTRIBUTE = 130,
    BURR_STREAM_BEGIN = 131,
    BURR_STREAM_FIRST = 132,
    BURR_STREAM_END = 133,
    BURR_STREAM_ITEM = 134,
};

/** A state that was read, with the step that left it. Give it back with burr_state_free(). */
typedef struct burr_state {
    /** The state, byte for byte as it was recorded. */
    burr_text text;
    /** The step that left it. */
    int64_t step;
    /** The step's action. */
    burr_text action;
    /** 1 when the step ended with an exception, else 0. */
    int32_t failed;
    /** When the step ended: nanoseconds since 1970 UTC. */
    int64_t ended_at;
} burr_state;

/** The version of this library, for example `1.0`. Not to be freed. */
const char *burr_version(void);

/** Gives a text back that a call of this library handed out; NULL is fine. */
void burr_free(void *memory);

/** Nanoseconds since 1970 UTC now, whole microseconds: the times that the other calls take. */
int64_t burr_now(void);

/**
 * Begins to record an application, or goes on with one that is in the store.
 *
 * It goes on where `next_step` follows the last step recorded, else (a new run, a step back,
 * another process writing) in a branch of its own: nothing recorded is changed, and no other
 * writer is waited for.
 *
 * @param application what it is
 * @param writer receives the writer
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK, BURR_INVALID or BURR_IO
 */
burr_result burr_writer_open(
    const burr_application *application, burr_writer **writer, char **error);

/**
 * Records that a step began.
 *
 * @param writer from burr_writer_open()
 * @param step its number
 * @param action its action's name
 * @param inputs a JSON object; absent for `{}`
 * @param time when: see burr_now()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK, BURR_INVALID or BURR_IO
 */
burr_result burr_step_begin(
    burr_writer *writer, int64_t step, burr_text action, burr_text inputs, int64_t time,
    char **error);

/**
 * Records that a step ended, and the state it left. The log grows by what changed.
 *
 * @param writer from burr_writer_open()
 * @param step its number
 * @param action its action's name
 * @param result a JSON object or `null`; absent for `{}`
 * @param exception a JSON string, the traceback; absent when there was none
 * @param state the whole state, one JSON object; absent where it could not be had
 * @param time when: see burr_now()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK, BURR_INVALID or BURR_IO
 */
burr_result burr_step_end(
    burr_writer *writer, int64_t step, burr_text action, burr_text result, burr_text exception,
    burr_text state, int64_t time, char **error);

/** A member of a state that has another value than before. */
typedef struct burr_change {
    /** The key as JSON writes it, without its quotes. */
    burr_text key;
    /** The value: JSON without white space outside strings. */
    burr_text value;
} burr_change;

/**
 * The same by a caller that knows what changed: nothing needs to be compared then.
 *
 * `version` stands for the state that the changes are to. A call of this function that records a
 * step says in it which one the log has then; the next call hands that back. Where the log has
 * another one meanwhile (another thread ended a step, another process went on), or with a version
 * of 0, the whole state is compared as burr_step_end() does: to hand over changes is never wrong
 * as long as they are those to the state recorded with that version.
 *
 * @param writer from burr_writer_open()
 * @param step its number
 * @param action its action's name
 * @param result a JSON object or `null`; absent for `{}`
 * @param exception a JSON string, the traceback; absent when there was none
 * @param state the whole state, one JSON object, no key twice
 * @param changes the members of `state` that had other values before, which are all it changed:
 *     the others, and the keys and their order, are as they were. They are written whole.
 * @param count how many
 * @param version the state before; receives that of `state`, or 0 where it is not recorded
 * @param time when: see burr_now()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK, BURR_INVALID or BURR_IO
 */
burr_result burr_step_end_changes(
    burr_writer *writer, int64_t step, burr_text action, burr_text result, burr_text exception,
    burr_text state, const burr_change *changes, size_t count, uint64_t *version, int64_t time,
    char **error);

/**
 * Records what happened within a step.
 *
 * @param writer from burr_writer_open()
 * @param type what
 * @param step the step it belongs to, or -1
 * @param object one JSON object: a line of Burr's `log.jsonl`
 * @param time when: see burr_now()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK, BURR_INVALID or BURR_IO
 */
burr_result burr_event(
    burr_writer *writer, burr_event_type type, int64_t step, burr_text object, int64_t time,
    char **error);

/**
 * Records that the program called `run`, `iterate` or another of these.
 *
 * @param writer from burr_writer_open()
 * @param method which
 * @param time when: see burr_now()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK, BURR_INVALID or BURR_IO
 */
burr_result burr_run_begin(burr_writer *writer, burr_text method, int64_t time, char **error);

/**
 * Records that such a call returned, and lets other processes go on with the application.
 *
 * @param writer from burr_writer_open()
 * @param method which
 * @param exception what it raised, for people; absent when it did not
 * @param time when: see burr_now()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK, BURR_INVALID or BURR_IO
 */
burr_result burr_run_end(
    burr_writer *writer, burr_text method, burr_text exception, int64_t time, char **error);

/**
 * Lets other processes go on with the application, until this one records the next event.
 *
 * A second without events does the same. Where a program has called it hundreds of times, each
 * within 5 ms of the last, other processes wait until it rests for 5 to 10 ms.
 *
 * @param writer from burr_writer_open()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK or BURR_IO
 */
burr_result burr_release(burr_writer *writer, char **error);

/**
 * Waits until everything recorded so far is on the disk.
 *
 * @param writer from burr_writer_open()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK or BURR_IO
 */
burr_result burr_flush(burr_writer *writer, char **error);

/**
 * Ends the recording, and the writer, whatever the result.
 *
 * @param writer from burr_writer_open(); NULL is fine
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK or BURR_IO
 */
burr_result burr_writer_close(burr_writer *writer, char **error);

/**
 * Reads the state that a step left.
 *
 * Before the first step of a fork it follows the parent.
 *
 * @param root the store's folder
 * @param project the application's project
 * @param app_id the application
 * @param step the step; BURR_NO_STEP for the last one that ended
 * @param state receives it
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK; BURR_NOT_FOUND without such an application or step; BURR_RUNNING; BURR_DAMAGED;
 *     BURR_IO
 */
burr_result burr_state_read(
    burr_text root, burr_text project, burr_text app_id, int64_t step, burr_state *state,
    char **error);

/** Gives back what burr_state_read() filled in; all zero is fine. */
void burr_state_free(burr_state *state);

/**
 * Lists the steps of an application: those of its newest branch, and of the branches that it
 * continues, in the order in which they ended.
 *
 * @param root the store's folder
 * @param project the application's project
 * @param app_id the application
 * @param json receives a JSON array of objects `{"step":0,"status":"ok"}`, where the status may
 *     also be `failed` or, of a step that has not ended, `begun`; give it back with burr_free()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK, BURR_NOT_FOUND, BURR_DAMAGED or BURR_IO
 */
burr_result burr_steps(
    burr_text root, burr_text project, burr_text app_id, char **json, char **error);

/**
 * Lists the applications of a project, the last written first.
 *
 * @param root the store's folder
 * @param project the project; one that is not there has no applications
 * @param json receives a JSON array of objects `{"app_id":...,"partition_key":...}`; give it back
 *     with burr_free()
 * @param error receives what went wrong; may be NULL
 * @return BURR_OK or BURR_IO
 */
burr_result burr_applications(burr_text root, burr_text project, char **json, char **error);

#ifdef __cplusplus
}
#endif

#endif
