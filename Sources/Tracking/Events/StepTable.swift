// SPDX-License-Identifier: Apache-2.0
// The step table of a segment (Formats/events.md, section 9): lists of steps without their log.

package import EventLog

/// How a step stands.
package enum StepStatus: UInt8, Sendable {
    case ok = 0
    case failed = 1
    /// It began; its end is not in the log.
    case begun = 2
}

/// One step as a list shows it; names are indexes into the table's names.
package struct StepRow: Equatable, Sendable {
    package var step: Int64
    package var status: StepStatus
    package var action: UInt32
    /// Microseconds since 1970 UTC.
    package var start: Int64
    /// Microseconds.
    package var duration: Int64
    /// Bytes of the state text after the step.
    package var stateSize: Int64

    package init(
        step: Int64,
        status: StepStatus,
        action: UInt32,
        start: Int64,
        duration: Int64,
        stateSize: Int64
    ) {
        self.step = step
        self.status = status
        self.action = action
        self.start = start
        self.duration = duration
        self.stateSize = stateSize
    }
}

/// The rows of one segment, column-wise once encoded.
package struct StepTable: Sendable {
    package private(set) var rows: [StepRow] = []
    /// Action names and top-level state keys.
    package private(set) var names: [[UInt8]] = []
    private var ids: [[UInt8]: UInt32] = [:]
    private var changed: [UInt32] = []
    /// Where each row's changed keys begin in `changed`.
    private var changedStart: [UInt32] = []

    package init() {}

    /// The index of a name, added when new.
    package mutating func intern(_ name: [UInt8]) -> UInt32 {
        if let id = ids[name] { return id }
        let id = UInt32(names.count)
        names.append(name)
        ids[name] = id
        return id
    }

    /// Appends a row; `addChanged` then names its keys.
    package mutating func append(_ row: StepRow) {
        rows.append(row)
        changedStart.append(UInt32(changed.count))
    }

    /// Adds a changed top-level key to the last row.
    package mutating func addChanged(_ name: UInt32) {
        changed.append(name)
    }

    /// The changed top-level keys of a row, as indexes into `names`.
    package func changedKeys(ofRow index: Int) -> ArraySlice<UInt32> {
        let start = Int(changedStart[index])
        let end = index + 1 < rows.count ? Int(changedStart[index + 1]) : changed.count
        return changed[start..<end]
    }

    /// The name at an index, as text.
    package func name(_ index: UInt32) -> String {
        Int(index) < names.count ? String(decoding: names[Int(index)], as: UTF8.self) : "?"
    }

    /// Removes all rows and names.
    package mutating func removeAll() {
        self = StepTable()
    }
}

// MARK: - Encoding

extension StepTable {
    /// Writes the table as it stands in an INDEX.
    ///
    /// - Complexity: O(rows).
    package func encode() -> [UInt8] {
        var columns = StepColumns()
        for index in rows.indices {
            let row = rows[index]
            columns.add(
                step: row.step,
                status: row.status,
                action: Int(row.action),
                start: row.start,
                duration: row.duration,
                stateSize: row.stateSize
            )
            let keys = changedKeys(ofRow: index)
            columns.keys.varint(keys.count)
            for key in keys { columns.keys.varint(Int(key)) }
        }
        return columns.encode(names: names, followedBy: StepColumns())
    }

    /// Reads a table from an INDEX; no bytes are an empty table.
    ///
    /// - Throws: `FormatError` when the bytes are not a step table.
    /// - Complexity: O(rows).
    package init(decoding bytes: [UInt8]) throws(FormatError) {
        self.init()
        guard !bytes.isEmpty else { return }
        var reader = ByteReader(bytes.rawSpan)
        // A row takes at least a byte in each of seven columns.
        let count = try reader.count(limit: bytes.count)
        let nameBytes = try reader.array()
        let steps = try reader.array()
        let statuses = try reader.array()
        let actions = try reader.array()
        let starts = try reader.array()
        let durations = try reader.array()
        let sizes = try reader.array()
        let keys = try reader.array()
        try decodeNames(nameBytes)
        var step = ByteReader(steps.rawSpan)
        var action = ByteReader(actions.rawSpan)
        var start = ByteReader(starts.rawSpan)
        var duration = ByteReader(durations.rawSpan)
        var size = ByteReader(sizes.rawSpan)
        var key = ByteReader(keys.rawSpan)
        guard statuses.count == count else { throw .invalid(offset: reader.offset) }
        var row = StepRow(step: 0, status: .ok, action: 0, start: 0, duration: 0, stateSize: 0)
        rows.reserveCapacity(count)
        for index in 0..<count {
            guard let status = StepStatus(rawValue: statuses[index]) else {
                throw .invalid(offset: index)
            }
            row.status = status
            row.step &+= try step.zigzag()
            guard Limits.isStep(row.step) else { throw .invalid(offset: 0) }
            row.action = UInt32(clamping: try action.varint())
            row.start &+= try start.zigzag()
            row.duration = Int64(clamping: try duration.varint())
            row.stateSize &+= try size.zigzag()
            append(row)
            let keyCount = try key.count(limit: names.count)
            for _ in 0..<keyCount { addChanged(UInt32(clamping: try key.varint())) }
        }
    }

    private mutating func decodeNames(_ bytes: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes.rawSpan)
        let count = try reader.count(limit: bytes.count)
        for _ in 0..<count { _ = intern(try reader.array()) }
    }
}
