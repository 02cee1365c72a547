// SPDX-License-Identifier: Apache-2.0
// Keeping the rows of a line up to date while its log grows.

internal import EventLog
internal import Tracking

/// Fills a `StepIndex` from step tables, and from the records of what is being written.
struct LineFollower {
    private(set) var index = StepIndex()
    /// Segments before this one, of the newest branch, are in the index.
    private var segment: UInt64?
    private var tail = Tail()

    /// The segment that is read record by record.
    private struct Tail {
        var offset: UInt64?
        var rows = SegmentRowsReader()
        /// Rows of it that are in the index.
        var taken = 0
        var mapping = StepIndex.Mapping()
    }

    /// What the segment that is being written says of the application last.
    var meta: Meta? { tail.rows.meta }

    /// A timeline of the steps.
    mutating func timeline(level: Int, firstCell: Int64, count: Int) -> Timeline {
        index.timeline(level: level, firstCell: firstCell, count: count)
    }

    /// Reads what is new.
    ///
    /// - Parameter line: always the same line, newest part first.
    /// - Throws: `LogError` when a segment cannot be read.
    /// - Complexity: at first O(rows); then O(new records).
    mutating func follow(_ line: [LinePart]) throws(LogError) {
        guard let newest = line.first else { return }
        if segment == nil {
            for part in line.dropFirst().reversed() {
                for file in part.branch.reader.segments { try add(file, part) }
            }
        }
        for file in newest.branch.reader.segments {
            let number = file.header.segment
            if let segment, number < segment { continue }
            if segment.map({ $0 < number }) ?? true {
                segment = number
                tail = Tail()
                if file.isSealed {
                    try add(file, newest)
                    tail.offset = file.dataEnd
                    continue
                }
            }
            try readTail(of: file, newest)
        }
    }

    private mutating func add(_ file: SegmentFile, _ part: LinePart) throws(LogError) {
        let table = try part.branch.readTable(file)
        var mapping = StepIndex.Mapping()
        index.add(table, table.rows.indices, upTo: part.last, &mapping)
        note(
            table.rows.filter { $0.status == .begun }.map { row in
                StepIndex.Unfinished(
                    step: row.step,
                    action: table.name(row.action),
                    start: row.start
                )
            }
        )
    }

    private mutating func readTail(of file: SegmentFile, _ part: LinePart) throws(LogError) {
        if let offset = tail.offset, file.dataEnd <= offset { return }
        // One reference to the rows, or each record would copy them.
        var rows = tail.rows
        tail.rows = SegmentRowsReader()
        let end = try part.branch.reader.scan(
            segment: file.header.segment,
            from: tail.offset
        ) { record in
            rows.visit(record.header, payload: record.payload)
            return .proceed
        }
        tail.rows = rows
        tail.offset = end.offset
        let table = rows.rows.table
        index.add(table, tail.taken..<table.rows.count, upTo: part.last, &tail.mapping)
        tail.taken = table.rows.count
        note(
            rows.unfinished.map { step in
                StepIndex.Unfinished(
                    step: step.step,
                    action: String(decoding: step.action, as: UTF8.self),
                    start: step.start
                )
            }
        )
    }

    /// Remembers the last unfinished step, unless it ended.
    private mutating func note(_ steps: [StepIndex.Unfinished]) {
        if let known = index.unfinished, index.row(known.step) != nil { index.unfinished = nil }
        guard let last = steps.last(where: { index.row($0.step) == nil }) else { return }
        if last.step >= index.unfinished?.step ?? .min { index.unfinished = last }
    }
}
