// SPDX-License-Identifier: Apache-2.0
// One pass over a branch that rebuilds every state and says which ones it could not.

internal import EventLog
internal import StateDelta
internal import Tracking

/// Follows a branch as replay does and keeps account.
struct VerificationWalk {
    private let reader: LogReader
    private let isDeep: Bool
    private var findings: [Finding]
    private var steps: Int64 = 0
    private var replayable: [ClosedRange<Int64>] = []
    private var lost: [(steps: ClosedRange<Int64>, segment: UInt64, offset: UInt64)] = []

    private var state = LogState()
    private var actions = ActionNames()
    private var expected: UInt64?
    /// Whether records that may have ended steps are missing since the last one.
    private var hasGap = false
    /// Whether a GAP says that events are missing since the last one.
    private var isNoted = false
    /// The last step that ended, or whose end is known to be lost.
    private var lastStep: Int64?
    private var lastBegun: Int64?
    /// The first step that began behind records that are missing, until one ends.
    private var begunBehind: Int64?
    /// Whether nothing that is left has told yet where the branch begins.
    private var isUnplaced = false
    /// The last step of the last sealed segment, and where that ends.
    private var sealed: (step: Int64, segment: UInt64, end: UInt64)?
    /// A step that cannot be rebuilt, unless the snapshot behind it holds its state.
    private var doubtful: Int64?

    init(_ findings: [Finding], _ reader: LogReader, isDeep: Bool) {
        self.findings = findings
        self.reader = reader
        self.isDeep = isDeep
    }

    /// Visits every record.
    mutating func run() {
        // A branch begins with sequence 1, behind the step it continues if it continues one.
        let first = reader.segments.first { !$0.headerIsDamaged }
        expected = 1
        if let first, first.header.segment == 0 {
            expected = first.header.baseSequence
            lastStep = first.header.baseStep
        } else {
            let opening = first == nil ? try? reader.openingStep() : nil
            lastStep = first?.header.parent?.step ?? opening ?? -1
            isUnplaced = true
        }
        for (index, segment) in reader.segments.enumerated() {
            let number = segment.header.segment
            let next = index + 1 < reader.segments.count ? reader.segments[index + 1] : nil
            var walk = self
            _ = try? reader.scan(segment: number) { record in
                walk.take(record)
                return .proceed
            }
            self = walk
            let end = segment.dataEnd
            let isHit = findings.contains {
                $0.segment == number && $0.kind == .damage && $0.bytes.upperBound >= end
            }
            if isHit { missRecords() }
            // The snapshot that the next segment opens with may know the last one's state.
            if let last = segment.trailer?.lastStep {
                let mayKnow = next.map { $0.headerIsDamaged || $0.header.baseStep == last } ?? false
                passOver(upTo: mayKnow ? last - 1 : last, number, end)
                sealed = (last, number, end)
            }
        }
        if let step = state.awaiting, let last = reader.lastSegment {
            lose(step, last.header.segment, last.dataEnd)
        }
        // What the segment behind did not know.
        if let sealed { passOver(upTo: sealed.step, sealed.segment, sealed.end) }
        // The end of a step that has begun may be what is missing, unless it began behind that.
        if let last = reader.lastSegment, let step = begunBehind.map({ $0 - 1 }) ?? lastBegun {
            passOver(upTo: step, last.header.segment, last.dataEnd)
        }
    }

    /// Hands the account over.
    consuming func finish(_ result: inout BranchVerification) {
        for (range, segment, offset) in lost {
            result.unreadable.append(range)
            let cause = findings.indices.last { index in
                let finding = findings[index]
                if finding.kind == .wrongIndex || finding.kind == .wrongChecksum { return false }
                return (finding.segment, finding.bytes.lowerBound) <= (segment, offset)
            }
            guard let cause = cause ?? findings.indices.first else { continue }
            findings[cause].stepsLost.append(joining: range)
        }
        result.unreadable = result.unreadable.reduce(into: []) { $0.append(joining: $1) }
        if let tail = findings.firstIndex(where: { $0.kind == .tornTail }), let lastBegun,
            lastBegun > lastStep ?? .min
        {
            findings[tail].stepsLost = [lastBegun...lastBegun]
        }
        result.steps = steps
        result.replayable = replayable
        result.findings = findings
    }
}

extension VerificationWalk {
    private mutating func take(_ record: borrowing RecordView) {
        let follows = expected.map { record.follows(expected: $0) } ?? true
        if !follows, record.missing.mayHoldSteps { missRecords() }
        expected = record.sequence + 1
        state.reach(record)
        if case .unreadable(let step, _)? = state.takeLostEnd() {
            lose(step, record.segment, record.offset)
        }
        checkForm(record)
        if record.type == .gap { isNoted = true }
        if record.type == .snapshot { takeSnapshot(record) }
        switch record.type {
        case .snapshot, .stepBegin, .stepEnd: isUnplaced = false
        default: break
        }
        let wasKnown = state.cursor != nil
        if !record.mayPrecedeSnapshot { doubtful = nil }
        if record.type == .stepEnd, let step = record.step {
            loseUp(to: step - 1, record.segment, record.offset)
            lastStep = max(step, lastStep ?? step)
        }
        let outcome = state.take(record)
        switch outcome {
        case .none:
            guard record.isSnapshot, let step = doubtful, let cursor = state.cursor,
                cursor.step == step, cursor.document != nil
            else { break }
            lost.removeAll { $0.steps == step...step }
            replayable.append(joining: step...step)
            doubtful = nil
        case .ended(let step):
            steps += 1
            if state.cursor?.isRecorded == true, state.cursor?.document != nil {
                replayable.append(joining: step...step)
            }
        case .unreadable(let step, let reason):
            lose(step, record.segment, record.offset)
            if wasKnown, follows { note(.malformedRecord, record, reason) }
        }
    }

