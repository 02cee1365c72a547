// SPDX-License-Identifier: Apache-2.0
// One branch of an application, opened for reading.

package import EventLog
package import Tracking

/// A branch and its place in the application's history.
package final class Branch {
    package let id: BranchID
    package let reader: LogReader
    /// The step whose state the branch begins with.
    package let baseStep: Int64
    /// The point it continues; `nil` for a beginning.
    package let parent: BranchPoint?
    private var tables: [UInt64: StepTable] = [:]
    /// The METAs of the segment that was looked at last, with where they stand.
    private var metas: (segment: UInt64, found: [(offset: UInt64, meta: Meta)])?
    /// Texts that came after the end of their step: where they stand, by segment and step, and how
    /// many records the segment had when that was looked for.
    private var late: [UInt64: (records: UInt64, offsets: [Int64: [UInt64]])] = [:]
    /// The parts of the log that states were rebuilt from last.
    var intervals = IntervalCache()

    /// About the bytes of the states that are kept.
    package var cachedBytes: Int { intervals.byteCount }

    /// The states that were rebuilt since the last call.
    func takeReplays() -> ReplayCount {
        defer { intervals.replays = ReplayCount() }
        return intervals.replays
    }

    /// Opens a branch whose files have been found in its folder.
    ///
    /// - Throws: `LogError` when its segments cannot be read.
    package init(
        _ files: BranchFiles,
        directory: String,
        storage: any Storage
    ) throws(LogError) {
        id = files.branch
        reader = try LogReader(
            storage: storage,
            directory: directory,
            branch: files.branch,
            segments: files.segments
        )
        let header = reader.segments[0].header
        baseStep = try reader.openingStep() ?? header.baseStep
        parent = header.parent.map { BranchPoint(branch: $0.branch, step: $0.step) }
    }

    /// The last step that ended; `nil` when none has.
    ///
    /// - Throws: `LogError` when the active segment cannot be read.
    package func lastEnded() throws(LogError) -> Int64? { try reader.lastEnded() }

    /// Where the texts of a step stand in a segment that came after the end of the step.
    ///
    /// - Throws: `LogError` when the segment cannot be read.
    /// - Complexity: once for what has been written to the segment, a scan of it; nothing where it
    ///   has no texts.
    func lateTexts(of step: Int64, in segment: UInt64) throws(LogError) -> [UInt64] {
        let index = try reader.index(of: segment)
        let hasTexts = index.counts.indices.contains {
            index.counts[$0] > 0 && RecordType(rawValue: UInt8($0)).isText
        }
        guard hasTexts else { return [] }
        if let known = late[segment], known.records == index.recordCount {
            return known.offsets[step] ?? []
        }
        var ended = index.blocks.first?.step ?? .min
        var offsets: [Int64: [UInt64]] = [:]
        _ = try reader.scan(segment: segment) { record in
            guard let step = record.step else { return .proceed }
            if record.type == .stepEnd {
                ended = max(ended, step)
            } else if record.type.isText, step <= ended {
                offsets[step, default: []].append(record.offset)
            }
            return .proceed
        }
        late[segment] = (index.recordCount, offsets)
        return offsets[step] ?? []
    }

    /// What the branch says of its application: the last META of its last segment.
    ///
    /// - Throws: `LogError` when the last segment cannot be read.
    package func meta() throws(LogError) -> Meta? {
        guard let last = reader.lastSegment?.header.segment else { return nil }
        return try meta(of: last, before: .max)
    }

    /// The actions that are known at a place in a segment, as its META lists them.
    ///
    /// - Parameters: as `meta(of:before:)`.
    /// - Throws: `LogError` when the segment cannot be read.
    func actions(of segment: UInt64, before offset: UInt64) throws(LogError) -> ActionNames {
        try meta(of: segment, before: offset)?.actions ?? ActionNames()
    }

    /// What holds of the application at a place in a segment: the last META before it.
    ///
    /// - Parameters:
    ///   - segment: its number.
    ///   - offset: where a record begins.
    /// - Returns: that META; the first one where there is none before it.
    /// - Throws: `LogError` when the segment cannot be read.
    /// - Complexity: reads up to the last META of the segment, mostly the first record.
    func meta(of segment: UInt64, before offset: UInt64) throws(LogError) -> Meta? {
        let count = try reader.index(of: segment).counts[Int(RecordType.meta.rawValue)]
        var found: [(offset: UInt64, meta: Meta)] = []
        if let metas, metas.segment == segment { found = metas.found }
        if found.count < count {
            found = []
            _ = try reader.scan(segment: segment) { record in
                if record.type == .meta, let meta = Meta(record) {
                    found.append((record.offset, meta))
                }
                return found.count < count ? .proceed : .stop
            }
            metas = (segment, found)
        }
        return (found.last { $0.offset < offset } ?? found.first)?.meta
    }

    /// The rows of a segment's steps.
    ///
    /// - Throws: `LogError` when the segment cannot be read.
    /// - Complexity: a sealed segment's table is decoded once; the active one is scanned.
    package func table(of segment: SegmentFile) throws(LogError) -> StepTable {
        let number = segment.header.segment
        if let table = tables[number] { return table }
        let table = try readTable(segment)
        if segment.isSealed {
            if tables.count >= 4 { tables.removeAll() }
            tables[number] = table
        }
        return table
    }

    /// The rows of a segment's steps, read anew.
    func readTable(_ segment: SegmentFile) throws(LogError) -> StepTable {
        let number = segment.header.segment
        if segment.isSealed {
            let stored = try reader.index(of: number).table
            if !stored.isEmpty, let table = try? StepTable(decoding: stored) { return table }
        }
        var rows = SegmentRowsReader()
        _ = try reader.scan(segment: number) { record in
            rows.visit(record.header, payload: record.payload)
            return .proceed
        }
        return rows.finish()
    }
}

extension LogReader {
    /// The step that a branch begins behind, as its first snapshot tells it where the header of its
    /// first segment does not.
    ///
    /// Where the one it opened with is lost, too, the first that is left in front of any step is
    /// taken for it, as repairs do: whether its step ended on this branch, nothing says any more.
    func openingStep() throws(LogError) -> Int64? {
        guard segments[0].headerIsDamaged, segments[0].header.segment == 0 else { return nil }
        var step: Int64?
        var isFound = false
        for segment in segments.prefix(while: \.headerIsDamaged) where !isFound {
            _ = try scan(segment: segment.header.segment) { record in
                switch record.type {
                case .snapshot: step = try? SnapshotPayload(decodingHead: record.payload).step
                case .stepBegin, .stepEnd: break
                default: return .proceed
                }
                isFound = true
                return .stop
            }
        }
        return step
    }
}

extension Meta {
    /// Reads a META record; `nil` when it is malformed.
    init?(_ record: borrowing RecordView) {
        var reader = ByteReader(record.payload)
        do throws(FormatError) { try self.init(decoding: &reader) } catch { return nil }
    }
}
