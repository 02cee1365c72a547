// How a log is written.

/// When appended records are safe.
package enum Durability: Equatable, Sendable {
    /// Collected in memory for at most this long; a killed process loses what is in memory.
    case buffered(maxDelay: Duration)
    /// Handed to the kernel before `append` returns; never synced.
    case os
    /// Handed to the kernel before `append` returns; synced at this interval.
    case interval(Duration)
    /// Handed to the kernel before `append` returns; the caller waits for the sync of a step.
    case everyStep

    /// The usual choice: synced every 250 ms.
    package static let standard = Durability.interval(.milliseconds(250))

    /// Whether records may stay in memory.
    var isBuffered: Bool {
        if case .buffered = self { true } else { false }
    }

    /// Whether the log is ever synced between its creation and its seal.
    var syncs: Bool {
        switch self {
        case .interval, .everyStep: true
        case .buffered, .os: false
        }
    }
}

/// Settings of a writer.
package struct LogOptions: Equatable, Sendable {
    /// When appended records are safe.
    package var durability: Durability
    /// Bytes after which a segment should be rolled; at twice as many it must be.
    package var segmentTarget: UInt64
    /// Bytes of the staging buffer.
    package var bufferCapacity: Int
    /// Records that follow each other closely before the next ones are stored, not written.
    ///
    /// See `CloseRecords`; `Int.max` for never.
    package var burst = 256

    /// Makes settings.
    package init(
        durability: Durability = .standard,
        segmentTarget: UInt64 = 64 << 20,
        bufferCapacity: Int = 256 << 10
    ) {
        self.durability = durability
        self.segmentTarget = segmentTarget
        self.bufferCapacity = max(64 << 10, bufferCapacity)
    }
}

/// A record that a new segment opens with, or that is appended from memory.
package struct OpeningRecord: Equatable, Sendable {
    /// Record type.
    package var type: RecordType
    /// Grouping.
    package var flags: RecordFlags
    /// Nanoseconds since 1970 UTC.
    package var time: Int64
    /// The raw payload.
    package var payload: [UInt8]

    /// Makes a record.
    package init(type: RecordType, flags: RecordFlags = [], time: Int64, payload: [UInt8]) {
        self.type = type
        self.flags = flags
        self.time = time
        self.payload = payload
    }
}
