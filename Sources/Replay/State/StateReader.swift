// SPDX-License-Identifier: Apache-2.0
// The state of one branch at any step: snapshot, then deltas.

package import EventLog
package import Tracking

/// Whether a state is the one a step saw or the one it left.
package enum Side: String, Sendable {
    case before, after
}

/// What a walk over a branch came to.
package enum WalkResult {
    /// The state as wanted; `nil` in it where the log does not know it.
    case state(StateCursor)
    /// The step has begun and not ended.
    case notEnded
    /// The branch has no such step.
    case noStep
    /// It cannot be rebuilt, and why.
    case unreadable(String)
}

extension Branch {
    /// Rebuilds the state at a step of this branch.
    ///
    /// - Parameters:
    ///   - step: a step after the branch's base step.
    ///   - side: the state it saw, or the one it left.
    /// - Returns: the state, or why there is none.
    /// - Throws: `LogError` when a segment cannot be read at all.
    /// - Complexity: one contiguous read of at most three times the stored state and 64 KiB.
    package func walk(to step: Int64, side: Side) throws(LogError) -> WalkResult {
        if let cursor = try intervals.state(at: step, side: side, reader) { return .state(cursor) }
        var problem: WalkResult?
        var hasWalked = false
        // Snapshots are redundant: behind a damaged one, the one before it still leads there.
        // A snapshot of the step itself, be it the opening of a segment, needs no delta at all.
        let base = side == .after ? step : step - 1
        for segment in reader.segments.reversed() where segment.header.baseStep <= base {
            let number = segment.header.segment
            for entry in try reader.index(of: number).snapshots.reversed() {
                let isOfStep = entry.step == step && side == .after && !entry.isAbsent
                guard entry.step < step || isOfStep else { continue }
                guard try reader.holds(SnapshotLocation(segment: number, entry: entry)) else {
                    problem = problem ?? .unreadable("the snapshot before it is damaged")
                    continue
                }
                let result = try walk(from: entry, of: number, to: step, side: side)
                // One that knows no state may stand behind a loss that its writer knew nothing of.
                if case .noStep = result, entry.isAbsent { continue }
                if case .noStep = result, let problem { return problem }
                guard case .unreadable = result else { return result }
                problem = problem ?? result
                if entry.isAbsent { continue }
                // Where records are lost, one more snapshot leads no further.
                if hasWalked { return problem ?? result }
                hasWalked = true
            }
        }
        if let problem { return problem }
        // No snapshot before it is left: what its records say of it, they say without a state.
        guard let last = try lastEnded(), step <= last else { return .noStep }
        return try walk(from: nil, of: reader.segments[0].header.segment, to: step, side: side)
    }

    private func walk(
        from entry: SnapshotEntry?,
        of segment: UInt64,
        to step: Int64,
        side: Side
    ) throws(LogError) -> WalkResult {
        var state = LogState()
        var isBegun = false
        /// Whether records that may have ended it are missing.
        var isLost = entry == nil
        /// What a step saw that has not ended.
        var seen = LogState()
        var result: WalkResult?
        for file in reader.segments where file.header.segment >= segment {
            let number = file.header.segment
            let start = number == segment ? entry?.offset : nil
            _ = try reader.scan(segment: number, from: start) { record in
                // What is known behind a loss may be what the step left, not what it saw.
                if side == .before, isBegun, state.isLost(before: record) {
                    result = Branch.state(seen, before: step)
                    return .stop
                }
                isLost = isLost || state.isLost(before: record)
                if record.type == .stepBegin, record.step == step {
                    isBegun = true
                    state.reach(record)
                    seen = state
                }
                if side == .before, record.type == .stepEnd, let ended = record.step, ended >= step
                {
                    state.reach(record)
                    let isThere = ended == step || isBegun
                    result = isThere ? Branch.state(state, before: step) : .noStep
                    if !isThere, isLost { result = .unreadable(state.problem) }
                    return .stop
                }
                result = Branch.result(state.take(record), state, step)
                if case .unreadable(step, let reason)? = state.takeLostEnd() {
                    result = .unreadable(reason)
                }
                if case .noStep = result, isLost { result = .unreadable(state.problem) }
                if record.type == .stepEnd, result == nil { isLost = false }
                if result == nil, record.isSnapshot, entry?.step == step, side == .after {
                    let absent = WalkResult.unreadable("its snapshot does not hold it")
                    result = state.cursor.map { $0.document == nil ? absent : .state($0) }
                }
                return result == nil ? .proceed : .stop
            }
            if let result { return result }
        }
        if state.awaiting == step { return .unreadable("the snapshot that held it is damaged") }
        guard isBegun else { return state.cursor == nil ? .unreadable("it is damaged") : .noStep }
        return side == .before ? Branch.state(seen, before: step) : .notEnded
    }

    private static func state(_ state: LogState, before step: Int64) -> WalkResult {
        if let known = state.cursor?.step, known >= step {
            return .unreadable("the records before it are damaged")
        }
        return Self.state(state)
    }

    private static func state(_ state: LogState) -> WalkResult {
        state.cursor.map { .state($0) } ?? .unreadable("the records before it are damaged")
    }

    private static func result(
        _ outcome: LogState.Outcome,
        _ state: LogState,
        _ step: Int64
    ) -> WalkResult? {
        switch outcome {
        case .none: nil
        case .ended(let ended) where ended < step: nil
        case .ended(let ended): ended == step ? Branch.state(state) : .noStep
        case .unreadable(let ended, _) where ended < step: nil
        case .unreadable(let ended, let reason): ended == step ? .unreadable(reason) : .noStep
        }
    }
}

extension RecordView {
    /// Whether this is a part of a snapshot.
    var isSnapshot: Bool { type == .snapshot || type == .snapshotPart }

    /// Whether this may stand between the end of a step and the snapshot that holds its state.
    var mayPrecedeSnapshot: Bool {
        switch type {
        case .snapshot, .snapshotPart, .meta, .session, .syncMark, .gap, .recovered, .index, .seal:
            true
        default: false
        }
    }
}
