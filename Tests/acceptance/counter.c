/*
 * A counter that records itself: counter STORE STEPS. Prints the state it reads back.
 *
 * Uses the C interface as another language would: nothing but burr.h.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "burr.h"

static burr_text text(const char *string) {
    return (burr_text){.bytes = string, .count = strlen(string)};
}

static const burr_text none = {0};

/** Ends the program when a call failed. */
static void need(burr_result result, char *error) {
    if (result == BURR_OK) return;
    fprintf(stderr, "%d: %s\n", result, error ? error : "");
    burr_free(error);
    exit(1);
}

/** Ends the program unless a call failed as it should. */
static void refuse(burr_result result, burr_result expected, char *error) {
    if (result != expected || error == NULL || strlen(error) == 0) {
        fprintf(stderr, "expected %d, got %d (%s)\n", expected, result, error ? error : "");
        exit(1);
    }
    burr_free(error);
}

static void step(burr_writer *writer, int64_t number) {
    char *error = NULL, state[200];
    const char *exception = number % 4 == 3 ? "\"ValueError: three\\n\"" : NULL;
    need(burr_step_begin(writer, number, text("count"), text("{\"by\":1}"), burr_now(), &error),
         error);
    need(burr_event(writer, BURR_SPAN_BEGIN, number,
                    text("{\"type\":\"begin_span\",\"span_id\":\"0\"}"), burr_now(), &error),
         error);
    snprintf(state, sizeof state, "{\"count\":%" PRId64 ",\"text\":\"caf\xc3\xa9\"}", number + 1);
    if (exception) {
        need(burr_step_end(writer, number, text("count"), none, text(exception), text(state),
                           burr_now(), &error),
             error);
        return;
    }
    /* In the first step all is new, in the one after the failure the log has another state. */
    static uint64_t version = 0;
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, number + 1);
    burr_change change = {.key = text("count"), .value = text(digits)};
    need(burr_step_end_changes(writer, number, text("count"), none, none, text(state), &change, 1,
                               &version, burr_now(), &error),
         error);
    if (version == 0) exit(1);
}

static void refuse_nonsense(burr_writer *writer, burr_text root) {
    char *error = NULL;
    burr_state state;
    refuse(burr_step_begin(writer, 0, text("count"), text("{no json"), burr_now(), &error),
           BURR_INVALID, error);
    error = NULL;
    refuse(burr_step_begin(writer, 0, none, none, burr_now(), &error), BURR_INVALID, error);
    error = NULL;
    uint64_t version = 1;
    burr_change nothing = {.key = none, .value = text("1")};
    refuse(burr_step_end_changes(writer, 0, text("count"), none, none, text("{}"), &nothing, 1,
                                 &version, burr_now(), &error),
           BURR_INVALID, error);
    error = NULL;
    refuse(burr_event(writer, 7, 0, text("{}"), burr_now(), &error), BURR_INVALID, error);
    error = NULL;
    refuse(burr_state_read(root, text("c"), text("nobody"), BURR_NO_STEP, &state, &error),
           BURR_NOT_FOUND, error);
    error = NULL;
    refuse(burr_state_read(root, text("c"), text("counter"), 99, &state, &error), BURR_NOT_FOUND,
           error);
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    char *error = NULL, *json = NULL;
    burr_application application = {
        .root = text(arguments[1]),
        .project = text("c"),
        .app_id = text("counter"),
        .partition_key = text("ann"),
        .state = text("{\"count\":0}"),
        .program = text("counter.c"),
        .durability = BURR_INTERVAL,
    };
    burr_writer *writer = NULL;
    need(burr_writer_open(&application, &writer, &error), error);
    need(burr_run_begin(writer, text("run"), burr_now(), &error), error);
    for (int64_t number = 0; number < atoll(arguments[2]); number++) step(writer, number);
    need(burr_run_end(writer, text("run"), none, burr_now(), &error), error);
    need(burr_flush(writer, &error), error);
    refuse_nonsense(writer, application.root);
    need(burr_release(writer, &error), error);
    need(burr_writer_close(writer, &error), error);

    burr_state state = {0};
    need(burr_state_read(application.root, application.project, application.app_id, BURR_NO_STEP,
                         &state, &error),
         error);
    printf("%" PRId64 " %.*s %d %.*s\n", state.step, (int)state.action.count, state.action.bytes,
           state.failed, (int)state.text.count, state.text.bytes);
    burr_state_free(&state);
    need(burr_applications(application.root, application.project, &json, &error), error);
    printf("%s\n", json);
    burr_free(json);
    need(burr_steps(application.root, application.project, application.app_id, &json, &error),
         error);
    printf("%s\n", json);
    burr_free(json);
    burr_free(NULL);
    burr_state_free(&state);
    return burr_writer_close(NULL, NULL);
}
