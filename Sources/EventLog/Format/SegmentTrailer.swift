// The last 64 bytes of a sealed segment: log.md 8.

/// Byte offsets of the trailer.
package enum SegmentTrailerLayout {
    /// `BURRSEAL`.
    package static let magic = 0
    /// Offset of the first INDEX record.
    package static let indexOffset = 8
    /// Bytes from there to the SEAL record.
    package static let indexLength = 16
    /// Last sequence before INDEX.
    package static let lastSequence = 24
    /// Last step ended in or before the segment.
    package static let lastStep = 32
    /// Records before INDEX.
    package static let recordCount = 40
    /// CRC of everything before INDEX.
    package static let bodyCRC = 48
    /// CRC of the raw INDEX payloads.
    package static let indexCRC = 52
    /// Zero.
    package static let flags = 56
    /// CRC of everything before it.
    package static let trailerCRC = 60
    /// Bytes of the trailer.
    package static let size = 64
}

/// What a sealed segment says about itself at its end.
package struct SegmentTrailer: Equatable, Sendable {
    /// `BURRSEAL` as a little-endian number.
    package static let magic: UInt64 = 0x4C41_4553_5252_5542

    /// Offset of the first INDEX record.
    package var indexOffset: UInt64
    /// Bytes from there to the SEAL record.
    package var indexLength: UInt64
    /// Last sequence before INDEX.
    package var lastSequence: UInt64
    /// Last step ended in or before the segment.
    package var lastStep: Int64
    /// Records before INDEX.
    package var recordCount: UInt64
    /// CRC of everything before INDEX.
    package var bodyCRC: UInt32
    /// CRC of the raw INDEX payloads, one after the other.
    package var indexCRC: UInt32
    /// The trailer's own CRC, as it was read or as `encoded` gives it.
    package private(set) var trailerCRC: UInt32 = 0

    /// Makes a trailer; its own CRC is computed.
    package init(
        indexOffset: UInt64,
        indexLength: UInt64,
        lastSequence: UInt64,
        lastStep: Int64,
        recordCount: UInt64,
        bodyCRC: UInt32,
        indexCRC: UInt32
    ) {
        self.indexOffset = indexOffset
        self.indexLength = indexLength
        self.lastSequence = lastSequence
        self.lastStep = lastStep
        self.recordCount = recordCount
        self.bodyCRC = bodyCRC
        self.indexCRC = indexCRC
        trailerCRC = CRC32C.checksum(body.rawSpan)
    }

    private var body: [UInt8] {
        var writer = ByteWriter(capacity: SegmentTrailerLayout.size)
        writer.u64(Self.magic)
        writer.u64(indexOffset)
        writer.u64(indexLength)
        writer.u64(lastSequence)
        writer.i64(lastStep)
        writer.u64(recordCount)
        writer.u32(bodyCRC)
        writer.u32(indexCRC)
        writer.u32(0)
        return writer.finish()
    }

    /// The 64 bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: SegmentTrailerLayout.size)
        writer.raw(body)
        writer.u32(trailerCRC)
        return writer.finish()
    }

    /// Decodes the last 64 bytes of a file of `fileSize` bytes; nil when they are no valid trailer.
    package init?(decoding bytes: RawSpan, fileSize: UInt64) {
        guard bytes.byteCount == SegmentTrailerLayout.size else { return nil }
        var reader = ByteReader(bytes)
        guard (try? reader.u64()) == Self.magic,
            let indexOffset = try? reader.u64(), let indexLength = try? reader.u64(),
            let lastSequence = try? reader.u64(), let lastStep = try? reader.i64(),
            let recordCount = try? reader.u64(), let bodyCRC = try? reader.u32(),
            let indexCRC = try? reader.u32(), (try? reader.u32()) == 0,
            let stored = try? reader.u32()
        else { return nil }
        self.init(
            indexOffset: indexOffset,
            indexLength: indexLength,
            lastSequence: lastSequence,
            lastStep: lastStep,
            recordCount: recordCount,
            bodyCRC: bodyCRC,
            indexCRC: indexCRC
        )
        // Offsets are believed only when they fit the file: INDEX, SEAL and trailer end it.
        let rest = UInt64(RecordLayout.size + SegmentTrailerLayout.size)
        guard stored == trailerCRC, lastSequence < Limits.sequence, Limits.isStep(lastStep),
            fileSize >= rest, indexOffset % 8 == 0,
            indexOffset >= UInt64(SegmentHeaderLayout.size), indexOffset <= fileSize - rest,
            indexLength == fileSize - rest - indexOffset
        else { return nil }
    }
}
