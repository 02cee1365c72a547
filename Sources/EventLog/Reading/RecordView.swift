// What a visitor of a log sees.

/// One record during a visit; its payload is gone when the visitor returns.
package struct RecordView: ~Escapable {
    /// What the record says about itself.
    package let header: RecordHeader
    /// Its offset in the segment.
    package let offset: UInt64
    /// The number of the segment.
    package let segment: UInt64
    /// The raw payload, decompressed where a codec was applied.
    package let payload: RawSpan
    /// What this visit knows of damaged records between the one before and this one.
    package let missing: Missing
    /// Where the sealed segment before ended, when this is the first record of its segment.
    package let sealed: SealedEnd?

    @_lifetime(copy payload)
    init(
        header: RecordHeader,
        offset: UInt64,
        segment: UInt64,
        payload: RawSpan,
        missing: Missing = .nothing,
        sealed: SealedEnd? = nil
    ) {
        self.missing = missing
        self.sealed = sealed
        self.header = header
        self.offset = offset
        self.segment = segment
        self.payload = payload
    }

    /// What the record is.
    package var type: RecordType { header.type }
    /// Its sequence in the branch.
    package var sequence: UInt64 { header.sequence }
    /// Nanoseconds since 1970 UTC.
    package var time: Int64 { header.time }
    /// Where the next record begins.
    package var end: UInt64 { offset + UInt64(header.stride) }

    /// Whether nothing stands between this record and the one of the sequence before `expected`
    /// but the INDEX and SEAL of a segment, which no visitor sees.
    package func follows(expected: UInt64) -> Bool {
        sequence == expected || sealed.map { $0.sequence + 1 == expected } ?? false
    }
}

/// Where a sealed segment ended, as its trailer tells.
package struct SealedEnd: Equatable, Sendable {
    /// The last sequence before INDEX.
    package let sequence: UInt64
    /// The last step ended in or before the segment.
    package let step: Int64
}

/// What is known of records that are damaged.
package enum Missing: Equatable, Sendable {
    /// There are none.
    case nothing
    /// Only ones that change no state and no names, as their headers tell; a SNAPSHOT may be among
    /// them.
    case stateless(snapshot: Bool)
    /// Anything.
    case unknown

    /// Whether a step may have ended in them.
    package var mayHoldSteps: Bool {
        if case .stateless = self { false } else { true }
    }

    /// One more, of a type that its header tells.
    mutating func add(_ type: RecordType) {
        let isSnapshot = type == .snapshot || type == .snapshotPart
        switch (self, type) {
        case (.unknown, _), (_, .stepEnd), (_, .gap), (_, .meta): self = .unknown
        case (.stateless(snapshot: true), _): break
        default: self = .stateless(snapshot: isSnapshot)
        }
    }
}

/// What a visitor wants next.
package enum ScanControl: Sendable {
    /// The next record.
    case proceed
    /// No more records.
    case stop
}

/// How a scan ended.
package struct ScanEnd: Equatable, Sendable {
    /// What the bytes of the scanned range are.
    package enum Verdict: Equatable, Sendable {
        /// All valid.
        case clean
        /// Valid up to `offset`; what follows was never durable, or is being written.
        case torn
        /// Bytes that had been durable are lost; the records around them were visited.
        case damaged
    }

    /// What the bytes of the scanned range are.
    package var verdict: Verdict
    /// Where to go on: after the last record visited.
    package var offset: UInt64
    /// The sequence after the last record visited, if any was.
    package var nextSequence: UInt64?
    /// What is lost.
    package var damages: [Damage] = []
    /// The visitor asked to stop.
    package var wasStopped = false
}

/// Undoes codec 1 into one reused buffer.
struct PayloadDecoder: ~Copyable {
    private var buffer = AlignedBuffer(capacity: 64 << 10)

    /// The raw payload of a stored one; nil when it does not decode.
    mutating func decode(
        _ stored: UnsafeRawBufferPointer,
        flags: RecordFlags
    ) -> UnsafeRawBufferPointer? {
        if !flags.contains(.lz4) { return unsafe stored }
        guard let (length, block) = unsafe Self.split(stored),
            LZ4.mayGive(length, block.count)
        else { return nil }
        if length > buffer.capacity { buffer = AlignedBuffer(capacity: length) }
        do throws(LZ4.Failure) {
            try unsafe LZ4.decompressBlock(block, into: buffer.mutableBytes(0..<length))
        } catch {
            return nil
        }
        return unsafe buffer.bytes(0..<length)
    }

    /// Raw length and block of a stored payload.
    private static func split(
        _ stored: UnsafeRawBufferPointer
    ) -> (length: Int, block: UnsafeRawBufferPointer)? {
        var reader = unsafe ByteReader(stored.bytes)
        guard let length = try? reader.count(limit: Limits.rawPayload) else { return nil }
        let block = unsafe UnsafeRawBufferPointer(rebasing: stored[reader.offset...])
        return unsafe (length, block)
    }
}
