// SPDX-License-Identifier: Apache-2.0
// A strip of steps at any level of detail.

/// Cells of 2^level steps each, from a multiple of their width on.
package struct Timeline: Sendable {
    package let level: Int
    /// The number of the first cell: it begins at step `firstCell << level`.
    package let firstCell: Int64
    package private(set) var cells: [Cell]
    /// The action of most steps in each cell; `nil` for none.
    package private(set) var topActions: [UInt32?]

    /// The cells of a tile.
    package static let tileSize = 512
    /// What one timeline may hold.
    package static let cellLimit = 131_072
    /// At level 53 the first cell holds every step a program in JavaScript can name.
    package static let highestLevel = 53

    /// The first step of the first cell.
    package var firstStep: Int64 { firstCell << Int64(level) }
    /// The last step of the last cell.
    package var lastStep: Int64 { (firstCell + Int64(cells.count)) << Int64(level) - 1 }
}

extension StepIndex {
    /// The finest level at which a range of steps needs no more than so many cells.
    package static func level(for steps: ClosedRange<Int64>, cells: Int) -> Int {
        var level = 0
        while level < Timeline.highestLevel {
            let count = (steps.upperBound >> Int64(level)) - (steps.lowerBound >> Int64(level)) + 1
            if count <= Int64(cells) { break }
            level += 1
        }
        return level
    }

    /// Sums up steps in cells.
    ///
    /// - Parameters:
    ///   - level: each cell holds 2^level steps.
    ///   - firstCell: the number of the first cell.
    ///   - count: how many cells.
    /// - Returns: the cells, also where there are no steps.
    /// - Complexity: O(steps) below level 6, O(steps / 64) from it on.
    package mutating func timeline(level: Int, firstCell: Int64, count: Int) -> Timeline {
        var builder = TimelineBuilder(level: level, firstCell: firstCell, count: count)
        let shift = Int64(level)
        let (end, overflow) = (firstCell + Int64(count)).multipliedReportingOverflow(by: 1 << shift)
        let last = overflow ? Int64.max : end - 1
        if level < CellSums.level {
            for row in rows[range(firstCell << shift...max(last, firstCell << shift))] {
                builder.add(row, changes: changedKeys(of: row).count)
            }
        } else {
            sumUp()
            var at = sums.position(of: firstCell << (shift - Int64(CellSums.level)))
            while at < sums.entries.count,
                sums.entries[at].block <= last >> Int64(CellSums.level)
            {
                builder.add(sums.entries[at], sums.actions(of: at))
                at += 1
            }
        }
        return builder.finish()
    }

    private mutating func sumUp() {
        let counts = keySetCounts
        sums.take(rows) { counts[Int($0.keySet)] }
    }
}

/// Fills the cells of a timeline from left to right.
private struct TimelineBuilder {
    private let level: Int
    private let firstCell: Int64
    private var cells: [Cell]
    private var tops: [UInt32?]
    /// The actions of the cell that is being filled.
    private var counts: [(action: UInt32, steps: Int32)] = []
    private var current = -1

    init(level: Int, firstCell: Int64, count: Int) {
        self.level = level
        self.firstCell = firstCell
        cells = [Cell](repeating: Cell(), count: count)
        tops = [UInt32?](repeating: nil, count: count)
    }

    mutating func add(_ row: StepIndex.Row, changes: Int) {
        guard enter(row.step >> Int64(level)) else { return }
        cells[current].add(row, changes: changes)
        count(row.action, 1)
    }

    mutating func add(
        _ entry: CellSums.Entry,
        _ actions: ArraySlice<(action: UInt32, steps: Int32)>
    ) {
        guard enter(entry.block >> Int64(level - CellSums.level)) else { return }
        cells[current].add(entry.cell)
        for action in actions { count(action.action, action.steps) }
    }

    private mutating func enter(_ cell: Int64) -> Bool {
        let index = Int(cell - firstCell)
        guard cells.indices.contains(index) else { return false }
        if index != current {
            leave()
            current = index
        }
        return true
    }

    private mutating func count(_ action: UInt32, _ steps: Int32) {
        for index in counts.indices where counts[index].action == action {
            counts[index].steps += steps
            return
        }
        counts.append((action, steps))
    }

    private mutating func leave() {
        if current >= 0 { tops[current] = counts.max { $0.steps < $1.steps }?.action }
        counts.removeAll(keepingCapacity: true)
    }

    consuming func finish() -> Timeline {
        leave()
        return Timeline(level: level, firstCell: firstCell, cells: cells, topActions: tops)
    }
}
