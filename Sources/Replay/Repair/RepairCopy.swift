// SPDX-License-Identifier: Apache-2.0
// The records of a damaged branch, written again as far as they can be read.

internal import EventLog
internal import StateDelta
internal import Tracking

/// Copies one branch, record by record, states rebuilt and written anew.
struct RepairCopy: ~Copyable {
    private let reader: LogReader
    private var writer: BranchWriter
    private var state = LogState()
    private var actions = ActionNames()
    private var expected: UInt64?
    /// Records known to be missing since the last GAP that was written.
    private var missing: UInt64 = 0
    /// Whether the state is lost, and the copy does not go on from one that is known yet.
    private var isBroken = false
    /// Whether the copy says so already.
    private var isSaid = false
    /// A step whose state is in the snapshot that follows.
    private var awaiting: StepEnd?
    /// A step that cannot be rebuilt, unless the snapshot behind it holds its state.
    private var doubtful: StepEnd?
    private var lastTime: Int64

    private init(
        _ reader: LogReader,
        _ writer: consuming BranchWriter,
        _ actions: ActionNames,
        time: Int64
    ) {
        self.reader = reader
        self.writer = writer
        self.actions = actions
        lastTime = time
        // What is missing before the first record that is left is missing, too.
        let first = reader.segments[0]
        expected = first.headerIsDamaged ? 1 : first.header.baseSequence
    }

    /// Opens the copy with what the branch opens with, as far as that can be read.
    static func open(
        _ reader: LogReader,
        _ place: BranchPlace,
        _ id: BranchID,
        of found: BranchVerification,
        fallback name: ApplicationName
    ) throws(TrackingError) -> RepairCopy {
        var opening = Opening()
        do throws(LogError) { try opening.read(reader) } catch { throw .log(error) }
        // A step that only a later snapshot knows is one of the branch's own, too.
        if let first = found.replayable.first?.lowerBound, first <= opening.state.baseStep {
            opening.state = .unknown(before: first)
        }
        let header = reader.segments.first { !$0.headerIsDamaged }?.header
        let time = header?.created ?? place.store.storage.currentTime
        let writer = try BranchWriter.create(
            place,
            meta: opening.meta ?? Meta(name: name),
            continuing: BranchPoint(branch: reader.branch, step: opening.state.baseStep),
            opening: opening.state,
            time: time,
            as: id
        )
        return RepairCopy(reader, writer, opening.meta?.actions ?? ActionNames(), time: time)
    }

    /// Copies every record.
    mutating func run() throws(TrackingError) {
        var failure: TrackingError?
        for segment in reader.segments {
            do throws(LogError) {
                _ = try reader.scan(segment: segment.header.segment) { record in
                    do throws(TrackingError) {
                        try take(record)
                        return .proceed
                    } catch {
                        failure = error
                        return .stop
                    }
                }
            } catch {
                throw .log(error)
            }
            if let failure { throw failure }
        }
    }

    /// Says what was wrong, and makes the copy durable.
    consuming func close(_ found: BranchVerification) throws(TrackingError) {
        if let end = awaiting.take() { try self.end(end, isKnown: false) }
        if let end = doubtful.take() { try self.end(end, isKnown: false) }
        if missing > 0 || (isBroken && !isSaid) { try noteGap(known: nil) }
        for finding in found.findings {
            let recovered = Recovered(
                verdict: finding.kind == .tornTail ? .tornTail : .damaged,
                segment: finding.segment,
                offset: finding.bytes.lowerBound,
                bytes: UInt64(finding.bytes.count),
                firstLostSequence: 0
            )
            try copy(.recovered, time: lastTime, recovered.encoded().rawSpan)
        }
        try writer.close()
    }
}

extension RepairCopy {
    private mutating func take(_ record: borrowing RecordView) throws(TrackingError) {
        if let expected, !record.follows(expected: expected) {
            missing += record.sequence > expected ? record.sequence - expected : 0
            if record.missing.mayHoldSteps { (isBroken, isSaid) = (true, false) }
        }
        expected = record.sequence + 1
        if !record.isSnapshot, let end = awaiting.take() { try self.end(end, isKnown: false) }
        if !record.mayPrecedeSnapshot, let end = doubtful.take() {
            try self.end(end, isKnown: false)
        }
        lastTime = record.time
        switch record.type {
        case .meta: try takeMeta(record)
        case .stepBegin:
            _ = state.take(record)
            try sayLoss()
            guard let begin = StepBegin(record, actions) else { return missing += 1 }
            do throws(LogError) { try writer.begin(begin) } catch { throw .log(error) }
        case .stepEnd: try takeEnd(record)
        case .snapshot, .snapshotPart: try takeSnapshot(record)
        case .gap:
            (isBroken, isSaid) = (true, false)
            _ = state.take(record)
        case .syncMark, .index, .seal, .recovered: _ = state.take(record)
        default:
            _ = state.take(record)
            try copy(record.type, time: record.time, record.payload)
        }
    }

