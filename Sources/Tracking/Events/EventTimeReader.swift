// SPDX-License-Identifier: Apache-2.0
// Times one after the other, most of them in the second of the one before.

/// Reads the times of a log's lines.
package struct EventTimeReader: Sendable {
    /// The opening quote, date and time of the last second that was read.
    private var second: (UInt64, UInt64, UInt32) = (0, 0, 0)
    private var nanoseconds: Int64 = 0
    private var form = EventTime.Form.utc

    package init() {}

    /// Reads a time: see `EventTime.init(json:fallback:)`.
    package mutating func read(_ json: Span<UInt8>, fallback: Int64) -> EventTime {
        let isZoned = json.count == 29
        guard json.count == 28 || isZoned, json[20] == UInt8(ascii: "."),
            json[json.count - 1] == UInt8(ascii: "\""),
            !isZoned || json[27] == UInt8(ascii: "Z"),
            let microsecond = EventTime.digits(json, 21, 6), microsecond > 0
        else { return EventTime(json: json, fallback: fallback) }
        let read = EventTimeReader.second(of: json)
        if read == second, (form == .utc) == isZoned {
            return EventTime(nanoseconds: nanoseconds + Int64(microsecond) * 1_000, form: form)
        }
        let time = EventTime(json: json, fallback: fallback)
        if case .verbatim = time.form { return time }
        second = read
        nanoseconds = time.nanoseconds - Int64(microsecond) * 1_000
        form = time.form
        return time
    }

    private static func second(of json: Span<UInt8>) -> (UInt64, UInt64, UInt32) {
        unsafe json.withUnsafeBytes { bytes in
            // Safe: a time that gets here has 28 bytes or more.
            unsafe (
                bytes.loadUnaligned(as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
            )
        }
    }
}
