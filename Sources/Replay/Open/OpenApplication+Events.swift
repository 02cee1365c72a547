// SPDX-License-Identifier: Apache-2.0
// The records of a line in the order of the log.

internal import EventLog
internal import Tracking

/// A place in the records of a line.
package struct EventPlace: Equatable, Sendable {
    /// The part of the line, counted from the oldest.
    package var part: Int
    /// The sequence of the last record that was visited in it.
    package var sequence: UInt64

    package init(part: Int, sequence: UInt64) {
        self.part = part
        self.sequence = sequence
    }
}

extension OpenApplication {
    /// Spans may end after their step; so many steps later they are not looked for any more.
    private static let lateSteps: Int64 = 64

    /// Visits the records that belong to some steps, late ones where they were written.
    ///
    /// - Parameters:
    ///   - steps: the steps; records that belong to none are visited where they stand among them.
    ///   - place: goes on behind it; `nil` for the begin.
    ///   - visit: sees each record with its place; returns false to stop.
    /// - Throws: `ReplayError.log` when a segment cannot be read.
    /// - Complexity: O(records visited), and those before them in their block.
    package func eachEvent(
        of steps: ClosedRange<Int64>,
        after place: EventPlace?,
        _ visit: (LiveRecord, EventPlace) -> Bool
    ) throws(ReplayError) {
        let parts = Array(line.reversed())
        let last = steps.upperBound
        let (end, overflow) = last.addingReportingOverflow(Self.lateSteps)
        for (number, part) in parts.enumerated() where number >= place?.part ?? 0 {
            guard part.last >= steps.lowerBound, part.branch.baseStep < last else { continue }
            let known = place.flatMap { $0.part == number ? $0.sequence : nil }
            var goesOn = true
            var isOver = false
            try history.reading { () throws(LogError) in
                let sequence =
                    if let known { known } else {
                        try part.branch.sequence(before: steps.lowerBound)
                    }
                var cursor = LiveCursor(after: sequence)
                try cursor.read(part.branch) { record in
                    if let step = record.step {
                        if step > min(overflow ? .max : end, part.last) {
                            isOver = step <= part.last
                            return false
                        }
                        guard steps.contains(step) else { return true }
                    }
                    let here = EventPlace(part: number, sequence: record.sequence)
                    goesOn = visit(record, here)
                    return goesOn
                }
            }
            if !goesOn || isOver { return }
        }
    }
}

extension Branch {
    /// A sequence before all records of a step and those after it.
    fileprivate func sequence(before step: Int64) throws(LogError) -> UInt64 {
        for file in reader.segments.reversed() where file.header.baseStep < step {
            let index = try reader.index(of: file.header.segment)
            let block = index.blocks.last { $0.step < step - 1 } ?? index.blocks.first
            guard let block else { continue }
            return block.sequence > 0 ? block.sequence - 1 : 0
        }
        return 0
    }
}
