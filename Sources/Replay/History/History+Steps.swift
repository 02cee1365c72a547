// SPDX-License-Identifier: Apache-2.0
// The sequence of steps, one segment's table in memory at a time.

internal import EventLog
package import Tracking

/// One step of a line, as a list shows it.
package struct LineRow {
    package let row: StepRow
    package let branch: Branch
    let table: StepTable
    let index: Int

    /// The action's name.
    package var action: String { table.name(row.action) }

    /// The top-level keys that the step changed, without those that begin with `__`.
    package var changed: [String] { table.changedKeys(ofRow: index).map { table.name($0) } }
}

extension History {
    /// Visits the steps of a line in order, or from its end.
    ///
    /// - Parameters:
    ///   - line: a line of descent, newest part first.
    ///   - reversed: whether to begin at the head.
    ///   - range: the steps wanted.
    ///   - visit: sees each row; returns false to stop.
    /// - Throws: `ReplayError.log` when a segment cannot be read.
    package func eachRow(
        _ line: [LinePart],
        reversed: Bool = false,
        range: ClosedRange<Int64> = 0...Int64.max,
        _ visit: (LineRow) -> Bool
    ) throws(ReplayError) {
        for part in reversed ? line : line.reversed() {
            let last = min(part.last, range.upperBound)
            let segments = part.branch.reader.segments
            for segment in reversed ? segments.reversed() : segments {
                if segment.header.baseStep >= last && segment.header.segment > 0 { continue }
                if let trailer = segment.trailer, trailer.lastStep < range.lowerBound { continue }
                let table = try reading { () throws(LogError) in
                    try part.branch.table(of: segment)
                }
                let indices = table.rows.indices
                for offset in indices {
                    let index = reversed ? indices.upperBound - 1 - offset : offset
                    let row = table.rows[index]
                    guard row.step <= last, row.step >= range.lowerBound else { continue }
                    let found = LineRow(row: row, branch: part.branch, table: table, index: index)
                    if !visit(found) { return }
                }
            }
        }
    }
}
