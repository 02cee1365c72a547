// SPDX-License-Identifier: Apache-2.0

// How a command fails: what was wrong, where, and what to do.

/// Ends a command with an exit code and a text for people.
struct CommandError: Error, Equatable {
    let code: ExitCode
    /// One line: what was wrong and where; without the leading `burr: `.
    let message: String
    /// Further lines as they are to be printed: what to do, candidates, the usage line.
    let details: [String]

    init(_ code: ExitCode, _ message: String, details: [String] = []) {
        self.code = code
        self.message = message
        self.details = details
    }
}

/// Standard output has no reader any more: the command ends quietly and well.
struct ReaderGone: Error, Equatable {}

/// Ctrl-C was pressed.
struct Interrupted: Error, Equatable {
    /// Where the work stopped, as a sentence, or nothing.
    let place: String
}
