// SPDX-License-Identifier: Apache-2.0

// The exit codes of every command (those of `fsck` are its own).

/// What the process reports to its caller.
struct ExitCode: RawRepresentable, Equatable, Sendable {
    let rawValue: Int32

    init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Done.
    static let success = ExitCode(rawValue: 0)
    /// A negative answer: the two sides differ, nothing was found.
    static let negative = ExitCode(rawValue: 1)
    /// The answer is incomplete because a limit cut it.
    static let partial = ExitCode(rawValue: 2)
    /// The command line is wrong.
    static let usage = ExitCode(rawValue: 64)
    /// A log is damaged.
    static let damaged = ExitCode(rawValue: 65)
    /// There is no such project, application, step or path.
    static let notFound = ExitCode(rawValue: 66)
    /// A server cannot be reached.
    static let unavailable = ExitCode(rawValue: 69)
    /// A bug in this program.
    static let internalError = ExitCode(rawValue: 70)
    /// Reading or writing failed.
    static let inputOutput = ExitCode(rawValue: 74)
    /// The step is still running.
    static let running = ExitCode(rawValue: 75)
    /// Interrupted by Ctrl-C.
    static let interrupted = ExitCode(rawValue: 130)
}
