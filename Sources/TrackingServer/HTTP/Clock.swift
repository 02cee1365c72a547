// SPDX-License-Identifier: Apache-2.0
// The time, for durations.

internal import Glibc

/// A clock that only goes forward.
package enum Clock {
    /// Nanoseconds since some moment.
    package static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Nanoseconds as milliseconds with two digits after the point.
    package static func milliseconds(_ nanoseconds: Int64) -> String {
        let hundredths = max(0, nanoseconds) / 10_000
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
