// The first 512 bytes of a segment: log.md 3.

/// Byte offsets of the segment header.
package enum SegmentHeaderLayout {
    /// `\x89BRLOG\r\n`.
    package static let magic = 0
    /// Format major version.
    package static let major = 8
    /// Format minor version.
    package static let minor = 10
    /// Offset of the first record.
    package static let headerLength = 12
    /// Feature bits a reader may ignore.
    package static let compatible = 16
    /// Feature bits that forbid writing.
    package static let readOnlyCompatible = 24
    /// Feature bits that forbid reading.
    package static let incompatible = 32
    /// Branch id.
    package static let branch = 40
    /// Segment number.
    package static let segment = 56
    /// Sequence of the first record.
    package static let baseSequence = 64
    /// Step of the opening snapshot.
    package static let baseStep = 72
    /// Nanoseconds since 1970.
    package static let created = 80
    /// Session that created it.
    package static let session = 88
    /// Last sequence of the segment before.
    package static let predecessorLastSequence = 96
    /// End of the records of the segment before.
    package static let predecessorDataEnd = 104
    /// Trailer CRC of the segment before.
    package static let predecessorTrailerCRC = 112
    /// The branch this one continues.
    package static let parentBranch = 120
    /// Sequence of the record continued from.
    package static let parentSequence = 136
    /// Step continued from.
    package static let parentStep = 144
    /// CRC of everything before it.
    package static let headerCRC = 508
    /// Bytes of the header.
    package static let size = 512
}

/// What a branch continues.
package struct ParentPoint: Equatable, Sendable {
    /// The branch continued.
    package var branch: BranchID
    /// Sequence of the record continued from; 0 when unknown.
    package var sequence: UInt64
    /// The step continued from: the new branch holds what comes after it.
    package var step: Int64

    /// Makes a point on a branch.
    package init(branch: BranchID, sequence: UInt64, step: Int64) {
        self.branch = branch
        self.sequence = sequence
        self.step = step
    }
}

