// Builds the index of a segment record by record, while it is written or read.

/// Collects blocks, snapshots and counts; no allocation but when a row is added.
struct IndexBuilder: Sendable {
    private(set) var index = SegmentIndex()
    /// The last step ended.
    private(set) var lastStep: Int64
    private(set) var recordCount: UInt64 = 0
    private var nextBlock: UInt64 = 0

    init(baseStep: Int64) {
        lastStep = baseStep
    }

    /// Counts one record.
    ///
    /// `payload` begins with the first bytes of the raw payload.
    @inline(__always)
    mutating func add(
        _ type: RecordType,
        sequence: UInt64,
        offset: UInt64,
        payload: UnsafeRawBufferPointer
    ) {
        if offset >= nextBlock {
            index.blocks.append(IndexBlock(offset: offset, sequence: sequence, step: lastStep))
            nextBlock = offset + Limits.blockSpacing
        }
        index.counts[Int(type.rawValue)] &+= 1
        recordCount &+= 1
        if type == .stepEnd {
            if let step = unsafe Self.endedStep(payload) { lastStep = step }
        } else if type == .snapshot {
            unsafe addSnapshot(offset: offset, payload: payload)
        }
    }

    /// STEP_END begins with varint flags and zigzag step: events.md 5.
    ///
    /// Nothing else of it is known here.
    @inline(__always)
    static func endedStep(_ payload: UnsafeRawBufferPointer) -> Int64? {
        var reader = unsafe ByteReader(payload.bytes)
        guard (try? reader.varint()) != nil else { return nil }
        return try? reader.step()
    }

    @inline(never)
    private mutating func addSnapshot(offset: UInt64, payload: UnsafeRawBufferPointer) {
        guard let snapshot = unsafe try? SnapshotPayload(decodingHead: payload.bytes) else {
            return
        }
        index.snapshots.append(snapshot.entry(at: offset))
    }

    /// Takes back the records of `types` that begin at `offset` or after it.
    mutating func undo(from offset: UInt64, types: [RecordType], lastStep: Int64) {
        index.blocks.removeAll { $0.offset >= offset }
        index.snapshots.removeAll { $0.offset >= offset }
        for type in types { index.counts[Int(type.rawValue)] -= 1 }
        recordCount -= UInt64(types.count)
        nextBlock = index.blocks.last.map { $0.offset + Limits.blockSpacing } ?? 0
        self.lastStep = lastStep
    }

    /// Gives the index away with the table of the layer above.
    func finished(table: [UInt8]) -> SegmentIndex {
        var result = index
        result.table = table
        return result
    }
}
