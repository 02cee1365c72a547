// SPDX-License-Identifier: Apache-2.0

// The global options of one invocation, with their defaults from the environment.

internal import Glibc

/// How a command prints its answer.
enum Format: String, CaseIterable, Sendable {
    case pretty, json, jsonl, patch, stat, states
}

/// How times are written.
enum TimeForm: String, CaseIterable, Sendable {
    case relative, iso, raw
}

/// When to use colours.
enum ColorChoice: String, CaseIterable, Sendable {
    case auto, always, never
}

/// What the global options say.
struct Settings: Sendable {
    var store: String?
    var project: String?
    /// Checked against the formats of the command.
    var format: String?
    var color = ColorChoice.auto
    var timeForm: TimeForm?
    var isQuiet = false
    var isVerbose = false
}

/// The variables of the environment.
enum Environment {
    /// A variable's value; one that is set but empty counts as absent.
    static func value(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        let value = unsafe String(cString: text)
        return value.isEmpty ? nil : value
    }

    /// A path with a leading `~` replaced by the home folder, as Python's `expanduser` does.
    static func expandingHome(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = value("HOME") else { return path }
        return home + path.dropFirst()
    }

    /// The store when no option names one: Burr's own rule.
    static var defaultStore: String {
        expandingHome(value("BURR_PATH") ?? value("burr_path") ?? "~/.burr")
    }
}
