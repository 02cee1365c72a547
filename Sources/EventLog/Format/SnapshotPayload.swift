// SNAPSHOT and SNAPSHOT_PART: log.md 6.

/// The fields of a SNAPSHOT before its frame.
package struct SnapshotPayload: Equatable, Sendable {
    /// The state is the one after this step.
    package var step: Int64
    /// The state at this step is not known.
    package var isAbsent: Bool
    /// XXH64 of the state text.
    package var hash: UInt64
    /// Bytes of the state text.
    package var rawLength: Int
    /// Bytes of the LZ4 frame over all parts.
    package var storedLength: Int
    /// The delta name table at this point.
    package var names: [[UInt8]]
    /// Bytes of these fields; the frame, or its first part, follows.
    package private(set) var headLength = 0

    /// The records of a snapshot: SNAPSHOT and the SNAPSHOT_PARTs its frame needs, one group.
    ///
    /// - Parameters:
    ///   - step: the state is the one after this step.
    ///   - text: the state text, or nil when it is not known.
    ///   - names: the delta name table.
    ///   - time: nanoseconds since 1970 UTC, for all of them.
    ///   - continuing: whether another record of the same group follows.
    /// - Returns: the records in order, with their group flags.
    /// - Throws: `LogError.tooLarge` above 256 MiB.
    package static func records(
        step: Int64,
        text: RawSpan?,
        names: [[UInt8]],
        time: Int64,
        continuing: Bool = false
    ) throws(LogError) -> [OpeningRecord] {
        var frame: [UInt8] = []
        var hash: UInt64 = 0
        if let text {
            guard text.byteCount <= Limits.stateText else {
                throw .tooLarge(bytes: text.byteCount, limit: Limits.stateText)
            }
            frame = unsafe text.withUnsafeBytes { unsafe LZ4.compressFrame($0) }
            hash = XXH64.hash(text)
        }
        var writer = ByteWriter(capacity: min(frame.count, Limits.snapshotPart) + 64)
        writer.zigzag(step)
        writer.u8(text == nil ? 1 : 0)
        writer.u64(hash)
        writer.varint(text?.byteCount ?? 0)
        writer.varint(frame.count)
        writer.varint(names.count)
        for name in names { writer.string(name) }
        var at = min(frame.count, Limits.snapshotPart)
        writer.raw(frame.rawSpan.extracting(0..<at))
        var records = [
            OpeningRecord(type: .snapshot, flags: [], time: time, payload: writer.finish())
        ]
        while at < frame.count {
            let end = min(frame.count, at + Limits.snapshotPart)
            records.append(
                OpeningRecord(
                    type: .snapshotPart,
                    flags: [],
                    time: time,
                    payload: [UInt8](frame[at..<end])
                )
            )
            at = end
        }
        for index in records.indices where continuing || index < records.count - 1 {
            records[index].flags = .groupContinues
        }
        return records
    }

    /// Decodes the fields before the frame.
    ///
    /// - Throws: `FormatError` when they are not such fields or above the limits.
    package init(decodingHead bytes: RawSpan) throws(FormatError) {
        var reader = ByteReader(bytes)
        step = try reader.step()
        let flags = try reader.u8()
        guard flags & ~1 == 0 else { throw .invalid(offset: reader.offset - 1) }
        isAbsent = flags == 1
        hash = try reader.u64()
        rawLength = try reader.count(limit: Limits.stateText)
        // A frame of text that does not compress is a little longer than the text.
        storedLength = try reader.count(limit: Limits.stateText + Limits.snapshotPart)
        names = []
        for _ in 0..<(try reader.count(limit: Limits.names)) {
            names.append(try reader.string().array)
        }
        headLength = reader.offset
    }

    /// The row of this snapshot in an index.
    package func entry(at offset: UInt64) -> SnapshotEntry {
        SnapshotEntry(
            step: step,
            offset: offset,
            rawLength: UInt64(rawLength),
            storedLength: UInt64(storedLength),
            hash: hash,
            isAbsent: isAbsent
        )
    }

    /// Decompresses the whole frame and checks the hash.
    ///
    /// - Returns: the state text, or nil for an absent state.
    /// - Throws: `FormatError.invalid` when frame or hash do not fit.
    package func text(frame: RawSpan) throws(FormatError) -> [UInt8]? {
        if isAbsent { return nil }
        guard frame.byteCount == storedLength else { throw .truncated(offset: frame.byteCount) }
        let result = unsafe frame.withUnsafeBytes { frame in
            Result { () throws(LZ4.Failure) in
                try unsafe LZ4.decompressFrame(
                    frame,
                    rawLength: rawLength,
                    limit: Limits.stateText
                )
            }
        }
        guard case .success(let text) = result, XXH64.hash(text.rawSpan) == hash else {
            throw .invalid(offset: headLength)
        }
        return text
    }
}
