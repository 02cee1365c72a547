// SPDX-License-Identifier: Apache-2.0

// What a running command may use: its options, the store, the streams.

internal import Replay
internal import Tracking

/// Everything a running command may use.
struct Invocation {
    let specification: CommandSpecification
    let settings: Settings
    let format: Format
    let arguments: ScannedArguments
    let output: Output
    let diagnostics: Diagnostics

    /// The colours of standard output.
    var palette: Palette { Palette(choice: settings.color, isTerminal: output.isTerminal) }

    /// The width to fit, where standard output is a terminal.
    var columns: Int? { output.isTerminal ? Terminal.columns(1) ?? 80 : nil }

    /// The value of an option; the last one given counts.
    func value(_ name: OptionName) -> String? {
        arguments.options.last { $0.name == name }?.value
    }

    /// Whether a flag was given.
    func has(_ name: OptionName) -> Bool {
        arguments.has(name)
    }

    /// An operand, or nothing where fewer were given.
    func operand(_ index: Int) -> String? {
        index < arguments.operands.count ? arguments.operands[index] : nil
    }

    /// The value of an option that counts something.
    func count(_ name: OptionName) throws(CommandError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let count = Int(text), count >= 0 else {
            throw usage("--\(name.rawValue) is a number, not '\(text)'")
        }
        return count
    }

    /// The value of an option that is one of a few words.
    func choice(_ name: OptionName, among allowed: [String]) throws(CommandError) -> String? {
        guard let text = value(name) else { return nil }
        guard allowed.contains(text) else {
            let words = allowed.joined(separator: ", ")
            throw usage("--\(name.rawValue) is one of \(words), not '\(text)'")
        }
        return text
    }

    /// A usage error of this command.
    func usage(_ message: String) -> CommandError {
        CommandError(usage: message, of: specification)
    }

    /// The store that was asked for.
    var store: Store {
        Store(root: Path.absolute(settings.store ?? Environment.defaultStore))
    }
}
