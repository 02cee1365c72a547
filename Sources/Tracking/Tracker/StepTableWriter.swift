// SPDX-License-Identifier: Apache-2.0
// The step table of the segment being written, encoded as its steps end.

internal import EventLog
internal import StateDelta

/// Writes a segment's step table (`Formats/events.md`, section 9), a few bytes for each step.
struct StepTableWriter: ~Copyable {
    private var columns = Columns()
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
        var ending = Columns(after: columns)
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
        var output = ByteWriter(capacity: columns.byteCount + 4_096)
        output.varint(columns.count + ending.count)
        output.string(names.encode())
        columns.write(followedBy: ending, to: &output)
        return output.finish()
    }
}

extension StepTableWriter {
    /// The columns that have a value for each row.
    private struct Columns: ~Copyable {
        private(set) var count = 0
        private var steps = ByteWriter()
        private var statuses = ByteWriter()
        private var actions = ByteWriter()
        private var starts = ByteWriter()
        private var durations = ByteWriter()
        private var sizes = ByteWriter()
        /// The changed keys: whoever adds a row says them next.
        var keys = ByteWriter()
        /// The row before, from which the next one's numbers are counted.
        private var last: (step: Int64, start: Int64, stateSize: Int64) = (0, 0, 0)

        init() {}

        /// Rows that follow others.
        init(after former: borrowing Columns) {
            last = former.last
        }

        var byteCount: Int {
            steps.count + statuses.count + actions.count + starts.count + durations.count
                + sizes.count + keys.count
        }

        @inline(__always)
        mutating func add(
            step: Int64,
            status: StepStatus,
            action: Int,
            start: Int64,
            duration: Int64,
            stateSize: Int64
        ) {
            count += 1
            steps.zigzag(step &- last.step)
            statuses.u8(status.rawValue)
            actions.varint(action)
            starts.zigzag(start &- last.start)
            durations.varint(UInt64(clamping: duration))
            sizes.zigzag(stateSize &- last.stateSize)
            last = (step, start, stateSize)
        }

        func write(followedBy ending: borrowing Columns, to output: inout ByteWriter) {
            output.column(steps, ending.steps)
            output.column(statuses, ending.statuses)
            output.column(actions, ending.actions)
            output.column(starts, ending.starts)
            output.column(durations, ending.durations)
            output.column(sizes, ending.sizes)
            output.column(keys, ending.keys)
        }
    }

    /// The names in the table, and where they were found last.
    private struct Names: ~Copyable {
        private var names: [[UInt8]] = []
        private var ids: [[UInt8]: Int] = [:]
        /// Actions seen lately: the array of each is told again with its next step.
        private var actions: [(name: [UInt8], id: Int)] = []
        /// Ids by the numbers that deltas use for names, plus one; 0 where there is none yet.
        private var known: [Int] = []
        /// Which numbering `known` is of.
        private var numbering = 0

        mutating func id(of name: [UInt8]) -> Int {
            if let id = ids[name] { return id }
            let id = names.count
            names.append(name)
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

        func encode() -> [UInt8] {
            var column = ByteWriter()
            column.varint(names.count)
            for name in names { column.string(name) }
            return column.finish()
        }
    }
}

extension ByteWriter {
    /// Writes a column of two parts, its length before it.
    fileprivate mutating func column(
        _ first: borrowing ByteWriter,
        _ second: borrowing ByteWriter
    ) {
        varint(first.count + second.count)
        raw(first)
        raw(second)
    }
}
