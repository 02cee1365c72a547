// SPDX-License-Identifier: Apache-2.0
// The state at a ref.

internal import EventLog
package import StateDelta
package import Tracking

extension History {
    /// The exact text of the state at a step.
    ///
    /// - Throws: `ReplayError` when there is no such step, it has not ended, or it cannot be
    ///   rebuilt.
    /// - Complexity: one contiguous read of at most three times the stored state and 64 KiB.
    package func state(
        at position: StepPosition,
        side: Side = .after
    ) throws(ReplayError) -> [UInt8] {
        let cursor = try cursor(at: position, side: side)
        guard let text = cursor.text() else {
            throw .stateNotRecorded(name, before: position.step)
        }
        return text
    }

    /// The value at a path of the state at a step.
    ///
    /// - Returns: `nil` when the state has no such path.
    package func value(
        at position: StepPosition,
        side: Side = .after,
        path: JSONPointer
    ) throws(ReplayError) -> [UInt8]? {
        try cursor(at: position, side: side).document?.value(at: path)
    }

    /// The state at a step, ready to be moved on.
    package func cursor(
        at position: StepPosition,
        side: Side
    ) throws(ReplayError) -> StateCursor {
        let step = position.step
        for part in position.line where step > part.branch.baseStep && step <= part.last {
            let result = try reading { () throws(LogError) in
                try part.branch.walk(to: step, side: side)
            }
            switch result {
            case .state(let cursor):
                guard cursor.isRecorded else {
                    throw .stepWithoutState(name, step: cursor.step)
                }
                if cursor.document != nil { return cursor }
                return try inherited(part.branch, position, side)
            case .notEnded:
                throw .stepNotEnded(name, step: step, isRunning: isBeingWritten(part.branch))
            case .noStep:
                throw try noSuchStep(position)
            case .unreadable(let place):
                throw .unreadable(name, step: step, place: place)
            }
        }
        return try fromParent(position, side)
    }

    /// The state a branch began with, where its own log does not hold it.
    private func inherited(
        _ branch: Branch,
        _ position: StepPosition,
        _ side: Side
    ) throws(ReplayError) -> StateCursor {
        guard side == .before, position.step == branch.baseStep + 1 else {
            throw .stateNotRecorded(name, before: position.step)
        }
        if let point = branch.parent,
            let parent = branches.first(where: { $0.id == point.branch })
        {
            let before = StepPosition(
                line: line(of: parent),
                step: point.step,
                ref: position.ref
            )
            return try cursor(at: before, side: .after)
        }
        guard let (history, step) = try parent() else {
            throw .stateNotRecorded(name, before: position.step)
        }
        let line = line(in: history)
        let before = StepPosition(line: line, step: step, ref: position.ref)
        return try history.cursor(at: before, side: .after)
    }

    /// Steps before a fork point are the parent application's.
    private func fromParent(
        _ position: StepPosition,
        _ side: Side
    ) throws(ReplayError) -> StateCursor {
        guard let (history, step) = try parent(), position.step <= step, position.step >= 0 else {
            throw try noSuchStep(position)
        }
        let line = line(in: history)
        let before = StepPosition(line: line, step: position.step, ref: position.ref)
        return try history.cursor(at: before, side: side)
    }

    /// The error for a step that a line does not have.
    func noSuchStep(_ position: StepPosition) throws(ReplayError) -> ReplayError {
        let first = try first(position.line)
        let head = try head(position.line)
        return .noSuchStep(
            name,
            ref: position.ref.description,
            first: first,
            head: head,
            nearest: min(max(position.step, first), head)
        )
    }

    /// Whether a live writer holds a branch.
    package func isBeingWritten(_ branch: Branch) -> Bool {
        guard let file = branch.reader.lastSegment, !file.isSealed else { return false }
        do throws(Errno) { return try file.file.handle.isLockedByAnother() } catch { return false }
    }
}
