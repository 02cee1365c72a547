// SPDX-License-Identifier: Apache-2.0

// Times in the form that was asked for.

internal import StateDelta

/// Writes times as `--time-format` says.
struct TimeText {
    private let form: TimeForm?
    private let now = Instant.now

    init(_ settings: Settings) {
        form = settings.timeForm
    }

    /// A time for people.
    ///
    /// - Parameters:
    ///   - nanoseconds: Since 1970 in UTC; nothing where no time is known.
    ///   - usual: The form where none was asked for.
    /// - Returns: The text; `-` where no time is known.
    func cell(_ nanoseconds: Int64?, usual: TimeForm) -> String {
        guard let nanoseconds else { return "-" }
        switch form ?? usual {
        case .relative: return Instant.relative(nanoseconds, now: now)
        case .iso: return form == nil ? Instant.short(nanoseconds) : Instant.iso(nanoseconds)
        case .raw: return String(nanoseconds)
        }
    }

    /// Adds a time to a document: a string, or a number with `--time-format raw`.
    func member(_ name: String, _ nanoseconds: Int64?, _ json: inout JSONText) {
        json.key(name)
        guard let nanoseconds else { return json.raw("null") }
        if form == .raw {
            json.raw(String(nanoseconds))
        } else {
            json.string(Instant.iso(nanoseconds))
        }
    }
}
