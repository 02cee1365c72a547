/* SPDX-License-Identifier: Apache-2.0 */
#include "csystem_options.h"

#include <getopt.h>
#include <stddef.h>
#include <sys/ioctl.h>

enum { MAX_OPTIONS = 64, FIRST_VALUE = 256 };

void csystem_options_begin(void) {
#ifdef __GLIBC__
    optind = 0; /* glibc: 0 also forgets the state of an earlier scan */
#else
    optind = 1;
#endif
    opterr = 0;
}

int csystem_options_first_operand(void) {
    return optind;
}

static csystem_option_match failure(int code, char **argv, const csystem_option *options,
                                    int count) {
    csystem_option_match match = {.kind = CSYSTEM_OPTIONS_UNKNOWN, .option = -1};
    for (int i = 0; i < count; i++) {
        if (optopt != 0 && (optopt == FIRST_VALUE + i || optopt == options[i].short_name)) {
            match.option = i;
        }
    }
    if (code == ':') {
        match.kind = CSYSTEM_OPTIONS_MISSING_VALUE;
    } else if (match.option >= 0) {
        match.kind = CSYSTEM_OPTIONS_UNWANTED_VALUE;
    } else {
        match.culprit = optopt;
        match.word = optopt == 0 ? argv[optind - 1] : NULL;
    }
    return match;
}

csystem_option_match csystem_options_next(int argc, char **argv, const csystem_option *options,
                                          int count, int stop_at_operand) {
    struct option longs[MAX_OPTIONS + 1] = {0};
    char shorts[2 * MAX_OPTIONS + 3];
    size_t length = 0;
    if (count > MAX_OPTIONS) count = MAX_OPTIONS;
    if (stop_at_operand) shorts[length++] = '+';
    shorts[length++] = ':';
    for (int i = 0; i < count; i++) {
        longs[i] = (struct option){
            .name = options[i].long_name,
            .has_arg = options[i].takes_value ? required_argument : no_argument,
            .val = FIRST_VALUE + i,
        };
        if (options[i].short_name == 0) continue;
        shorts[length++] = (char)options[i].short_name;
        if (options[i].takes_value) shorts[length++] = ':';
    }
    shorts[length] = '\0';

    int code = getopt_long(argc, argv, shorts, longs, NULL);
    if (code == -1) return (csystem_option_match){.kind = CSYSTEM_OPTIONS_END, .option = -1};
    if (code == '?' || code == ':') return failure(code, argv, options, count);
    csystem_option_match match = {.kind = CSYSTEM_OPTIONS_OPTION, .option = -1, .value = optarg};
    for (int i = 0; i < count; i++) {
        if (code == FIRST_VALUE + i || code == options[i].short_name) match.option = i;
    }
    return match;
}

int csystem_terminal_columns(int descriptor) {
    struct winsize size = {0};
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}
