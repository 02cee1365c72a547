// SPDX-License-Identifier: Apache-2.0
// The columns of a step table, encoded row by row.

internal import EventLog

/// The columns that have a value for each row.
struct StepColumns: ~Copyable {
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
    init(after former: borrowing StepColumns) {
        last = former.last
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

    /// The table of these rows and those that follow them (`Formats/events.md`, section 9).
    ///
    /// - Complexity: O(bytes of the table).
    func encode(names: [[UInt8]], followedBy ending: borrowing StepColumns) -> [UInt8] {
        var nameColumn = ByteWriter()
        nameColumn.varint(names.count)
        for name in names { nameColumn.string(name) }
        // A row takes a byte or two in each of seven columns.
        var output = ByteWriter(capacity: nameColumn.count + 10 * (count + ending.count) + 64)
        output.varint(count + ending.count)
        output.string(nameColumn.rawSpan)
        output.column(steps, ending.steps)
        output.column(statuses, ending.statuses)
        output.column(actions, ending.actions)
        output.column(starts, ending.starts)
        output.column(durations, ending.durations)
        output.column(sizes, ending.sizes)
        output.column(keys, ending.keys)
        return output.finish()
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
