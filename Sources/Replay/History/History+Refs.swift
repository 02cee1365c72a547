// SPDX-License-Identifier: Apache-2.0
// Looking refs up.

internal import EventLog
internal import Tracking

/// A step of an application, found by a ref.
package struct StepPosition {
    /// The line the step was looked up on, newest part first.
    package let line: [LinePart]
    package let step: Int64
    /// The ref as it was given.
    package let ref: Ref
}

extension History {
    /// Looks a ref up on the line that it names, or on the default one.
    ///
    /// A step is not checked to exist before its state or record is read.
    ///
    /// - Parameters:
    ///   - ref: what to look up.
    ///   - now: nanoseconds since 1970 UTC, for refs relative to now.
    /// - Returns: the step and its line.
    /// - Throws: `ReplayError` when it names nothing.
    /// - Complexity: O(1) for steps, `head` and most `-k`; others read step tables from the end.
    package func resolve(_ ref: Ref, now: Int64) throws(ReplayError) -> StepPosition {
        let line = line(of: try branch(of: ref))
        let step: Int64
        switch ref.target {
        case .step(let number), .attempt(let number, _): step = number
        case .head: step = try head(line)
        case .first: step = try first(line)
        case .fromHead(let count): step = try fromHead(count, line, ref)
        case .error(let skipped): step = try failedStep(skipped, line)
        case .time(let instant): step = try lastStep(endedBy: instant, line, ref)
        case .ago(let span): step = try lastStep(endedBy: now - span, line, ref)
        case .mark(let name): step = try marked(name)
        }
        return StepPosition(line: line, step: step, ref: ref)
    }

    private func branch(of ref: Ref) throws(ReplayError) -> Branch {
        if case .attempt(let step, let number) = ref.target {
            return try branch(ofAttempt: number, at: step, ref)
        }
        guard let prefix = ref.branchPrefix else { return newest }
        return try branch(prefix: prefix)
    }

    /// The branch on which a step was run for the so-manieth time.
    private func branch(
        ofAttempt number: Int,
        at step: Int64,
        _ ref: Ref
    ) throws(ReplayError) -> Branch {
        var left = number
        for branch in branches where branch.baseStep < step {
            let last = try reading { () throws(LogError) in try branch.lastEnded() }
            guard let last, step <= last else { continue }
            left -= 1
            if left == 0 { return branch }
        }
        let line = line(of: newest)
        let (first, head) = (try first(line), try head(line))
        let nearest = min(max(step, first), head)
        throw .noSuchStep(name, ref: ref.description, first: first, head: head, nearest: nearest)
    }

    /// The step that a mark is at.
    ///
    /// - Throws: `ReplayError.noMark` with the marks there are.
    package func marked(_ mark: String) throws(ReplayError) -> Int64 {
        let marks = try Marks(of: name, in: store).all()
        if let found = marks.first(where: { $0.name == mark }) { return found.step }
        throw .noMark(name, mark: mark, marks: marks.map(\.name))
    }

    /// The last step that ended on a line.
    ///
    /// - Throws: `ReplayError.noSteps` when none has.
    package func head(_ line: [LinePart]) throws(ReplayError) -> Int64 {
        for part in line {
            let last = try reading { () throws(LogError) in try part.branch.lastEnded() }
            if let last { return min(last, part.last) }
        }
        throw .noSteps(name)
    }

    /// The first step of a line.
    ///
    /// - Throws: `ReplayError.noSteps` when there is none.
    package func first(_ line: [LinePart]) throws(ReplayError) -> Int64 {
        for part in line.reversed() {
            for segment in part.branch.reader.segments {
                let step = try reading { () throws(LogError) in
                    try part.branch.firstStep(of: segment)
                }
                if let step, step <= part.last { return step }
            }
        }
        throw .noSteps(name)
    }

    private func fromHead(
        _ count: Int64,
        _ line: [LinePart],
        _ ref: Ref
    ) throws(ReplayError) -> Int64 {
        let head = try head(line)
        if line.count == 1, try isContiguous(line[0].branch, head: head),
            head - count > line[0].branch.baseStep
        {
            return head - count
        } else {
            var left = count
            var found: Int64?
            try eachRow(try whole(line), reversed: true) { row in
                if row.row.status == .begun { return true }
                if left == 0 { found = row.row.step }
                left -= 1
                return found == nil
            }
            if let found { return found }
        }
        let first = try first(line)
        throw .noSuchStep(name, ref: ref.description, first: first, head: head, nearest: first)
    }

    /// Whether a branch has every step from its base to its head, by the counts of its indexes.
    private func isContiguous(_ branch: Branch, head: Int64) throws(ReplayError) -> Bool {
        try reading { () throws(LogError) in
            var ends: UInt64 = 0
            for segment in branch.reader.segments {
                let index = try branch.reader.index(of: segment.header.segment)
                ends += index.counts[Int(RecordType.stepEnd.rawValue)]
            }
            return Int64(ends) == head - branch.baseStep
        }
    }

    private func failedStep(_ skipped: Int64, _ line: [LinePart]) throws(ReplayError) -> Int64 {
        var left = skipped
        var found: Int64?
        try eachRow(try whole(line), reversed: true) { row in
            guard row.row.status == .failed else { return true }
            if left == 0 { found = row.row.step }
            left -= 1
            return found == nil
        }
        guard let found else { throw .noFailedStep(name) }
        return found
    }

    private func lastStep(
        endedBy instant: Int64,
        _ line: [LinePart],
        _ ref: Ref
    ) throws(ReplayError) -> Int64 {
        let limit = instant.flooredDivision(by: 1_000).quotient
        let line = try whole(line)
        var found: Int64?
        try eachRow(line, reversed: true) { row in
            guard row.row.status != .begun else { return true }
            if row.row.start + row.row.duration <= limit { found = row.row.step }
            return found == nil
        }
        guard let found else {
            throw .timeBeforeFirst(name, ref: ref.description, first: try first(line))
        }
        return found
    }
}

extension Branch {
    /// The first step of a segment that began or ended in it; `nil` when none did.
    func firstStep(of segment: SegmentFile) throws(LogError) -> Int64? {
        var found: Int64?
        _ = try reader.scan(segment: segment.header.segment) { record in
            if record.type == .stepBegin || record.type == .stepEnd { found = record.step }
            return found == nil ? .proceed : .stop
        }
        return found
    }
}