    private mutating func takeMeta(_ record: borrowing RecordView) throws(TrackingError) {
        _ = state.take(record)
        guard let meta = Meta(record) else { return missing += 1 }
        actions = meta.actions
        do throws(LogError) { try writer.replaceMeta(meta, time: record.time) } catch {
            throw .log(error)
        }
    }

    private mutating func takeEnd(_ record: borrowing RecordView) throws(TrackingError) {
        try sayLoss()
        let outcome = state.take(record)
        guard let end = StepEnd(record, actions) else {
            missing += 1
            (isBroken, isSaid) = (true, false)
            return
        }
        switch outcome {
        case .none: awaiting = end
        case .ended: try self.end(end, isKnown: true)
        case .unreadable: doubtful = end
        }
    }

    private mutating func takeSnapshot(_ record: borrowing RecordView) throws(TrackingError) {
        let outcome = state.take(record)
        switch outcome {
        case .ended, .unreadable:
            guard let end = awaiting.take() else { return }
            try self.end(end, isKnown: outcome == .ended(end.step))
        case .none:
            if let end = doubtful, state.cursor?.step == end.step, state.cursor?.document != nil {
                doubtful = nil
                return try self.end(end, isKnown: true)
            }
            guard isBroken, let known = state.cursor, known.document != nil else { return }
            try noteGap(known: known)
        }
    }

    /// What a step saw is not what the last one that is left has left, where others are lost.
    private mutating func sayLoss() throws(TrackingError) {
        if !isBroken || isSaid { return }
        try noteGap(known: nil)
        (isBroken, isSaid) = (true, true)
    }

    /// Writes a step that ended, with its state where that is known.
    private mutating func end(_ end: StepEnd, isKnown: Bool) throws(TrackingError) {
        var end = end
        end.stateLength = nil
        if !isKnown, !isBroken { (isBroken, isSaid) = (true, false) }
        guard isKnown, let cursor = state.cursor, cursor.isRecorded, let text = cursor.text() else {
            return try writer.end(end, state: nil)
        }
        try sayLoss()
        isBroken = false
        try writer.end(end, state: text.rawSpan)
    }

    private mutating func noteGap(known: StateCursor?) throws(TrackingError) {
        let reason = "damaged, left out by burr repair"
        if let known {
            try writer.gap(
                missing: missing,
                reason: reason,
                state: known.text(),
                after: known.step,
                time: lastTime
            )
        } else {
            // What the steps before it left is not what the next one saw.
            writer.forgetState()
            do throws(LogError) {
                try writer.gap(count: missing, reason: reason, time: lastTime)
            } catch {
                throw .log(error)
            }
        }
        missing = 0
        (isBroken, isSaid) = (false, false)
    }

    private mutating func copy(
        _ type: RecordType,
        time: Int64,
        _ payload: RawSpan
    ) throws(TrackingError) {
        do throws(LogError) {
            try writer.copy(type, time: time, payload: payload)
        } catch {
            throw .log(error)
        }
    }
}

/// What a branch opens with: its META and the state before its first step.
private struct Opening {
    var meta: Meta?
    var state = OpeningState.unknown(before: 0)
    private var snapshot: SnapshotAssembly?
    private var isDone = false
    private var isState = false

    /// Reads up to the first snapshot, or the first step where that is lost; META wherever it is.
    mutating func read(_ reader: LogReader) throws(LogError) {
        if let first = reader.segments.first, !first.headerIsDamaged {
            state = .unknown(before: first.header.baseStep + 1)
            isState = true
        }
        for segment in reader.segments {
            var opening = self
            _ = try reader.scan(segment: segment.header.segment) { record in
                opening.take(record)
                return opening.isDone && opening.meta != nil ? .stop : .proceed
            }
            self = opening
            if isDone, meta != nil { return }
        }
    }

    private mutating func take(_ record: borrowing RecordView) {
        switch record.type {
        case .meta: meta = meta ?? Meta(record)
        case .snapshot where !isDone: snapshot = try? SnapshotAssembly(record.payload)
        case .snapshotPart where !isDone: snapshot?.add(record.payload)
        case .stepBegin, .stepEnd:
            // The branch opens with a snapshot: it is lost.
            if let step = record.step, !isDone, !isState { state = .unknown(before: step) }
            isDone = true
            return
        default: return
        }
        guard !isDone, let whole = snapshot, whole.isComplete else { return }
        isDone = true
        // A later snapshot is not what the branch opened with.
        if isState, whole.head.step != state.baseStep { return }
        guard let text = try? whole.text() else {
            state = .unknown(before: whole.head.step + 1)
            return
        }
        state = .text(text, before: whole.head.step + 1)
    }
}
