// SPDX-License-Identifier: Apache-2.0
// Dates without a calendar library: days and seconds, proleptic Gregorian.

internal import Glibc
internal import Synchronization

/// A date and time of day in some zone, to the microsecond.
package struct CivilTime: Equatable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var microsecond: Int

    /// The civil time `microseconds` after 1970-01-01T00:00:00.
    ///
    /// - Complexity: O(1).
    package init(microseconds: Int64) {
        let (seconds, fraction) = microseconds.flooredDivision(by: 1_000_000)
        let (days, rest) = seconds.flooredDivision(by: 86_400)
        (year, month, day) = CivilTime.date(days: Int(days))
        hour = Int(rest) / 3_600
        minute = Int(rest) % 3_600 / 60
        second = Int(rest) % 60
        microsecond = Int(fraction)
    }

    package init(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0,
        microsecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
    }

    /// Microseconds since 1970-01-01T00:00:00 in the same zone.
    package var microseconds: Int64 {
        let days = CivilTime.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
        return Int64(seconds) * 1_000_000 + Int64(microsecond)
    }

    // Days from civil and back: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

/// The offset of this machine's time zone.
package enum LocalZone {
    /// The last answer: offsets change at most on quarter hours, and a log's times are close
    /// together.
    private static let cache = Mutex<(quarter: Int64, minutes: Int)>((.min, 0))

    /// Minutes to add to UTC to get local time, at a local civil time.
    ///
    /// In the hour that a change of clocks repeats, the earlier reading is taken.
    package static func minutes(atLocalMicroseconds local: Int64) -> Int {
        let quarter = local.flooredDivision(by: 900_000_000).quotient
        return cache.withLock { cached in
            if cached.quarter == quarter { return cached.minutes }
            let civil = CivilTime(microseconds: local)
            // Safe: a plain struct of the C library, filled in here.
            var fields = unsafe tm()
            unsafe fields.tm_year = Int32(clamping: civil.year - 1_900)
            unsafe fields.tm_mon = Int32(civil.month - 1)
            unsafe fields.tm_mday = Int32(civil.day)
            unsafe fields.tm_hour = Int32(civil.hour)
            unsafe fields.tm_min = Int32(civil.minute)
            unsafe fields.tm_isdst = -1
            // Safe: the call reads and writes only `fields`.
            unsafe mktime(&fields)
            cached = (quarter, unsafe fields.tm_gmtoff / 60)
            return cached.minutes
        }
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity, with a remainder of 0 or more.
    package func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        var (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        if remainder < 0 {
            quotient -= 1
            remainder += divisor
        }
        return (quotient, remainder)
    }
}
