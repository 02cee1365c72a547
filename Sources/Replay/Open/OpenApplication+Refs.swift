// SPDX-License-Identifier: Apache-2.0
// Refs looked up in the rows: no log is read for them.

internal import EventLog
internal import Tracking

extension OpenApplication {
    /// Looks a ref up on this line, or on the branch that it names.
    ///
    /// The step may be one that has begun and not ended, or one of the parent application.
    ///
    /// - Parameters:
    ///   - ref: what to look up.
    ///   - now: nanoseconds since 1970 UTC, for refs relative to now.
    /// - Returns: the step and its line.
    /// - Throws: `ReplayError` when it names nothing.
    /// - Complexity: O(log rows) for steps, O(rows) for failed steps and times.
    package func resolve(_ ref: Ref, now: Int64) throws(ReplayError) -> StepPosition {
        if ref.isElsewhere { return try resolveElsewhere(ref, now: now) }
        guard let first = steps.rows.first, let last = steps.rows.last else {
            return StepPosition(line: line, step: try stepWithoutRows(ref), ref: ref)
        }
        var found: Int64?
        switch ref.target {
        case .step(let step), .attempt(let step, _): found = try existing(step)
        case .head: found = last.step
        case .first: found = first.step
        case .fromHead(let count): found = try step(beforeHead: count)
        case .error(let skipped):
            found = try failedStep(skipped)
            if found == nil { throw .noFailedStep(name) }
        case .time(let instant): found = try lastStep(endedBy: instant, ref)
        case .ago(let span): found = try lastStep(endedBy: now - span, ref)
        case .mark(let name): found = try existing(try history.marked(name))
        }
        guard let found else { throw noSuchStep(ref, nearest: first.step) }
        return StepPosition(line: line, step: found, ref: ref)
    }

    private func resolveElsewhere(
        _ ref: Ref,
        now: Int64
    ) throws(ReplayError) -> StepPosition {
        try history.reading { () throws(LogError) in
            for branch in history.branches { try branch.reader.refresh() }
        }
        return try history.resolve(ref, now: now)
    }

    /// Before any step has ended there may be one that runs.
    private func stepWithoutRows(_ ref: Ref) throws(ReplayError) -> Int64 {
        if case .step(let step) = ref.target, try existing(step) != nil { return step }
        throw .noSteps(name)
    }

    private func existing(_ step: Int64) throws(ReplayError) -> Int64? {
        if steps.row(step) != nil || steps.unfinished?.step == step { return step }
        if let (_, forkedAt) = try history.parent(), step <= forkedAt, step >= 0 { return step }
        guard let first = steps.rows.first, let last = steps.rows.last else { return nil }
        let nearest = steps.rows[min(steps.position(of: step), steps.rows.count - 1)].step
        throw .noSuchStep(
            name,
            ref: String(step),
            first: first.step,
            head: last.step,
            nearest: nearest
        )
    }

    private func step(beforeHead count: Int64) throws(ReplayError) -> Int64? {
        let own = steps.rows
        let rows = count < own.count ? own : try wholeSteps().rows
        return count < rows.count ? rows[rows.count - 1 - Int(count)].step : nil
    }

    private func failedStep(_ skipped: Int64) throws(ReplayError) -> Int64? {
        let steps = skipped < steps.failed ? steps : try wholeSteps()
        guard skipped < steps.failed else { return nil }
        var left = skipped
        for row in steps.rows.reversed() where row.hasFailed {
            if left == 0 { return row.step }
            left -= 1
        }
        return nil
    }

    private func lastStep(
        endedBy instant: Int64,
        _ ref: Ref
    ) throws(ReplayError) -> Int64 {
        let limit = instant.flooredDivision(by: 1_000).quotient
        if let row = steps.rows.last(where: { $0.end <= limit }) { return row.step }
        let rows = try wholeSteps().rows
        if let row = rows.last(where: { $0.end <= limit }) { return row.step }
        throw .timeBeforeFirst(name, ref: ref.description, first: rows.first?.step ?? 0)
    }

    private func noSuchStep(_ ref: Ref, nearest: Int64) -> ReplayError {
        .noSuchStep(
            name,
            ref: ref.description,
            first: steps.rows.first?.step ?? 0,
            head: steps.rows.last?.step ?? 0,
            nearest: nearest
        )
    }
}
