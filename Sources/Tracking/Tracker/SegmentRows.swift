// SPDX-License-Identifier: Apache-2.0
// The step table of a segment that is read, row by row.

/// Collects the rows of one segment's step table.
package struct SegmentRows: Sendable {
    package private(set) var table = StepTable()
    /// The last actions and keys seen with their ids: most steps repeat them.
    private var recent: [(name: [UInt8], id: UInt32)] = []

    package init() {}

    /// Adds a step that ended.
    ///
    /// - Parameters:
    ///   - event: the step.
    ///   - start: microseconds since 1970, where its begin is known.
    ///   - changed: the changed top-level keys; those that begin with `__` are left out.
    package mutating func add(_ event: StepEnd, start: Int64?, changed: [[UInt8]]) {
        add(event, start: start)
        for key in changed where !key.starts(with: [0x5F, 0x5F]) { table.addChanged(id(key)) }
    }

    private mutating func add(_ event: StepEnd, start: Int64?) {
        let end = event.time.microseconds
        let duration = Int64(clamping: event.duration ?? 0)
        let row = StepRow(
            step: event.step,
            status: event.status,
            action: id(event.action),
            start: start ?? end - duration,
            duration: duration,
            stateSize: Int64(clamping: event.stateLength ?? 0)
        )
        table.append(row)
    }

    /// Adds a step that began and has not ended.
    package mutating func addOpen(step: Int64, action: [UInt8], start: Int64) {
        let row = StepRow(
            step: step,
            status: .begun,
            action: id(action),
            start: start,
            duration: 0,
            stateSize: 0
        )
        table.append(row)
    }

    private mutating func id(_ name: [UInt8]) -> UInt32 {
        if let known = recent.first(where: { $0.name == name }) { return known.id }
        let id = table.intern(name)
        if recent.count == 16 { recent.removeFirst() }
        recent.append((name, id))
        return id
    }
}
