// SPDX-License-Identifier: Apache-2.0

// Sizes, durations and counts for people.

/// Numbers with their units.
enum Quantity {
    /// A number of bytes, for example `1.2 KiB`.
    static func bytes(_ count: Int) -> String {
        guard count >= 1_024 else { return "\(count) B" }
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
        var value = Double(count) / 1_024
        var unit = 0
        while value >= 999.5 && unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        return "\(short(value)) \(units[unit])"
    }

    /// A duration in nanoseconds, for example `1.2 s` or `3 min 20 s`.
    static func duration(nanoseconds: Int64) -> String {
        if nanoseconds < 0 { return "-" + duration(nanoseconds: -max(nanoseconds, -.max)) }
        let value = Double(nanoseconds)
        if nanoseconds < 1_000 { return "\(nanoseconds) ns" }
        if value < 999_500 { return "\(short(value / 1e3)) \u{b5}s" }
        if value < 999_500_000 { return "\(short(value / 1e6)) ms" }
        let seconds = nanoseconds / 1_000_000_000
        if seconds < 60 { return "\(short(value / 1e9)) s" }
        if seconds < 3_600 { return pair(seconds, 60, "min", "s") }
        if seconds < 86_400 { return pair(seconds / 60, 60, "h", "min") }
        return pair(seconds / 3_600, 24, "d", "h")
    }

    /// A count with its digits grouped, for example `612,400`.
    static func count(_ value: Int) -> String {
        var result = ""
        let digits = String(value.magnitude)
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return (value < 0 ? "-" : "") + result
    }

    /// A count and its noun, for example `1 step`, `2 steps`.
    static func count(_ value: Int, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    private static func pair(_ value: Int64, _ base: Int64, _ large: String, _ small: String)
        -> String
    {
        let rest = value % base
        return rest == 0 ? "\(value / base) \(large)" : "\(value / base) \(large) \(rest) \(small)"
    }

    /// One decimal below ten, none above.
    private static func short(_ value: Double) -> String {
        if value >= 9.95 { return String(Int(value.rounded())) }
        let tenths = Int((value * 10).rounded())
        return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
