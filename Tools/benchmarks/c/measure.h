// What the C peers share: the clock, the text to write, the one line of JSON that they print.
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void fail(const char *why) {
    perror(why);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct text {
    char *bytes;
    size_t length;
};

static struct text read_text(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    fseek(file, 0, SEEK_END);
    struct text text = {NULL, (size_t)ftell(file)};
    rewind(file);
    text.bytes = malloc(text.length);
    if (text.bytes == NULL || fread(text.bytes, 1, text.length, file) != text.length) fail(path);
    fclose(file);
    return text;
}

/// The payload of record `number`: a window that wanders over the text, never twice the same.
static const char *payload_at(const struct text *text, long number, size_t length) {
    return text->bytes + (size_t)number * 72 % (text->length - length);
}

static void print_result(long records, double seconds, long long bytes) {
    printf("{\"records\":%ld,\"seconds\":%.9f,\"bytes\":%lld}\n", records, seconds, bytes);
}

#endif
