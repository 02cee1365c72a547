// SPDX-License-Identifier: Apache-2.0

// Standard error: errors, warnings, notes, progress. Failing to write it is harmless.

internal import Glibc

/// The stream that speaks to people.
final class Diagnostics {
    private let isQuiet: Bool
    private let isVerbose: Bool
    private let descriptor: Int32
    private var hasProgress = false

    /// Whether a person looks at it.
    let isTerminal: Bool
    let palette: Palette

    init(settings: Settings, descriptor: Int32 = STDERR_FILENO) {
        self.descriptor = descriptor
        isQuiet = settings.isQuiet
        isVerbose = settings.isVerbose
        isTerminal = isatty(descriptor) == 1
        palette = Palette(choice: settings.color, isTerminal: isTerminal)
    }

    /// Says what made the command fail, and what to do.
    func error(_ message: String, details: [String] = []) {
        let name = palette.paint("burr:", .bad)
        emit(([name + " " + printable(message)] + details.map(printable)).joined(separator: "\n"))
    }

    /// Says what was left out or looks wrong; shown even with `--quiet`, because data is missing.
    func warning(_ message: String) {
        emit("\(palette.paint("burr:", .warning)) \(printable(message))")
    }

    /// Adds what is good to know, unless `--quiet`.
    func note(_ message: String) {
        if !isQuiet { emit(message) }
    }

    /// Adds what only `--verbose` asks for.
    func detail(_ message: String) {
        if isVerbose && !isQuiet { emit(message) }
    }

    /// Whether a line of progress would be seen.
    var showsProgress: Bool {
        isTerminal && !isQuiet && Environment.value("TERM") != "dumb"
    }

    /// Draws the line of progress anew; an empty text erases it.
    func drawProgress(_ text: String) {
        guard hasProgress || !text.isEmpty else { return }
        hasProgress = !text.isEmpty
        let columns = max(20, Terminal.columns(descriptor) ?? 80)
        write("\r\u{1b}[K" + TextWidth.shorten(text, to: columns - 1))
    }

    private func emit(_ text: String) {
        let erase = hasProgress ? "\r\u{1b}[K" : ""
        hasProgress = false
        write(erase + text + "\n")
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor,
                    $0.baseAddress.map { unsafe $0 + offset },
                    bytes.count - offset
                )
            }
            if written < 0 && errno != EINTR { return }
            offset += max(0, written)
        }
    }
}

/// Text from a log, made harmless for a terminal: control characters are shown as escapes.
func printable(_ text: String) -> String {
    let needsEscape = text.unicodeScalars.contains { isControl($0) }
    guard needsEscape else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        if isControl(scalar) {
            result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
}
