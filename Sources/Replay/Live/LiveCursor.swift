// SPDX-License-Identifier: Apache-2.0
// A place in the log of an application from which its records are read as they come.

package import EventLog
internal import StateDelta
package import Tracking

/// Something that was recorded.
package struct LiveRecord: Sendable {
    /// What it is.
    package enum Kind: Sendable {
        case begun(StepBegin)
        case ended(StepEnd, patch: [UInt8]?)
        /// A line of Burr's that belongs to a step, or to none.
        case text(RecordType, [UInt8])
        /// Who writes from here.
        case session(Session)
        /// Events are missing before it.
        case gap
    }

    package let kind: Kind
    package let branch: BranchID
    package let sequence: UInt64
    /// Nanoseconds since 1970 UTC.
    package let time: Int64
    /// The step it belongs to; `nil` for none.
    package let step: Int64?
}

/// Reads the records of one branch from a sequence on.
package struct LiveCursor: Sendable {
    /// The last sequence that was read.
    package private(set) var sequence: UInt64
    private let withPatches: Bool
    private var place: (segment: UInt64, offset: UInt64)?
    private var state = LogState()
    private var actions = ActionNames()
    private var pending: (end: StepEnd, sequence: UInt64)?

    /// Begins behind a sequence.
    ///
    /// - Parameters:
    ///   - sequence: that of the last record known; 0 for none.
    ///   - withPatches: whether each step's JSON Patch is wanted: the state is then kept.
    package init(after sequence: UInt64, withPatches: Bool = false) {
        self.sequence = sequence
        self.withPatches = withPatches
    }

    /// Visits the records behind the cursor that are in the log, and moves on.
    ///
    /// - Parameters:
    ///   - branch: always the same, refreshed before.
    ///   - visit: sees each record; returns false to stop behind it.
    /// - Throws: `LogError` when a segment cannot be read.
    /// - Complexity: O(new records); the first time also what lies before them in their block.
    package mutating func read(
        _ branch: Branch,
        _ visit: (LiveRecord) -> Bool
    ) throws(LogError) {
        if place == nil { try enter(branch) }
        guard let start = place else { return }
        var goesOn = true
        for file in branch.reader.segments where file.header.segment >= start.segment && goesOn {
            let number = file.header.segment
            // One reference to the state, or each delta would copy it.
            var cursor = self
            state = LogState()
            let from = place?.segment == number ? place?.offset : nil
            let end = try branch.reader.scan(segment: number, from: from) { record in
                cursor.place = (number, record.offset)
                goesOn = cursor.takeLostEnd(before: record, branch.id, visit)
                guard goesOn else { return .stop }
                goesOn = cursor.take(record, branch.id, visit)
                cursor.place = (number, record.end)
                return goesOn ? .proceed : .stop
            }
            self = cursor
            if !end.wasStopped { place = (number, end.offset) }
        }
    }

    /// Finds the place of the sequence.
    private mutating func enter(_ branch: Branch) throws(LogError) {
        let segments = branch.reader.segments
        guard let first = segments.first else { return }
        let holding = segments.last { $0.header.baseSequence <= sequence + 1 } ?? first
        let number = holding.header.segment
        let index = try branch.reader.index(of: number)
        var offset = index.blocks.last { $0.sequence <= sequence + 1 }?.offset
        if withPatches, let block = offset {
            // The state is known from the snapshot before it on.
            offset = index.snapshots.last { $0.offset <= block }?.offset
        }
        let start = offset ?? UInt64(holding.header.headerLength)
        actions = try branch.actions(of: number, before: start)
        place = (number, start)
    }

    /// Visits the step before a record where the state that it waits for is lost; false when the
    /// visitor wants no more.
    private mutating func takeLostEnd(
        before record: borrowing RecordView,
        _ branch: BranchID,
        _ visit: (LiveRecord) -> Bool
    ) -> Bool {
        guard withPatches else { return true }
        state.reach(record)
        guard let outcome = state.takeLostEnd(), let pending = pending.take() else { return true }
        sequence = pending.sequence
        return visit(ended(pending.end, outcome, branch, pending.sequence))
    }

    /// Takes in a record; false when the visitor wants no more.
    private mutating func take(
        _ record: borrowing RecordView,
        _ branch: BranchID,
        _ visit: (LiveRecord) -> Bool
    ) -> Bool {
        if record.type == .meta { actions = Meta(record)?.actions ?? actions }
        let isNew = record.sequence > sequence
        if withPatches, isNew, state.emitter == nil {
            state.emitter = PatchEmitter(from: state.cursor?.document)
        }
        let outcome = withPatches ? state.take(record) : .none
        guard isNew else { return true }
        if record.type == .stepEnd, let end = StepEnd(record, actions) {
            pending = (end, record.sequence)
        }
        guard !(withPatches && pending != nil && outcome == .none) else { return true }
        sequence = record.sequence
        if let (end, _) = pending.take() {
            return visit(ended(end, outcome, branch, record.sequence))
        }
        guard let kind = kind(of: record) else { return true }
        let step = record.type == .session || record.type == .gap ? nil : record.step
        return visit(
            LiveRecord(
                kind: kind,
                branch: branch,
                sequence: record.sequence,
                time: record.time,
                step: step == -1 ? nil : step
            )
        )
    }

    private func ended(
        _ end: StepEnd,
        _ outcome: LogState.Outcome,
        _ branch: BranchID,
        _ sequence: UInt64
    ) -> LiveRecord {
        var patch: [UInt8]?
        if case .ended = outcome, state.cursor?.isRecorded == true { patch = state.patch?.text }
        return LiveRecord(
            kind: .ended(end, patch: patch),
            branch: branch,
            sequence: sequence,
            time: end.time.nanoseconds,
            step: end.step
        )
    }

    private func kind(of record: borrowing RecordView) -> LiveRecord.Kind? {
        var reader = ByteReader(record.payload)
        switch record.type {
        case .stepBegin: return StepBegin(record, actions).map { .begun($0) }
        case .session: return (try? Session(decoding: &reader)).map { .session($0) }
        case .gap: return .gap
        case let type where type.isText:
            guard (try? reader.zigzag()) != nil else { return nil }
            return .text(type, reader.rest().array)
        default: return nil
        }
    }
}
