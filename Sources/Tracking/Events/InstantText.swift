// SPDX-License-Identifier: Apache-2.0
// Instants as people type and read them: RFC 3339.

/// Reads and writes instants as RFC 3339 text.
package enum InstantText {
    /// Nanoseconds since 1970 UTC of `2026-08-22T10:00:00Z`, `2026-08-22T10:00:00.5+02:00`,
    /// `2026-08-22 10:00` or `2026-08-22`; without a zone, local time.
    package static func nanoseconds(_ text: some StringProtocol) -> Int64? {
        var rest = Array(text.utf8)[...]
        guard let year = number(&rest, digits: 4), take(&rest, "-"),
            let month = number(&rest, digits: 2), take(&rest, "-"),
            let day = number(&rest, digits: 2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var civil = CivilTime(year: year, month: month, day: day)
        var fraction: Int64 = 0
        if take(&rest, "T") || take(&rest, "t") || take(&rest, " ") {
            guard let hour = number(&rest, digits: 2), take(&rest, ":"),
                let minute = number(&rest, digits: 2), hour < 24, minute < 60
            else { return nil }
            (civil.hour, civil.minute) = (hour, minute)
            if take(&rest, ":") {
                guard let second = number(&rest, digits: 2), second < 60 else { return nil }
                civil.second = second
                if take(&rest, ".") {
                    guard let parsed = nanosecondFraction(&rest) else { return nil }
                    fraction = parsed
                }
            }
        }
        let local = civil.microseconds
        guard let minutes = zone(&rest, local: local), rest.isEmpty else { return nil }
        let microseconds = local - Int64(minutes) * 60_000_000
        let scaled = microseconds.multipliedReportingOverflow(by: 1_000)
        return scaled.overflow ? nil : scaled.partialValue + fraction
    }

    /// `2026-11-24T02:14:01.181278Z`.
    package static func utc(nanoseconds: Int64) -> String {
        var text: [UInt8] = []
        let microseconds = nanoseconds.flooredDivision(by: 1_000).quotient
        EventTime.append(CivilTime(microseconds: microseconds), fraction: true, to: &text)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    private static func zone(_ rest: inout ArraySlice<UInt8>, local: Int64) -> Int? {
        if rest.isEmpty { return LocalZone.minutes(atLocalMicroseconds: local) }
        if take(&rest, "Z") || take(&rest, "z") { return 0 }
        let sign: Int
        if take(&rest, "+") { sign = 1 } else if take(&rest, "-") { sign = -1 } else { return nil }
        guard let hours = number(&rest, digits: 2), take(&rest, ":"),
            let minutes = number(&rest, digits: 2)
        else { return nil }
        return sign * (hours * 60 + minutes)
    }

    private static func nanosecondFraction(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        var (value, scale): (Int64, Int64) = (0, 100_000_000)
        var count = 0
        while let byte = rest.first, (48...57).contains(byte) {
            value += Int64(byte - 48) * scale
            scale /= 10
            count += 1
            rest.removeFirst()
        }
        return count == 0 ? nil : value
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, digits: Int) -> Int? {
        guard rest.count >= digits else { return nil }
        var value = 0
        for byte in rest.prefix(digits) {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        rest.removeFirst(digits)
        return value
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }
}
