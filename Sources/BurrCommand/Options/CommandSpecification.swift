// SPDX-License-Identifier: Apache-2.0

// A command as it is declared: the parser, the help and the dispatcher read this.

/// What a command is called, takes and does.
struct CommandSpecification: Sendable {
    let name: String
    /// One line of the list of commands.
    let summary: String
    /// The operands in the synopsis, for example `APP REF`.
    let operands: String
    /// How many operands there may be.
    let operandCount: ClosedRange<Int>
    /// Formats it can print; the first is the default.
    let formats: [Format]
    let options: [OptionSpecification]
    /// Further paragraphs of the help.
    let notes: [String]
    /// Command lines and what they show.
    let examples: [Example]
    /// The exit codes worth knowing.
    let exits: [String]

    /// A command line to try.
    struct Example: Sendable {
        let line: String
        let explanation: String

        init(_ line: String, _ explanation: String) {
            self.line = line
            self.explanation = explanation
        }
    }

    /// The command's line of use, without `usage: `.
    var synopsis: String {
        var words = ["burr", name]
        if !operands.isEmpty { words.append(operands) }
        words += options.map { "[\($0.synopsis)]" }
        return words.joined(separator: " ")
    }

    /// Every option the command understands.
    var allOptions: [OptionSpecification] { options + OptionSpecification.global }
}

/// A command: its declaration and what it does.
struct Command: Sendable {
    let specification: CommandSpecification
    let run: @Sendable (Invocation) throws -> ExitCode
}
