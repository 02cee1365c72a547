// SPDX-License-Identifier: Apache-2.0

// Times for people and for programs, without a calendar library: UTC only.

internal import Glibc

/// Writes instants given in nanoseconds since 1970.
enum Instant {
    /// The time now.
    static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// RFC 3339 in UTC with at least microseconds: `2026-08-22T10:31:07.412000Z`.
    static func iso(_ nanoseconds: Int64) -> String {
        let parts = split(nanoseconds)
        let fraction =
            parts.nanosecond.isMultiple(of: 1_000)
            ? padded(parts.nanosecond / 1_000, 6) : padded(parts.nanosecond, 9)
        return "\(day(parts.day))T\(clock(parts.second)).\(fraction)Z"
    }

    /// The same for people: `2026-08-22 10:31:07.412`, still UTC.
    static func short(_ nanoseconds: Int64) -> String {
        let parts = split(nanoseconds)
        let fraction = padded(parts.nanosecond / 1_000_000, 3)
        return "\(day(parts.day)) \(clock(parts.second)).\(fraction)"
    }

    /// The distance to now: `12 s ago`; a date from 30 days on.
    static func relative(_ nanoseconds: Int64, now: Int64) -> String {
        let (age, overflow) = now.subtractingReportingOverflow(nanoseconds)
        if overflow || age < 0 || age >= 30 * 86_400 * 1_000_000_000 {
            return day(split(nanoseconds).day)
        }
        let seconds = age / 1_000_000_000
        if seconds < 1 { return "now" }
        if seconds < 60 { return "\(seconds) s ago" }
        if seconds < 3_600 { return "\(seconds / 60) min ago" }
        if seconds < 86_400 { return "\(seconds / 3_600) h ago" }
        return "\(seconds / 86_400) d ago"
    }

    private static func split(_ nanoseconds: Int64) -> (day: Int, second: Int, nanosecond: Int) {
        let seconds = floored(Int(nanoseconds), 1_000_000_000)
        let days = floored(seconds.quotient, 86_400)
        return (days.quotient, days.remainder, seconds.remainder)
    }

    /// Division whose remainder is never negative.
    private static func floored(_ value: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The civil date of a day counted from 1970-01-01 (eras of 400 years begin on March 1st).
    private static func day(_ days: Int) -> String {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(civilMonth, 2))-\(padded(day, 2))"
    }

    private static func clock(_ second: Int) -> String {
        "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    }

    private static func padded(_ value: Int, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