/// What a segment says about itself and its place in the branch.
package struct SegmentHeader: Equatable, Sendable {
    /// `\x89BRLOG\r\n` as a little-endian number.
    package static let magic: UInt64 = 0x0A0D_474F_4C52_4289
    /// The major version this code writes and the greatest it reads.
    package static let currentMajor: UInt16 = 1

    /// Format major version.
    package var major: UInt16 = SegmentHeader.currentMajor
    /// Format minor version.
    package var minor: UInt16 = 0
    /// Offset of the first record.
    package var headerLength = UInt32(SegmentHeaderLayout.size)
    /// Feature bits a reader may ignore.
    package var compatible: UInt64 = 0
    /// Feature bits that forbid writing when unknown.
    package var readOnlyCompatible: UInt64 = 0
    /// Feature bits that forbid reading when unknown.
    package var incompatible: UInt64 = 0
    /// The branch.
    package var branch: BranchID
    /// Number of the segment in the branch, from 0.
    package var segment: UInt64
    /// Sequence of the first record.
    package var baseSequence: UInt64
    /// The step whose state the opening snapshot holds.
    package var baseStep: Int64
    /// Nanoseconds since 1970 UTC.
    package var created: Int64
    /// Number of the session that created it.
    package var session: UInt64
    /// Last sequence of the segment before; 0 in segment 0.
    package var predecessorLastSequence: UInt64 = 0
    /// End of its last valid record before INDEX.
    package var predecessorDataEnd: UInt64 = 0
    /// Its trailer CRC; 0 when it was not sealed.
    package var predecessorTrailerCRC: UInt32 = 0
    /// What the branch continues, if anything.
    package var parent: ParentPoint?

    /// Makes the header of a new segment.
    package init(
        branch: BranchID,
        segment: UInt64,
        baseSequence: UInt64,
        baseStep: Int64,
        created: Int64,
        session: UInt64,
        parent: ParentPoint? = nil
    ) {
        self.branch = branch
        self.segment = segment
        self.baseSequence = baseSequence
        self.baseStep = baseStep
        self.created = created
        self.session = session
        self.parent = parent
    }

    /// The salt of the segment's records.
    package var salt: UInt32 { branch.salt(segment: segment) }

    /// The 512 bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: SegmentHeaderLayout.size)
        writer.u64(Self.magic)
        writer.u16(major)
        writer.u16(minor)
        writer.u32(headerLength)
        writer.u64(compatible)
        writer.u64(readOnlyCompatible)
        writer.u64(incompatible)
        branch.encode(to: &writer)
        writer.u64(segment)
        writer.u64(baseSequence)
        writer.i64(baseStep)
        writer.i64(created)
        writer.u64(session)
        writer.u64(predecessorLastSequence)
        writer.u64(predecessorDataEnd)
        writer.u32(predecessorTrailerCRC)
        writer.u32(0)
        (parent?.branch ?? .none).encode(to: &writer)
        writer.u64(parent?.sequence ?? 0)
        writer.i64(parent?.step ?? 0)
        writer.raw([UInt8](repeating: 0, count: SegmentHeaderLayout.headerCRC - writer.count))
        writer.u32(CRC32C.checksum(writer.bytes.rawSpan))
        return writer.finish()
    }

    /// How the first bytes of a file are to be taken.
    package enum Decoded: Equatable, Sendable {
        /// A header this version reads.
        case header(SegmentHeader)
        /// A header of a version this one does not read.
        case newerVersion
        /// Not a header, or a damaged one.
        case damaged
    }

    /// Decodes the first bytes of a file.
    ///
    /// The version is judged before the CRC, of whose place a newer one may think otherwise; but a
    /// header whose CRC holds once one bit of its version is flipped back is a damaged one of this
    /// version.
    package static func decode(_ bytes: RawSpan) -> Decoded {
        var reader = ByteReader(bytes)
        do throws(FormatError) {
            guard try reader.u64() == magic else { return .damaged }
            let major = try reader.u16()
            if major > currentMajor {
                guard (major ^ currentMajor).nonzeroBitCount == 1 else { return .newerVersion }
                return try isOfThisVersion(bytes) ? .damaged : .newerVersion
            }
            guard bytes.byteCount >= SegmentHeaderLayout.size else { return .damaged }
            let header = try SegmentHeader(decoding: ByteReader(bytes))
            let body = bytes.extracting(0..<SegmentHeaderLayout.headerCRC)
            var tail = ByteReader(bytes.extracting(SegmentHeaderLayout.headerCRC..<512))
            guard try tail.u32() == CRC32C.checksum(body) else { return .damaged }
            if header.incompatible != 0 { return .newerVersion }
            let intact =
                header.baseSequence > 0
                && header.baseSequence < Limits.sequence && Limits.isStep(header.baseStep)
                && header.predecessorLastSequence < Limits.sequence
            return intact ? .header(header) : .damaged
        } catch {
            return .damaged
        }
    }

    /// Whether the CRC of a header holds once its major version is this one.
    private static func isOfThisVersion(_ bytes: RawSpan) throws(FormatError) -> Bool {
        guard bytes.byteCount >= SegmentHeaderLayout.size else { return false }
        var restored = ByteWriter(capacity: SegmentHeaderLayout.size)
        restored.u64(magic)
        restored.u16(currentMajor)
        restored.raw(bytes.extracting(restored.count..<SegmentHeaderLayout.headerCRC))
        var tail = ByteReader(bytes.extracting(SegmentHeaderLayout.headerCRC..<512))
        return try tail.u32() == CRC32C.checksum(restored.rawSpan)
    }

    private init(decoding start: consuming ByteReader) throws(FormatError) {
        var reader = start
        _ = try reader.u64()
        major = try reader.u16()
        minor = try reader.u16()
        headerLength = try reader.u32()
        guard headerLength >= UInt32(SegmentHeaderLayout.size), headerLength % 8 == 0 else {
            throw .invalid(offset: SegmentHeaderLayout.headerLength)
        }
        compatible = try reader.u64()
        readOnlyCompatible = try reader.u64()
        incompatible = try reader.u64()
        branch = try BranchID(decoding: &reader)
        segment = try reader.u64()
        baseSequence = try reader.u64()
        baseStep = try reader.i64()
        created = try reader.i64()
        session = try reader.u64()
        predecessorLastSequence = try reader.u64()
        predecessorDataEnd = try reader.u64()
        predecessorTrailerCRC = try reader.u32()
        _ = try reader.u32()
        let parentBranch = try BranchID(decoding: &reader)
        let sequence = try reader.u64()
        let step = try reader.i64()
        guard Limits.isStep(step) else { throw .invalid(offset: reader.offset) }
        parent =
            parentBranch == .none
            ? nil : ParentPoint(branch: parentBranch, sequence: sequence, step: step)
    }
}
