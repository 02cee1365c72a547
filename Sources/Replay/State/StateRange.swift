// SPDX-License-Identifier: Apache-2.0
// States one after the other: what a range of steps looked like.

package import EventLog
package import StateDelta
package import Tracking

/// A step of a range with the state it left.
package struct RangeStep {
    package let step: Int64
    /// `nil` where its record is damaged.
    package let end: StepEnd?
    /// The state after the step; `nil` where it cannot be rebuilt, see `problem`.
    package let state: StateDocument?
    /// The state before it; `nil` where it is not known or was not asked for.
    package let previous: StateDocument?
    package let problem: String?
}

extension History {
    /// Visits the states of a range of steps in order; memory does not grow with the range.
    ///
    /// - Parameters:
    ///   - line: the line the steps are on, newest part first.
    ///   - range: the steps.
    ///   - withPrevious: whether each step's state before is wanted too.
    ///   - visit: sees each step that ended; returns false to stop.
    /// - Throws: `ReplayError.log` when a segment cannot be read at all.
    /// - Complexity: one pass over the log of the range.
    package func eachState(
        _ line: [LinePart],
        _ range: ClosedRange<Int64>,
        withPrevious: Bool = false,
        _ visit: (RangeStep) -> Bool
    ) throws(ReplayError) {
        for part in line.reversed() where part.last >= range.lowerBound {
            let upper = min(part.last, range.upperBound, Limits.step)
            let lower = max(range.lowerBound, part.branch.baseStep + 1)
            guard lower <= upper else { continue }
            let goesOn = try reading { () throws(LogError) in
                try part.branch.eachState(lower...upper, withPrevious, visit)
            }
            if !goesOn { return }
        }
    }
}

extension Branch {
    /// Visits the states of steps of this branch.
    ///
    /// - Returns: whether the visitor wants more.
    fileprivate func eachState(
        _ range: ClosedRange<Int64>,
        _ withPrevious: Bool,
        _ visit: (RangeStep) -> Bool
    ) throws(LogError) -> Bool {
        let start = try reader.snapshot(atOrBefore: range.lowerBound - 1)
        // Where the first snapshot is damaged, those behind it lead to the rest.
        let first = start?.segment ?? reader.segments[0].header.segment
        var state = LogState()
        var actions = try actions(of: first, before: start?.entry.offset ?? 0)
        var awaiting: (end: StepEnd, previous: StateDocument?)?
        // A step that cannot be rebuilt, unless the snapshot behind it holds its state.
        var doubtful: RangeStep?
        var (goesOn, isDone) = (true, false)
        var gaps = GapFinder(next: range.lowerBound, expected: start == nil ? 1 : nil)
        for file in reader.segments where file.header.segment >= first && goesOn && !isDone {
            let number = file.header.segment
            let from = number == first ? start?.entry.offset : nil
            _ = try reader.scan(segment: number, from: from) { record in
                state.reach(record)
                if let outcome = state.takeLostEnd(), let (end, previous) = awaiting.take() {
                    doubtful = RangeStep(end, outcome, state, previous)
                }
                if !record.mayPrecedeSnapshot, let step = doubtful.take() { goesOn = visit(step) }
                if !goesOn { return .stop }
                gaps.take(record)
                if record.type == .meta { actions = Meta(record)?.actions ?? actions }
                if record.type == .stepEnd, let step = record.step {
                    isDone = step > range.upperBound
                    let lost = gaps.lost(before: min(step, range.upperBound + 1))
                    goesOn = lost.allSatisfy { visit(RangeStep(lost: $0)) }
                    if isDone || !goesOn { return .stop }
                    gaps.next = max(gaps.next, step + 1)
                    if step >= range.lowerBound {
                        guard let end = StepEnd(record, actions) else {
                            _ = state.take(record)
                            goesOn = visit(RangeStep(lost: step))
                            return goesOn ? .proceed : .stop
                        }
                        awaiting = (end, withPrevious ? state.cursor?.recorded : nil)
                    }
                }
                let outcome = state.take(record)
                if record.isSnapshot, let step = doubtful, let end = step.end, state.knows(end.step)
                {
                    doubtful = nil
                    goesOn = visit(RangeStep(end, .ended(end.step), state, step.previous))
                    return goesOn ? .proceed : .stop
                }
                if record.isSnapshot, let own = gaps.stepKnown(by: state, upTo: range.upperBound) {
                    let lost = gaps.lost(before: own)
                    gaps.next = own + 1
                    goesOn = lost.allSatisfy { visit(RangeStep(lost: $0)) }
                    goesOn = goesOn && visit(RangeStep(known: own, state))
                    return goesOn ? .proceed : .stop
                }
                guard outcome != .none, let (end, previous) = awaiting.take() else {
                    return .proceed
                }
                let found = RangeStep(end, outcome, state, previous)
                let isDoubtful = record.type == .stepEnd && outcome != .ended(end.step)
                if isDoubtful { doubtful = found } else { goesOn = visit(found) }
                return goesOn ? .proceed : .stop
            }
        }
        if let outcome = state.finish(), let (end, previous) = awaiting {
            doubtful = RangeStep(end, outcome, state, previous)
        }
        return goesOn && (doubtful.map(visit) ?? true)
    }
}

