/* SPDX-License-Identifier: Apache-2.0 */
/* Command-line arguments through getopt_long, and the width of a terminal. */
#ifndef CSYSTEM_OPTIONS_H
#define CSYSTEM_OPTIONS_H

/* What csystem_options_next found. */
enum {
    CSYSTEM_OPTIONS_END = 0,
    CSYSTEM_OPTIONS_OPTION = 1,
    CSYSTEM_OPTIONS_UNKNOWN = 2,
    CSYSTEM_OPTIONS_MISSING_VALUE = 3,
    CSYSTEM_OPTIONS_UNWANTED_VALUE = 4,
};

/* One option that is understood. */
typedef struct csystem_option {
    const char *_Nonnull long_name;
    int short_name; /* a character, or 0 */
    int takes_value;
} csystem_option;

/* One step of the scan. */
typedef struct csystem_option_match {
    int kind;
    int option;                  /* index into the table, or -1 */
    int culprit;                 /* the short option that is not understood, or 0 */
    const char *_Nullable value; /* the option's value, or NULL */
    const char *_Nullable word;  /* the argument a long option was read from, or NULL */
} csystem_option_match;

/* Begins a scan; one at a time in a process, for getopt_long keeps its state in globals. */
void csystem_options_begin(void);

/*
 * Finds the next option of argv. `argv` is permuted so that operands come last, unless
 * `stop_at_operand`. `argc` counts argv[0], which is skipped. At most 64 options.
 */
csystem_option_match csystem_options_next(int argc, char *_Nullable *_Nonnull argv,
                                          const csystem_option *_Nonnull options, int count,
                                          int stop_at_operand);

/* Index of the first operand, once csystem_options_next has answered CSYSTEM_OPTIONS_END. */
int csystem_options_first_operand(void);

/* Columns of the terminal behind a file descriptor, or 0 when it is none. */
int csystem_terminal_columns(int descriptor);

#endif
