// Writes what real Burr's LocalTrackingClient would have logged, byte for byte but for the times.
//
//   generate counter|chat|talk STEPS FILE     a log.jsonl; FILE may be - for standard output
//   generate messages COUNT FILE              the messages of chat and talk, one per line
//   generate text BYTES FILE                  prose
//
// A message's JSON object and its comma are 300 bytes. The seed is fixed.
#include <stdlib.h>
#include <time.h>

#include "prose.h"

enum { messageBytes = 300, seed = 20261124 };
static const long long started = 1792828800000000LL; // microseconds since 1970

struct output {
    FILE *file;
    long long clock; // microseconds since 1970; a step takes 120, the pause after it 100
};

static void fail(const char *why) {
    fprintf(stderr, "generate: %s\n", why);
    exit(1);
}

/// The form of Python's datetime.isoformat(): no fraction at a whole second.
static int stamp(long long clock, char *out) {
    time_t seconds = clock / 1000000;
    struct tm parts;
    gmtime_r(&seconds, &parts);
    int length = (int)strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &parts);
    if (clock % 1000000) length += sprintf(out + length, ".%06d", (int)(clock % 1000000));
    return length;
}

static void begin(struct output *output, const char *action, const char *inputs, long step) {
    char when[40];
    stamp(output->clock, when);
    fprintf(output->file,
            "{\"type\":\"begin_entry\",\"start_time\":\"%s\",\"action\":\"%s\",\"inputs\":%s,"
            "\"sequence_id\":%ld}\n",
            when, action, inputs, step);
    output->clock += 120;
}

static void end(struct output *output, const char *action, const char *result) {
    char when[40];
    stamp(output->clock, when);
    fprintf(output->file,
            "{\"type\":\"end_entry\",\"end_time\":\"%s\",\"action\":\"%s\",\"result\":%s,"
            "\"exception\":null,\"state\":",
            when, action, result);
    output->clock += 100;
}

static void counter(struct output *output, long steps) {
    for (long step = 0; step < steps; step += 1) {
        char result[48];
        sprintf(result, "{\"counter\":%ld}", step + 1);
        begin(output, "increment", "{}", step);
        end(output, "increment", result);
        fprintf(output->file,
                "{\"counter\":%ld,\"__SEQUENCE_ID\":%ld,\"__PRIOR_STEP\":\"increment\"},"
                "\"sequence_id\":%ld}\n",
                step + 1, step, step);
    }
}

/// The `number`-th message object; returns its length. `out` holds `messageBytes`.
static int message(uint64_t *random, long number, char *out) {
    int at = sprintf(out, "{\"role\":\"%s\",\"content\":\"", number % 2 ? "assistant" : "user");
    int content = messageBytes - 1 - at - 2;
    prose_fill(random, out + at, content);
    memcpy(out + at + content, "\"}", 3);
    return messageBytes - 1;
}

static void conversation(struct output *output, long turns, int talk) {
    uint64_t random = seed;
    const char *action = talk ? "talk" : "turn";
    char *list = malloc((size_t)turns * messageBytes + 16);
    if (list == NULL) fail("out of memory");
    size_t used = (size_t)sprintf(list, "{\"messages\":[");
    for (long step = 0; step < turns; step += 1) {
        char text[messageBytes + 1], given[messageBytes + 32];
        int length = message(&random, step, text);
        sprintf(given, talk ? "{\"message\":%s}" : "{}", text);
        begin(output, action, given, step);
        end(output, action, given);
        if (step > 0) list[used++] = ',';
        memcpy(list + used, text, (size_t)length);
        used += (size_t)length;
        fwrite(list, 1, used, output->file);
        fprintf(output->file,
                "],\"__SEQUENCE_ID\":%ld,\"__PRIOR_STEP\":\"%s\"},\"sequence_id\":%ld}\n", step,
                action, step);
    }
    free(list);
}

/// What burr_record.py reads: the content only, one line each.
static void messages(struct output *output, long count) {
    uint64_t random = seed;
    for (long number = 0; number < count; number += 1) {
        char text[messageBytes + 1];
        int length = message(&random, number, text);
        const char *content = strstr(text, "\"content\":\"") + 11;
        fprintf(output->file, "%.*s\n", (int)(text + length - 2 - content), content);
    }
}

static void prose(struct output *output, long bytes) {
    uint64_t random = seed;
    char *text = malloc((size_t)bytes + 1);
    if (text == NULL || bytes < 64) fail("text of at least 64 bytes");
    prose_fill(&random, text, (int)bytes);
    fwrite(text, 1, (size_t)bytes, output->file);
    free(text);
}

int main(int count, char **arguments) {
    if (count != 4) fail("usage: generate counter|chat|talk|messages|text COUNT FILE");
    const char *kind = arguments[1];
    long number = atol(arguments[2]);
    struct output output = {stdout, started};
    if (strcmp(arguments[3], "-") != 0) output.file = fopen(arguments[3], "wb");
    if (output.file == NULL) fail("cannot open the file");
    setvbuf(output.file, NULL, _IOFBF, 1 << 18);

    if (strcmp(kind, "counter") == 0) counter(&output, number);
    else if (strcmp(kind, "chat") == 0) conversation(&output, number, 0);
    else if (strcmp(kind, "talk") == 0) conversation(&output, number, 1);
    else if (strcmp(kind, "messages") == 0) messages(&output, number);
    else if (strcmp(kind, "text") == 0) prose(&output, number);
    else fail("unknown kind");

    if (ferror(output.file) || fclose(output.file) != 0) fail("the file was not written whole");
    return 0;
}
