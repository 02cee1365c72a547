// What INDEX records say: log.md 8.

/// A place where a reader can begin.
package struct IndexBlock: Equatable, Sendable {
    /// Offset of a record.
    package var offset: UInt64
    /// Its sequence.
    package var sequence: UInt64
    /// The last step ended before it.
    package var step: Int64

    /// Makes a row.
    package init(offset: UInt64, sequence: UInt64, step: Int64) {
        self.offset = offset
        self.sequence = sequence
        self.step = step
    }
}

/// Where a snapshot is and what it holds.
package struct SnapshotEntry: Equatable, Sendable {
    /// The state is the one after this step.
    package var step: Int64
    /// Offset of the SNAPSHOT record in its segment.
    package var offset: UInt64
    /// Bytes of the state text.
    package var rawLength: UInt64
    /// Bytes of the LZ4 frame.
    package var storedLength: UInt64
    /// XXH64 of the state text.
    package var hash: UInt64
    /// The state at this step is not known.
    package var isAbsent: Bool

    /// Makes a row.
    package init(
        step: Int64,
        offset: UInt64,
        rawLength: UInt64,
        storedLength: UInt64,
        hash: UInt64,
        isAbsent: Bool
    ) {
        self.step = step
        self.offset = offset
        self.rawLength = rawLength
        self.storedLength = storedLength
        self.hash = hash
        self.isAbsent = isAbsent
    }
}

/// The index of one segment, read from its INDEX records or rebuilt from its records.
package struct SegmentIndex: Equatable, Sendable {
    /// Places to begin at, in order.
    package var blocks: [IndexBlock] = []
    /// Snapshots, in order.
    package var snapshots: [SnapshotEntry] = []
    /// Records of each type before INDEX; 256 numbers.
    package var counts = [UInt64](repeating: 0, count: 256)
    /// The table of the layer above; empty in a rebuilt index.
    package var table: [UInt8] = []

    /// Makes an empty index.
    package init() {}

    /// All records before INDEX.
    package var recordCount: UInt64 { counts.reduce(0, +) }

    /// The last block before which only steps below `step` have ended.
    package func block(beforeStep step: Int64) -> IndexBlock? {
        blocks.last { $0.step < step } ?? blocks.first
    }

    /// The raw payload, before any codec.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(
            capacity: blocks.count * 8 + snapshots.count * 24 + table.count + 64
        )
        writer.varint(blocks.count)
        var previous = IndexBlock(offset: 0, sequence: 0, step: 0)
        for block in blocks {
            writer.varint(block.offset &- previous.offset)
            writer.varint(block.sequence &- previous.sequence)
            writer.zigzag(block.step &- previous.step)
            previous = block
        }
        writer.varint(snapshots.count)
        var step: Int64 = 0
        var offset: UInt64 = 0
        for snapshot in snapshots {
            writer.zigzag(snapshot.step &- step)
            writer.varint(snapshot.offset &- offset)
            writer.varint(snapshot.rawLength)
            writer.varint(snapshot.storedLength)
            writer.u64(snapshot.hash)
            writer.u8(snapshot.isAbsent ? 1 : 0)
            step = snapshot.step
            offset = snapshot.offset
        }
        writer.varint(counts.count { $0 > 0 })
        for (type, count) in counts.enumerated() where count > 0 {
            writer.u8(UInt8(type))
            writer.varint(count)
        }
        writer.string(table)
        return writer.finish()
    }

    /// Decodes a raw payload.
    ///
    /// - Throws: `FormatError` when it is not one.
    package init(decoding bytes: RawSpan) throws(FormatError) {
        var reader = ByteReader(bytes)
        // Every row takes at least three bytes, so the payload bounds the memory.
        let blockCount = try reader.count(limit: bytes.byteCount / 3)
        var block = IndexBlock(offset: 0, sequence: 0, step: 0)
        blocks.reserveCapacity(blockCount)
        for _ in 0..<blockCount {
            block.offset &+= try reader.varint()
            block.sequence &+= try reader.varint()
            block.step &+= try reader.zigzag()
            guard Limits.isStep(block.step) else { throw .invalid(offset: reader.offset) }
            blocks.append(block)
        }
        let snapshotCount = try reader.count(limit: bytes.byteCount / 13)
        var step: Int64 = 0
        var offset: UInt64 = 0
        for _ in 0..<snapshotCount {
            step &+= try reader.zigzag()
            guard Limits.isStep(step) else { throw .invalid(offset: reader.offset) }
            offset &+= try reader.varint()
            let rawLength = try reader.varint()
            let storedLength = try reader.varint()
            let hash = try reader.u64()
            let flags = try reader.u8()
            snapshots.append(
                SnapshotEntry(
                    step: step,
                    offset: offset,
                    rawLength: rawLength,
                    storedLength: storedLength,
                    hash: hash,
                    isAbsent: flags & 1 != 0
                )
            )
        }
        for _ in 0..<(try reader.count(limit: 256)) {
            let type = try reader.u8()
            counts[Int(type)] = try reader.varint()
        }
        table = try reader.string().array
    }
}
