// What a reader finds in a branch.

internal import EventLog

/// The items of a branch as a reader sees them, and how the reading ended.
struct Reading: Sendable {
    /// An item, and where it was.
    struct Found: Equatable, Sendable {
        var number: Int64
        var sequence: UInt64
        var segment: UInt64
        var bytes: Range<UInt64>
    }

    var found: [Found] = []
    /// The first thing that is not as it was written.
    var wrong: String?
    /// Per segment the end of what is known to have been durable.
    var marks: [UInt64: UInt64] = [:]
    /// Segments of which something is lost.
    var damages: [Damage] = []

    /// Reads every segment of a branch.
    init(_ storage: SimulatedStorage, _ directory: String, _ branch: BranchID, seed: UInt64)
        throws(LogError)
    {
        let reader = try LogReader(storage: storage, directory: directory, branch: branch)
        for segment in reader.segments {
            try read(segment, reader, seed)
        }
        for (file, next) in zip(reader.segments, reader.segments.dropFirst())
        where !next.headerIsDamaged {
            let end = file.trailer == nil ? next.header.predecessorDataEnd : file.size
            marks[file.header.segment] = max(marks[file.header.segment] ?? 0, end)
        }
    }

    private mutating func read(
        _ file: SegmentFile,
        _ reader: LogReader,
        _ seed: UInt64
    ) throws(LogError) {
        let segment = file.header.segment
        var types: [RecordType] = []
        let end = try reader.scan(segment: segment) { record in
            if types.count < 2 { types.append(record.type) }
            take(record, seed)
            return .proceed
        }
        damages += end.damages
        if file.headerIsDamaged {
            damages.append(Damage(segment: segment, bytes: 0..<512, lostSequences: 0..<0))
        }
        if let trailer = file.trailer { marks[segment] = trailer.indexOffset }
        if end.verdict != .damaged, !file.headerIsDamaged, types != [.meta, .snapshot] {
            complain("segment \(segment) opens with \(types.map(\.rawValue))")
        }
    }

    private mutating func take(_ record: borrowing RecordView, _ seed: UInt64) {
        if record.type == .syncMark {
            if let mark = try? SyncMark(decoding: record.payload) {
                marks[record.segment] = max(marks[record.segment] ?? 0, mark.durableOffset)
            }
        }
        guard Item.isItem(record.type) else { return }
        guard let number = Item.number(of: record.payload) else {
            return complain("record \(record.sequence) is none of ours")
        }
        let item = Item(number: number, seed: seed)
        if record.type != item.type || record.payload.array != item.payload {
            complain("record \(record.sequence) is not what was written as item \(number)")
        }
        if let last = found.last, last.sequence >= record.sequence || last.number >= number {
            complain("item \(number), record \(record.sequence), comes after \(last)")
        }
        found.append(
            Found(
                number: number,
                sequence: record.sequence,
                segment: record.segment,
                bytes: record.offset..<record.end
            )
        )
    }

    private mutating func complain(_ text: String) {
        wrong = wrong ?? text
    }

    /// Whether a loss of this item is reported, by its sequence or by its bytes.
    func reportsLoss(of entry: LogModel.Entry) -> Bool {
        damages.contains {
            $0.segment == entry.segment
                && (entry.sequence == 0 || $0.lostSequences.contains(entry.sequence)
                    || $0.bytes.contains(max(1, entry.end) - 1))
        }
    }

    /// Whether a reader may miss these bytes: it reports them as damaged, or nothing that it could
    /// read says that they had been durable.
    func excuses(_ missing: Found) -> Bool {
        let isReported = damages.contains {
            $0.segment == missing.segment
                && ($0.bytes.overlaps(missing.bytes) || $0.lostSequences.contains(missing.sequence))
        }
        return isReported || missing.bytes.upperBound > marks[missing.segment] ?? 0
    }
}
