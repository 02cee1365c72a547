// SPDX-License-Identifier: Apache-2.0
// How a point in history is named: one grammar for URL, HTTP, command line and page.

internal import Tracking

/// A point in an application's history, as its user names it.
///
///     42   42.1   -1   head   first   err   err-1   t:2026-08-22T10:00:00Z   t:-5m   42@0192f0
package struct Ref: Equatable, Sendable, CustomStringConvertible {
    /// What is named, before it is looked up.
    package enum Target: Equatable, Sendable {
        /// The state after this step.
        case step(Int64)
        /// The state after this step when it was run for the so-manieth time, 1 being the first:
        /// each re-run is on a branch of its own.
        case attempt(step: Int64, number: Int)
        /// So many steps before the head.
        case fromHead(Int64)
        case head
        case first
        /// The last failed step, or so many failures before it.
        case error(before: Int64)
        /// The last step that ended at or before this instant, in nanoseconds since 1970 UTC.
        case time(Int64)
        /// So many nanoseconds before now.
        case ago(Int64)
        /// The step that a mark of this name is at.
        case mark(String)
    }

    package var target: Target
    /// The leading hex digits of a branch, where one other than the newest is meant.
    package var branchPrefix: String?
    /// Whether it may name a step of another line than the default one.
    var isElsewhere: Bool {
        if case .attempt = target { return true }
        return branchPrefix != nil
    }
    /// The text it was read from.
    package let description: String

    /// Reads a ref.
    ///
    /// - Throws: `ReplayError.badRef` with the text when it is none.
    package init(_ text: String) throws(ReplayError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0]
        if parts.count == 2 {
            let prefix = parts[1].lowercased()
            guard !prefix.isEmpty, prefix.utf8.count <= 32, prefix.allSatisfy(\.isHexDigit) else {
                throw .badRef(text)
            }
            branchPrefix = prefix
        }
        guard let target = Ref.target(name) else { throw .badRef(text) }
        // An attempt is on the branch that it was made on.
        if case .attempt = target, branchPrefix != nil { throw .badRef(text) }
        self.target = target
        description = text
    }

    private static func target(_ name: Substring) -> Target? {
        switch name {
        case "head": return .head
        case "first": return .first
        case "err": return .error(before: 0)
        default: break
        }
        if name.hasPrefix("err-") {
            return number(name.dropFirst(4)).map { .error(before: $0) }
        }
        if name.hasPrefix("mark:") {
            return name.count > 5 ? .mark(String(name.dropFirst(5))) : nil
        }
        if name.hasPrefix("t:-") {
            return duration(name.dropFirst(3)).map { .ago($0) }
        }
        if name.hasPrefix("t:") {
            return instant(name.dropFirst(2)).map { .time($0) }
        }
        if name.hasPrefix("-") {
            return number(name.dropFirst()).map { .fromHead($0) }
        }
        guard let dot = name.firstIndex(of: ".") else { return number(name).map { .step($0) } }
        guard let step = number(name[..<dot]), let attempt = number(name[dot...].dropFirst()),
            attempt > 0
        else { return nil }
        return .attempt(step: step, number: Int(attempt))
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// `90s`, `5m`, `1.5h`, `2d`, `250ms`.
    private static func duration(_ text: Substring) -> Int64? {
        let units: [(String, Double)] = [
            ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9), ("d", 86_400e9),
        ]
        for (suffix, scale) in units where text.hasSuffix(suffix) {
            let digits = text.dropLast(suffix.count)
            guard let first = digits.utf8.first, (48...57).contains(first),
                let value = Double(digits), value * scale < 9e18
            else { continue }
            return Int64(value * scale)
        }
        return nil
    }

    /// RFC 3339, the zone optional (then the local one), the time of day optional.
    private static func instant(_ text: Substring) -> Int64? {
        InstantText.nanoseconds(text)
    }
}