    /// A step ended whose state is in no record that is left, but perhaps in a later snapshot.
    private mutating func lose(_ step: Int64, _ segment: UInt64, _ offset: UInt64) {
        steps += 1
        lost.append((step...step, segment, offset))
        doubtful = step
    }

    private mutating func missRecords() {
        hasGap = true
        begunBehind = nil
    }

    /// Steps up to one that have not been seen to end are lost where records are missing.
    private mutating func loseUp(to step: Int64, _ segment: UInt64, _ offset: UInt64) {
        passOver(upTo: step, segment, offset)
        hasGap = false
    }

    /// The same where the one that comes next may be lost as well.
    private mutating func passOver(upTo step: Int64, _ segment: UInt64, _ offset: UInt64) {
        guard hasGap, let last = lastStep, last < step else { return }
        lost.append((last + 1...step, segment, offset))
        lastStep = step
    }

    private mutating func note(_ kind: Finding.Kind, _ record: borrowing RecordView, _ why: String)
    {
        let place = record.offset..<record.end
        let same = findings.firstIndex {
            $0.segment == record.segment && $0.bytes.lowerBound == place.lowerBound
        }
        if let same {
            findings[same].bytes = place
            return
        }
        let finding = Finding(kind: kind, segment: record.segment, bytes: place, reason: why)
        let index = findings.firstIndex {
            ($0.segment, $0.bytes.lowerBound) > (record.segment, record.offset)
        }
        findings.insert(finding, at: index ?? findings.endIndex)
    }

    /// A record that verifies must also be what its type says.
    private mutating func checkForm(_ record: borrowing RecordView) {
        switch record.type {
        case .meta:
            guard let meta = Meta(record) else {
                return note(.malformedRecord, record, "a META that cannot be decoded")
            }
            // The log of a fork begins behind the step that it was forked at.
            if isUnplaced, let step = meta.parent?.step { lastStep = max(lastStep ?? -1, step) }
            actions = meta.actions
        case .stepBegin:
            guard let begin = StepBegin(record, actions) else {
                return note(.malformedRecord, record, "a STEP_BEGIN that cannot be decoded")
            }
            lastBegun = max(begin.step, lastBegun ?? begin.step)
            if hasGap { begunBehind = begunBehind ?? begin.step }
        case .stepEnd:
            if StepEnd(record, actions) == nil {
                note(.malformedRecord, record, "a STEP_END that cannot be decoded")
            }
        case let type where type.isText:
            if record.step == nil {
                note(.malformedRecord, record, "an event that cannot be decoded")
            }
        default: break
        }
    }

    private mutating func takeSnapshot(_ record: borrowing RecordView) {
        guard let head = try? SnapshotPayload(decodingHead: record.payload) else {
            return note(.malformedRecord, record, "a SNAPSHOT that cannot be decoded")
        }
        if record.opensBranch {
            // The state that the branch begins with is of none of its steps.
            hasGap = false
            lastStep = head.step
        }
        // The state at its own step is known, whether that step's end is lost or not; but the first
        // one of all may be what the branch opened with.
        let mayBeOpening = isUnplaced && record.segment == reader.segments[0].header.segment
        let mayBeOwn = !mayBeOpening && (hasGap || isNoted) && !head.isAbsent
        let isOwn = mayBeOwn && (lastStep ?? .max) < head.step
        loseUp(to: isOwn ? head.step - 1 : head.step, record.segment, record.offset)
        isNoted = false
        if isOwn { replayable.append(joining: head.step...head.step) }
        lastStep = max(head.step, lastStep ?? head.step)
        if let wrong = findings.firstIndex(where: {
            $0.kind == .wrongSnapshot && $0.segment == record.segment
                && $0.bytes.lowerBound == record.offset
        }) {
            findings[wrong].bytes = record.offset..<record.end
        }
        if isDeep { compare(head, record) }
    }

    /// Holds a snapshot against the state and the names that the deltas before it gave.
    private mutating func compare(_ head: SnapshotPayload, _ record: borrowing RecordView) {
        guard !head.isAbsent, let cursor = state.cursor, cursor.step == head.step,
            let text = cursor.text()
        else { return }
        if XXH64.hash(text.rawSpan) != head.hash {
            note(.wrongSnapshot, record, "it is not the state that the deltas before it lead to")
        }
    }
}

extension [ClosedRange<Int64>] {
    /// Adds a range; one that continues the last range becomes part of it.
    mutating func append(joining range: ClosedRange<Int64>) {
        guard let last, range.lowerBound <= last.upperBound + 1 else { return append(range) }
        let lower = Swift.min(last.lowerBound, range.lowerBound)
        self[count - 1] = lower...Swift.max(last.upperBound, range.upperBound)
    }
}
