// SPDX-License-Identifier: Apache-2.0

// One option as it is declared: the parser and the help both read this.

/// The option a parsed value belongs to; the raw value is its long name.
enum OptionName: String, Sendable {
    // Global.
    case store, project, format, color, quiet, verbose, help, version
    case timeFormat = "time-format"
    // Per command.
    case projects, step, before, path, from, to, action, status, limit, reverse, deep
    case exitCode = "exit-code"
    case port, host, insecure, ui, page, backend
    case steps, rate, seed
    case noOpen = "no-open"
    case tokenFile = "token-file"
    case basePath = "base-path"
    case noCopyDemoData = "no-copy-demo_data"
    case devMode = "dev-mode"
}

/// One option of the program or of a command.
struct OptionSpecification: Sendable {
    let name: OptionName
    /// The one-letter form.
    let short: Character?
    /// The name of the value in the help, for an option that takes one.
    let value: String?
    /// What the option does: one line of the help.
    let help: String

    init(_ name: OptionName, short: Character? = nil, value: String? = nil, _ help: String) {
        self.name = name
        self.short = short
        self.value = value
        self.help = help
    }

    /// The option as a synopsis shows it, for example `--step REF`.
    var synopsis: String {
        value.map { "--\(name.rawValue) \($0)" } ?? "--\(name.rawValue)"
    }

    /// The options every command understands.
    static let global: [OptionSpecification] = [
        .init(.store, value: "DIR", "the store (default: $BURR_PATH, $burr_path, ~/.burr)"),
        .init(.project, short: "p", value: "PROJECT", "look in this project only"),
        .init(.format, short: "o", value: "FORMAT", "output format; each command lists its own"),
        .init(.color, value: "WHEN", "auto, always or never (also: NO_COLOR, CLICOLOR_FORCE)"),
        .init(.timeFormat, value: "FORM", "relative, iso or raw (nanoseconds since 1970)"),
        .init(.quiet, short: "q", "nothing on standard error but errors"),
        .init(.verbose, short: "v", "more on standard error"),
        .init(.help, short: "h", "show help"),
        .init(.version, "show the version"),
    ]
}

extension OptionName {
    /// Whether every command understands the option.
    var isGlobal: Bool { OptionSpecification.global.contains { $0.name == self } }
}
