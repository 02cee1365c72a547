// SPDX-License-Identifier: Apache-2.0

// The line of progress of long work: on a terminal, after 400 ms, at most ten times a second.

internal import Glibc

/// Tells a person how far the work is.
final class Progress {
    private static let delay: Int64 = 400_000_000
    private static let interval: Int64 = 100_000_000

    private let diagnostics: Diagnostics
    private var next: Int64

    init(_ diagnostics: Diagnostics) {
        self.diagnostics = diagnostics
        next = diagnostics.showsProgress ? Self.monotonic() + Self.delay : .max
    }

    /// Shows a text if one is due; the text is made only then.
    func update(_ text: @autoclosure () -> String) {
        guard next != .max else { return }
        let now = Self.monotonic()
        guard now >= next else { return }
        next = now + Self.interval
        diagnostics.drawProgress(text())
    }

    /// Erases the line.
    func finish() {
        diagnostics.drawProgress("")
    }

    private static func monotonic() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
