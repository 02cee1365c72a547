// SYNC_MARK and RECOVERED: log.md 7 and 9.

/// How much of a segment had been synced.
package struct SyncMark: Equatable, Sendable {
    /// Bytes of the payload.
    package static let size = 16

    /// Every byte of the segment below it was durable.
    package var durableOffset: UInt64
    /// The last sequence below it.
    package var durableSequence: UInt64

    /// Makes a mark.
    package init(durableOffset: UInt64, durableSequence: UInt64) {
        self.durableOffset = durableOffset
        self.durableSequence = durableSequence
    }

    /// Decodes a payload.
    package init(decoding bytes: RawSpan) throws(FormatError) {
        var reader = ByteReader(bytes)
        durableOffset = try reader.u64()
        durableSequence = try reader.u64()
    }

    /// The payload.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.size)
        writer.u64(durableOffset)
        writer.u64(durableSequence)
        return writer.finish()
    }
}

/// What a recovery found and did.
package struct Recovered: Equatable, Sendable {
    /// The verdicts that leave a record.
    package enum Verdict: UInt8, Equatable, Sendable {
        /// The bytes after the last valid record had never been durable.
        case tornTail = 1
        /// Bytes that had been durable are lost.
        case damaged = 2
    }

    /// What was found.
    package var verdict: Verdict
    /// The segment it was found in.
    package var segment: UInt64
    /// Where the valid records end.
    package var offset: UInt64
    /// Bytes set aside or skipped.
    package var bytes: UInt64
    /// The first lost sequence.
    package var firstLostSequence: UInt64

    /// Makes one.
    package init(
        verdict: Verdict,
        segment: UInt64,
        offset: UInt64,
        bytes: UInt64,
        firstLostSequence: UInt64
    ) {
        self.verdict = verdict
        self.segment = segment
        self.offset = offset
        self.bytes = bytes
        self.firstLostSequence = firstLostSequence
    }

    /// Decodes a payload.
    package init(decoding bytes: RawSpan) throws(FormatError) {
        var reader = ByteReader(bytes)
        guard let verdict = Verdict(rawValue: try reader.u8()) else { throw .invalid(offset: 0) }
        self.verdict = verdict
        segment = try reader.varint()
        offset = try reader.varint()
        self.bytes = try reader.varint()
        firstLostSequence = try reader.varint()
    }

    /// The payload.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 41)
        writer.u8(verdict.rawValue)
        writer.varint(segment)
        writer.varint(offset)
        writer.varint(bytes)
        writer.varint(firstLostSequence)
        return writer.finish()
    }
}
