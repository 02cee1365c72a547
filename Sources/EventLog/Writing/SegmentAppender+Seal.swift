// Sealing: INDEX, SEAL and trailer. See log.md 8.

extension SegmentAppender {
    /// Appends INDEX, SEAL and trailer and makes the file durable.
    ///
    /// - Returns: the trailer.
    /// - Throws: a failed write, after which the file has been cut back to its data; a failed cut
    ///   or sync is a `poisoned` error.
    mutating func seal(table: [UInt8], time: Int64) throws(LogError) -> SegmentTrailer {
        precondition(!groupIsOpen, "a segment is sealed between groups")
        let dataEnd = end
        let before = builder
        try write()
        let lastStep = builder.lastStep
        let lastSequence = nextSequence - 1
        let recordCount = builder.recordCount
        try sumBody()
        let crc = bodyCRC
        let raw = builder.finished(table: table).encoded()
        do throws(LogError) {
            try appendIndex(raw, time: time)
            let indexEnd = end
            try unsafe append(.seal, flags: [], time: time, payload: .empty, raw: .empty)
            let trailer = SegmentTrailer(
                indexOffset: dataEnd,
                indexLength: indexEnd - dataEnd,
                lastSequence: lastSequence,
                lastStep: lastStep,
                recordCount: recordCount,
                bodyCRC: crc,
                indexCRC: CRC32C.checksum(raw.rawSpan)
            )
            try write()
            try dropReserve()
            // A trailer says that all before it is durable.
            try sync()
            try appendRaw(trailer.encoded())
            try write()
            try sync()
            return trailer
        } catch {
            if case .poisoned = error { throw error }
            throw takeBack(to: dataEnd, sequence: lastSequence + 1, builder: before, after: error)
        }
    }

    private func sync() throws(LogError) {
        do throws(Errno) {
            try file.sync()
        } catch {
            throw .poisoned(path: path)
        }
    }

    private mutating func appendIndex(_ raw: [UInt8], time: Int64) throws(LogError) {
        var at = 0
        repeat {
            let count = min(raw.count - at, Limits.indexPart)
            let part = raw.rawSpan.extracting(at..<at + count)
            at += count
            let more: RecordFlags = at < raw.count ? .groupContinues : []
            let packed = count >= Limits.compressedFrom ? CodecBuffer.compressed(part) : nil
            try unsafe part.withUnsafeBytes { (plain) throws(LogError) in
                guard let packed else {
                    return try unsafe append(
                        .index,
                        flags: more,
                        time: time,
                        payload: plain,
                        raw: plain
                    )
                }
                try unsafe packed.rawSpan.withUnsafeBytes { (stored) throws(LogError) in
                    try unsafe append(
                        .index,
                        flags: more.union(.lz4),
                        time: time,
                        payload: stored,
                        raw: plain
                    )
                }
            }
        } while at < raw.count
    }
}

extension UnsafeRawBufferPointer {
    /// No bytes.
    static var empty: UnsafeRawBufferPointer { unsafe .init(start: nil, count: 0) }
}
