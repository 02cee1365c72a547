// SPDX-License-Identifier: Apache-2.0
// Sums over fixed blocks of steps: coarse timelines are made of them, not of the rows.

/// Several steps summed up.
package struct Cell: Equatable, Sendable {
    package var steps: Int32 = 0
    package var errors: Int32 = 0
    /// Microseconds since 1970 UTC: when the first of them began.
    package var start: Int64 = 0
    /// Microseconds.
    package var longest: Int64 = 0
    /// Microseconds.
    package var total: Int64 = 0
    /// Bytes of the state after the last of them.
    package var size: UInt32 = 0
    /// Changed top-level keys, summed up.
    package var changes: Int32 = 0

    /// Adds a row that comes after those that are in it.
    mutating func add(_ row: StepIndex.Row, changes count: Int) {
        if steps == 0 { start = row.start }
        steps += 1
        if row.hasFailed { errors += 1 }
        longest = max(longest, row.duration)
        total &+= row.duration
        size = row.size
        changes &+= Int32(truncatingIfNeeded: count)
    }

    /// Adds a cell that comes after what is in this one.
    mutating func add(_ other: Cell) {
        guard other.steps > 0 else { return }
        if steps == 0 { start = other.start }
        steps += other.steps
        errors += other.errors
        longest = max(longest, other.longest)
        total &+= other.total
        size = other.size
        changes &+= other.changes
    }
}

/// One cell for each 64 steps, with how often each action stands in it.
struct CellSums: Sendable {
    /// Cells of 2^6 steps.
    static let level = 6

    /// A cell with the number of its block; empty blocks have none.
    struct Entry: Sendable {
        let block: Int64
        var cell = Cell()
        /// Where its actions begin in `actions`.
        let firstAction: Int
    }

    private(set) var entries: [Entry] = []
    /// Actions of the entries and how many steps are of each, one entry after the other.
    private(set) var actions: [(action: UInt32, steps: Int32)] = []
    /// Rows summed up so far.
    private var taken = 0

    var byteCount: Int {
        entries.capacity * MemoryLayout<Entry>.stride
            + actions.capacity * MemoryLayout<(UInt32, Int32)>.stride
    }

    /// The actions of an entry.
    func actions(of index: Int) -> ArraySlice<(action: UInt32, steps: Int32)> {
        let end = index + 1 < entries.count ? entries[index + 1].firstAction : actions.count
        return actions[entries[index].firstAction..<end]
    }

    /// The first entry whose block is at least `block`.
    func position(of block: Int64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].block < block { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Sums up the rows that have come since.
    ///
    /// - Complexity: O(new rows).
    mutating func take(_ rows: [StepIndex.Row], changes: (StepIndex.Row) -> Int) {
        for row in rows[taken...] {
            let block = row.step >> Self.level
            if entries.last?.block != block {
                entries.append(Entry(block: block, firstAction: actions.count))
            }
            let last = entries.count - 1
            entries[last].cell.add(row, changes: changes(row))
            var at = entries[last].firstAction
            while at < actions.count, actions[at].action != row.action { at += 1 }
            if at == actions.count {
                actions.append((row.action, 1))
            } else {
                actions[at].steps += 1
            }
        }
        taken = rows.count
    }
}
