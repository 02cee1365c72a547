// SPDX-License-Identifier: Apache-2.0

// All commands, in the order of the help.

extension Command {
    /// Every command of the program.
    static let all: [Command] = [
        .serve, .list, .replay, .log, .show, .diff, .stat, .importLogs, .exportLogs, .check, .demo,
        .repair,
    ]
}

/// Declarations that several commands share.
enum Common {
    static let exits = [
        "0   done",
        "64  the command line is wrong",
        "65  a log is damaged; what can be read was printed",
        "66  no such project, application, step or path",
        "74  reading or writing failed",
    ]

    static let jsonExits = exits + ["130 interrupted by Ctrl-C"]
}
