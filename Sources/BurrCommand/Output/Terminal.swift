// SPDX-License-Identifier: Apache-2.0

// What is known about the terminal, and colours.

internal import CSystem
internal import Glibc

/// Facts about the terminal behind a descriptor.
enum Terminal {
    /// Its width, or nothing where there is none.
    static func columns(_ descriptor: Int32) -> Int? {
        let columns = csystem_terminal_columns(descriptor)
        return columns > 0 ? Int(columns) : nil
    }
}

/// What a piece of output is; a palette decides how that looks.
enum Style: Sendable {
    case plain, heading, dim, key, string, number, literal, good, bad, warning
    case added, removed, changed
}

/// Colours, or none; they never carry meaning alone.
struct Palette: Sendable {
    let isOn: Bool

    /// Decides once: `--color`, then `NO_COLOR`, `CLICOLOR_FORCE`, the terminal, `TERM=dumb`.
    init(choice: ColorChoice, isTerminal: Bool) {
        switch choice {
        case .always: isOn = true
        case .never: isOn = false
        case .auto:
            if Environment.value("NO_COLOR") != nil {
                isOn = false
            } else if let force = Environment.value("CLICOLOR_FORCE"), force != "0" {
                isOn = true
            } else {
                isOn = isTerminal && Environment.value("TERM") != "dumb"
            }
        }
    }

    /// The text in the colours of a style.
    func paint(_ text: String, _ style: Style) -> String {
        let code = Self.code(style)
        return isOn && !code.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }

    /// The bytes that begin a style; empty without colours.
    func begin(_ style: Style) -> [UInt8] {
        let code = Self.code(style)
        return isOn && !code.isEmpty ? Array("\u{1b}[\(code)m".utf8) : []
    }

    /// The bytes that end every style.
    var end: [UInt8] { isOn ? Array("\u{1b}[0m".utf8) : [] }

    private static func code(_ style: Style) -> String {
        switch style {
        case .plain: ""
        case .heading: "1"
        case .dim: "2"
        case .key: "34"
        case .string, .good, .added: "32"
        case .number: "36"
        case .literal: "35"
        case .bad, .removed: "31"
        case .warning, .changed: "33"
        }
    }
}
