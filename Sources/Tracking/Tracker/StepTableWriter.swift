// SPDX-License-Identifier: Apache-2.0
// The step table of the segment being written, encoded as its steps end.

internal import EventLog
internal import StateDelta

/// Writes a segment's step table (`Formats/events.md`, section 9), a few bytes for each step.
struct StepTableWriter: ~Copyable {
    private var columns = StepColumns()
    private var names = Names()

    /// Adds a step that ended.
    ///
    /// - Parameters:
    ///   - event: the step; lent.
    ///   - start: microseconds since 1970, where its begin is known.
    ///   - changed: the changed top-level keys; those that begin with `__` are left out.
    mutating func add(_ event: inout StepEnd, start: Int64?, changed: [[UInt8]]) {
        add(&event, start: start)
        let keys = changed.filter { !$0.starts(with: [0x5F, 0x5F]) }
        columns.keys.varint(keys.count)
        for key in keys { columns.keys.varint(names.id(of: key)) }
    }

    /// Adds a step whose changes are known; they are lent, too.
    mutating func add(_ event: inout StepEnd, start: Int64?, changed edits: inout EditWriter) {
        add(&event, start: start)
        columns.keys.varint(edits.changed.count)
        for index in 0..<edits.changed.namedCount {
            columns.keys.varint(names.id(ofName: edits.changed.name(index), in: &edits))
        }
        for key in edits.changed.unnamed { columns.keys.varint(names.id(of: key)) }
    }

    @inline(__always)
    private mutating func add(_ event: inout StepEnd, start: Int64?) {
        let duration = Int64(clamping: event.duration ?? 0)
        columns.add(
            step: event.step,
            status: event.status,
            action: names.id(ofAction: event.action),
            start: start ?? event.time.microseconds - duration,
            duration: duration,
            stateSize: Int64(clamping: event.stateLength ?? 0)
        )
    }

    /// The table, with steps that have begun and not ended last.
    ///
    /// - Complexity: O(bytes of the table).
    mutating func encode(open: [(step: Int64, begun: BranchWriter.OpenStep)]) -> [UInt8] {
        var ending = StepColumns(after: columns)
        for (step, begun) in open {
            ending.add(
                step: step,
                status: .begun,
                action: names.id(ofAction: begun.action),
                start: begun.start,
                duration: 0,
                stateSize: 0
            )
            ending.keys.varint(0)
        }
        return columns.encode(names: names.all, followedBy: ending)
    }
}

extension StepTableWriter {
    /// The names in the table, and where they were found last.
    private struct Names: ~Copyable {
        /// All of them, by their ids.
        private(set) var all: [[UInt8]] = []
        private var ids: [[UInt8]: Int] = [:]
        /// Actions seen lately: the array of each is told again with its next step.
        private var actions: [(name: [UInt8], id: Int)] = []
        /// Ids by the numbers that deltas use for names, plus one; 0 where there is none yet.
        private var known: [Int] = []
        /// Which numbering `known` is of.
        private var numbering = 0

        mutating func id(of name: [UInt8]) -> Int {
            if let id = ids[name] { return id }
            let id = all.count
            all.append(name)
            ids[name] = id
            return id
        }

        @inline(__always)
        mutating func id(ofAction name: [UInt8]) -> Int {
            for index in actions.indices where actions[index].name == name {
                return actions[index].id
            }
            return newAction(name)
        }

        @inline(never)
        private mutating func newAction(_ name: [UInt8]) -> Int {
            let id = id(of: name)
            if actions.count == 16 { actions.removeFirst() }
            actions.append((name, id))
            return id
        }

        @inline(__always)
        mutating func id(ofName number: Int, in edits: inout EditWriter) -> Int {
            if edits.numbering == numbering, number < known.count, known[number] > 0 {
                return known[number] - 1
            }
            return newName(number, &edits)
        }

        @inline(never)
        private mutating func newName(_ number: Int, _ edits: inout EditWriter) -> Int {
            if edits.numbering != numbering {
                known.removeAll()
                numbering = edits.numbering
            }
            let id = id(of: edits.names.key(number) ?? [])
            while known.count <= number { known.append(0) }
            known[number] = id + 1
            return id
        }
    }
}
