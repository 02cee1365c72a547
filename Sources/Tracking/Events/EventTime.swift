// SPDX-License-Identifier: Apache-2.0
// The instant of an event and the shape of its text (Formats/events.md, section 1).

internal import Glibc

/// When something happened, and how Burr wrote it down.
///
/// The text can be rebuilt exactly from an instant and a form; what no form rebuilds is kept as it
/// is.
package struct EventTime: Equatable, Sendable {
    /// The shape of the time's text.
    package enum Form: Equatable, Sendable {
        /// `2026-11-24T02:14:01.181278Z`: six digits and `Z`.
        case utc
        /// Local time without a zone, six digits or none; local = UTC + minutes.
        case naive(minutes: Int)
        /// Like `utc`, but without the fraction when it is zero.
        case utcShort
        /// Any other JSON value, kept as text.
        case verbatim([UInt8])
    }

    /// Nanoseconds since 1970 UTC.
    package var nanoseconds: Int64
    package var form: Form

    package init(nanoseconds: Int64, form: Form = .utc) {
        self.nanoseconds = nanoseconds
        self.form = form
    }

    /// Microseconds since 1970 UTC.
    package var microseconds: Int64 { nanoseconds.flooredDivision(by: 1_000).quotient }

    /// Reads a time as Burr writes it: a JSON string, quotes included.
    ///
    /// A value that is no time is kept verbatim, at the instant `fallback`.
    ///
    /// - Complexity: O(length); no allocation for the forms of Burr.
    package init(json: Span<UInt8>, fallback: Int64) {
        if let parsed = EventTime.parse(json) {
            self = parsed
        } else {
            self.init(nanoseconds: fallback, form: .verbatim(json.array()))
        }
    }

    private static func parse(_ json: Span<UInt8>) -> EventTime? {
        guard json.count >= 21, json[0] == UInt8(ascii: "\""),
            json[json.count - 1] == UInt8(ascii: "\"")
        else { return nil }
        guard let year = digits(json, 1, 4), let month = digits(json, 6, 2),
            let day = digits(json, 9, 2), let hour = digits(json, 12, 2),
            let minute = digits(json, 15, 2), let second = digits(json, 18, 2),
            json[5] == UInt8(ascii: "-"), json[8] == UInt8(ascii: "-"),
            json[11] == UInt8(ascii: "T"), json[14] == UInt8(ascii: ":"),
            json[17] == UInt8(ascii: ":"),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        var end = 20
        var fraction: Int?
        if json[end] == UInt8(ascii: ".") {
            guard json.count >= 28, let microsecond = digits(json, 21, 6) else { return nil }
            fraction = microsecond
            end = 27
        }
        var civil = CivilTime(year: year, month: month, day: day)
        civil.hour = hour
        civil.minute = minute
        civil.second = second
        civil.microsecond = fraction ?? 0
        let local = civil.microseconds
        // A date that does not exist would come back as another one.
        guard CivilTime(microseconds: local) == civil else { return nil }
        // Nanoseconds since 1970 reach from 1678 to 2261: with a day's room for a time zone.
        guard local.magnitude < UInt64(Int64.max / 1_000 - 86_400_000_000) else { return nil }
        switch json.count - end {
        case 1 where fraction != 0:
            let minutes = LocalZone.minutes(atLocalMicroseconds: local)
            let instant = local - Int64(minutes) * 60_000_000
            return EventTime(nanoseconds: instant * 1_000, form: .naive(minutes: minutes))
        case 2 where json[end] == UInt8(ascii: "Z"):
            if fraction == nil { return EventTime(nanoseconds: local * 1_000, form: .utcShort) }
            return EventTime(nanoseconds: local * 1_000, form: .utc)
        default:
            return nil
        }
    }

    static func digits(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<(start + count) {
            let digit = Int(text[index]) - 48
            guard digit >= 0, digit <= 9 else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Appends the time as the JSON value it was read from.
    package func append(to output: inout [UInt8]) {
        let (zoned, fractionShown, suffix): (Int64, Bool, Bool)
        switch form {
        case .verbatim(let text):
            output.append(contentsOf: text)
            return
        case .utc: (zoned, fractionShown, suffix) = (microseconds, true, true)
        case .utcShort:
            (zoned, fractionShown, suffix) = (microseconds, microseconds % 1_000_000 != 0, true)
        case .naive(let minutes):
            zoned = microseconds + Int64(minutes) * 60_000_000
            (fractionShown, suffix) = (zoned % 1_000_000 != 0, false)
        }
        output.append(UInt8(ascii: "\""))
        EventTime.append(CivilTime(microseconds: zoned), fraction: fractionShown, to: &output)
        if suffix { output.append(UInt8(ascii: "Z")) }
        output.append(UInt8(ascii: "\""))
    }

    /// Appends `2026-11-24T02:14:01.181278` without quotes or zone.
    package static func append(
        _ civil: CivilTime,
        fraction: Bool,
        to output: inout [UInt8]
    ) {
        output.append(addingCapacity: 26) { text in
            append(civil.year / 100, to: &text)
            append(civil.year % 100, to: &text)
            text.append(UInt8(ascii: "-"))
            append(civil.month, to: &text)
            text.append(UInt8(ascii: "-"))
            append(civil.day, to: &text)
            text.append(UInt8(ascii: "T"))
            append(civil.hour, to: &text)
            text.append(UInt8(ascii: ":"))
            append(civil.minute, to: &text)
            text.append(UInt8(ascii: ":"))
            append(civil.second, to: &text)
            guard fraction else { return }
            text.append(UInt8(ascii: "."))
            append(civil.microsecond / 10_000, to: &text)
            append(civil.microsecond / 100 % 100, to: &text)
            append(civil.microsecond % 100, to: &text)
        }
    }

    /// Appends two digits.
    private static func append(_ value: Int, to text: inout OutputSpan<UInt8>) {
        text.append(UInt8(truncatingIfNeeded: 48 + value / 10 % 10))
        text.append(UInt8(truncatingIfNeeded: 48 + value % 10))
    }
}

extension Span where Element == UInt8 {
    /// A copy of these bytes.
    package func array() -> [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }

    /// Whether these bytes are those of a literal.
    package func equals(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        return starts(with: literal, at: 0)
    }

    /// Whether a literal stands at an offset.
    package func starts(with literal: StaticString, at offset: Int) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard offset >= 0, offset + length <= count else { return false }
        return unsafe withUnsafeBytes { bytes in
            guard let begin = bytes.baseAddress else { return true }
            // Safe: both have `length` bytes.
            return unsafe memcmp(begin + offset, literal.utf8Start, length) == 0
        }
    }
}
