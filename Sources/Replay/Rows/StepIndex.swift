// SPDX-License-Identifier: Apache-2.0
// The steps of an application's line as rows in memory: what lists, filters and timelines read.

internal import EventLog
internal import StateDelta
internal import Tracking

/// The steps that ended on one line of descent, in order: 40 bytes each.
package struct StepIndex: Sendable {
    /// One step that ended.
    package struct Row: Equatable, Sendable {
        package let step: Int64
        /// Microseconds since 1970 UTC.
        package let start: Int64
        /// Microseconds.
        package let duration: Int64
        /// Bytes of the state text after the step.
        package let size: UInt32
        /// A set of changed keys, see `changedKeys(of:)`.
        let keySet: UInt32
        /// An index into `actions`.
        package let action: UInt32
        package let hasFailed: Bool

        /// Microseconds since 1970 UTC.
        package var end: Int64 { start &+ duration }
    }

    /// A step that began and has not ended.
    package struct Unfinished: Equatable, Sendable {
        package let step: Int64
        package let action: String
        /// Microseconds since 1970 UTC.
        package let start: Int64
    }

    package private(set) var rows: [Row] = []
    /// The names of the actions, in the order of their first step.
    package private(set) var actions = NameList()
    /// The names of changed top-level keys, without those that begin with `__`.
    package private(set) var keys = NameList()
    /// How many steps failed.
    package private(set) var failed = 0
    /// The last step that began and has not ended.
    package internal(set) var unfinished: Unfinished?
    private var keySets: [[UInt32]] = [[]]
    private var keySetIDs: [[UInt32]: UInt32] = [[]: 0]
    /// Sums of 64 steps each, for coarse timelines.
    var sums = CellSums()

    package init() {}

    /// The changed keys of a row, as indexes into `keys`.
    package func changedKeys(of row: Row) -> [UInt32] {
        keySets[Int(row.keySet)]
    }

    /// Whether a row changed one of some keys.
    ///
    /// - Returns: for each set of keys that rows refer to, whether it holds the key.
    func keySetsHolding(_ key: UInt32) -> [Bool] {
        keySets.map { $0.contains(key) }
    }

    /// How many keys each set of keys has.
    var keySetCounts: [Int] { keySets.map(\.count) }

    /// About the bytes held.
    package var byteCount: Int {
        rows.capacity * MemoryLayout<Row>.stride + keySets.count * 64 + sums.byteCount
    }

    /// Where the first row stands whose step is at least `step`.
    ///
    /// - Complexity: O(log rows), O(1) where the steps have no holes.
    package func position(of step: Int64) -> Int {
        guard let first = rows.first, step > first.step else { return 0 }
        let (guess, overflow) = step.subtractingReportingOverflow(first.step)
        if !overflow, guess < rows.count, rows[Int(guess)].step == step { return Int(guess) }
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].step < step { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The row of a step.
    package func row(_ step: Int64) -> Row? {
        let position = position(of: step)
        guard position < rows.count, rows[position].step == step else { return nil }
        return rows[position]
    }

    /// The rows of a range of steps.
    package func range(_ steps: ClosedRange<Int64>) -> Range<Int> {
        let lower = position(of: steps.lowerBound)
        let upper = steps.upperBound == .max ? rows.count : position(of: steps.upperBound + 1)
        return lower..<max(lower, upper)
    }
}

// MARK: - Filling

extension StepIndex {
    /// The names of one segment's table as they are numbered here.
    struct Mapping {
        fileprivate var actions: [UInt32?] = []
        fileprivate var keys: [UInt32?] = []
    }

    /// Takes in rows of a segment's table.
    ///
    /// - Parameters:
    ///   - table: the table.
    ///   - range: the rows that are new.
    ///   - limit: the last step of the branch that belongs to the line.
    ///   - mapping: what earlier calls for the same table have learnt.
    mutating func add(
        _ table: StepTable,
        _ range: Range<Int>,
        upTo limit: Int64,
        _ mapping: inout Mapping
    ) {
        let missing = table.names.count - mapping.actions.count
        if missing > 0 {
            mapping.actions += [UInt32?](repeating: nil, count: missing)
            mapping.keys += [UInt32?](repeating: nil, count: missing)
        }
        rows.reserveCapacity(rows.count + (range.count > 4_096 ? range.count : 0))
        for index in range {
            let row = table.rows[index]
            guard row.status != .begun, row.step <= limit else { continue }
            let changed = table.changedKeys(ofRow: index)
            insert(
                Row(
                    step: row.step,
                    start: row.start,
                    duration: row.duration,
                    size: UInt32(clamping: row.stateSize),
                    keySet: keySet(changed, table, &mapping),
                    action: action(row.action, table, &mapping),
                    hasFailed: row.status == .failed
                )
            )
        }
    }

    private mutating func action(
        _ name: UInt32,
        _ table: StepTable,
        _ mapping: inout Mapping
    ) -> UInt32 {
        guard Int(name) < mapping.actions.count else { return actions.id("?") }
        if let known = mapping.actions[Int(name)] { return known }
        let id = actions.id(table.name(name))
        mapping.actions[Int(name)] = id
        return id
    }

    private mutating func keySet(
        _ changed: ArraySlice<UInt32>,
        _ table: StepTable,
        _ mapping: inout Mapping
    ) -> UInt32 {
        if changed.isEmpty { return 0 }
        var ids: [UInt32] = []
        ids.reserveCapacity(changed.count)
        for name in changed where Int(name) < mapping.keys.count {
            let id = mapping.keys[Int(name)] ?? keys.id(Self.key(table.names[Int(name)]))
            mapping.keys[Int(name)] = id
            ids.append(id)
        }
        if let known = keySetIDs[ids] { return known }
        let id = UInt32(keySets.count)
        keySets.append(ids)
        keySetIDs[ids] = id
        return id
    }

    /// The key that stands between quotes as written.
    private static func key(_ written: [UInt8]) -> String {
        String(decoding: JSONString.decode(written), as: UTF8.self)
    }

    private mutating func insert(_ row: Row) {
        if row.hasFailed { failed += 1 }
        if let last = rows.last, last.step >= row.step {
            // Steps that ran at once may end in another order.
            sums = CellSums()
            let position = position(of: row.step)
            if rows[position].step == row.step {
                if rows[position].hasFailed { failed -= 1 }
                rows[position] = row
            } else {
                rows.insert(row, at: position)
            }
        } else {
            rows.append(row)
        }
    }
}

/// Names numbered in the order in which they came.
package struct NameList: Sendable {
    package private(set) var names: [String] = []
    private var ids: [String: UInt32] = [:]

    /// The number of a name, a new one where it has none.
    mutating func id(_ name: String) -> UInt32 {
        if let id = ids[name] { return id }
        let id = UInt32(names.count)
        names.append(name)
        ids[name] = id
        return id
    }

    /// The number of a name that is there.
    package func known(_ name: String) -> UInt32? { ids[name] }

    /// The name with a number.
    package subscript(_ id: UInt32) -> String { names[Int(id)] }
}