/// Finds the steps whose records are lost: their numbers are missing where records are.
private struct GapFinder {
    /// The step that should end next.
    var next: Int64
    private var expected: UInt64?
    private var hasGap = false

    init(next: Int64, expected: UInt64?) {
        self.next = next
        self.expected = expected
    }

    mutating func take(_ record: borrowing RecordView) {
        if let expected, !record.follows(expected: expected), record.missing.mayHoldSteps {
            hasGap = true
        }
        if record.type == .gap { hasGap = true }
        expected = record.sequence + 1
    }

    /// The step whose end is lost and whose state a snapshot holds all the same.
    func stepKnown(by state: LogState, upTo last: Int64) -> Int64? {
        guard hasGap, let cursor = state.cursor, cursor.document != nil, cursor.step >= next,
            cursor.step <= last
        else { return nil }
        return cursor.step
    }

    /// Steps of one loss that are named one by one: a log may tell of any number.
    private static let mostLost: Int64 = 1 << 20

    /// The steps that are lost before one that ended, of very many the last; forgets the gap.
    mutating func lost(before step: Int64) -> Range<Int64> {
        defer { hasGap = false }
        return hasGap && next < step ? max(next, step - Self.mostLost)..<step : next..<next
    }
}

extension RangeStep {
    /// A step whose record is damaged.
    fileprivate init(lost step: Int64) {
        self.step = step
        end = nil
        state = nil
        previous = nil
        problem = "its record is damaged or missing"
    }

    /// A step whose record is damaged and whose state is in a snapshot.
    fileprivate init(known step: Int64, _ state: LogState) {
        self.step = step
        end = nil
        self.state = state.cursor?.document
        previous = nil
        problem = nil
    }

    fileprivate init(
        _ end: StepEnd,
        _ outcome: LogState.Outcome,
        _ state: LogState,
        _ previous: StateDocument?
    ) {
        step = end.step
        self.end = end
        self.previous = previous
        if case .unreadable(_, let reason) = outcome {
            (self.state, problem) = (nil, reason)
        } else {
            self.state = state.cursor?.recorded
            problem = self.state == nil ? "its state is not recorded" : nil
        }
    }
}

extension StateCursor {
    /// The state where the step recorded one.
    fileprivate var recorded: StateDocument? { isRecorded ? document : nil }
}

extension StepEnd {
    /// Reads a STEP_END record; `nil` when it is malformed.
    package init?(_ record: borrowing RecordView, _ actions: ActionNames) {
        var reader = ByteReader(record.payload)
        do throws(FormatError) {
            try self.init(decoding: &reader, time: record.time, actions: actions)
        } catch {
            return nil
        }
    }
}

extension StepBegin {
    /// Reads a STEP_BEGIN record; `nil` when it is malformed.
    package init?(_ record: borrowing RecordView, _ actions: ActionNames) {
        var reader = ByteReader(record.payload)
        do throws(FormatError) {
            try self.init(decoding: &reader, time: record.time, actions: actions)
        } catch {
            return nil
        }
    }
}
