// SPDX-License-Identifier: Apache-2.0
// Writing one branch of an application: events in, records out, the state kept between steps.

package import EventLog
package import StateDelta
internal import Synchronization

/// The writer of one branch.
///
/// Holds the last state, so that a step costs what it changed. Not for use from several threads at
/// once; a tracker wraps it in a lock.
package struct BranchWriter: ~Copyable {
    package var log: LogWriter
    package private(set) var meta: Meta
    var state: KnownState
    /// Which state the last one is: another number after every step that ends, in this process.
    private(set) var version: UInt64
    package private(set) var lastBegun: Int64?
    package private(set) var lastEnded: Int64?
    var policy: SnapshotPolicy
    var rows = StepTableWriter()
    /// Whether `rows` has every row of the segment; not when an earlier writer began it.
    var rowsAreWhole: Bool
    var open = OpenSteps()
    var payload = ByteWriter(capacity: 4_096)
    var packed: [UInt8] = []
    /// The program that the session's record names.
    let program: String
    let storage: any Storage
    var hasSession = false
    /// The time of the last record.
    package internal(set) var lastTime: Int64
    var dictionary = LZ4DictionaryStream()
    var codec = CodecBuffer()

    /// A step that has begun.
    struct OpenStep {
        var action: [UInt8]
        var start: Int64
    }

    /// Goes on from what a branch holds, or from what it opened with.
    init(
        log: consuming LogWriter,
        place: BranchPlace,
        meta: Meta,
        restored: RestoredBranch,
        rowsAreWhole: Bool
    ) {
        self.meta = meta
        self.rowsAreWhole = rowsAreWhole
        state = KnownState(restored)
        lastBegun = restored.lastBegun
        lastEnded = restored.lastEnded
        open = OpenSteps(restored.open)
        policy = place.policy
        program = place.program
        storage = place.store.storage
        lastTime = place.store.storage.currentTime
        version = firstVersion.add(1 << 32, ordering: .relaxed).newValue
        policy.taken(stored: restored.snapshotStored, at: restored.snapshotEnd)
        dictionary.load(restored.cursor.dictionary.rawSpan)
        self.log = log
    }

    /// The branch written.
    package var branch: BranchID { log.branch }
}

// MARK: - Events

extension BranchWriter {
    /// Records that a step began.
    ///
    /// - Throws: `LogError` when it could not be written; the log is then as it was.
    /// - Complexity: O(inputs); one `write()` unless the log is buffered.
    package mutating func begin(_ event: StepBegin) throws(LogError) {
        var event = event
        try begin(&event)
    }

    /// The same for an event that need not be copied.
    mutating func begin(_ event: inout StepBegin) throws(LogError) {
        payload.removeAll()
        event.encode(actions: meta.actions, to: &payload)
        try append(.stepBegin, time: event.time.nanoseconds)
        lastBegun = event.step
        // An end that stood before its begin has closed it already.
        if event.step == lastEnded { return }
        open.begin(event.step, OpenStep(action: event.action, start: event.time.microseconds))
    }

    /// Records that a step ended, with the state after it.
    ///
    /// Takes a snapshot, or rolls to the next segment, when one is due.
    ///
    /// - Parameters:
    ///   - event: the step; its duration and state length are filled in here.
    ///   - state: the state's text, compact JSON not validated yet; `nil` where there is none.
    /// - Throws: `TrackingError.state` when the text is not compact JSON: nothing is written then.
    /// - Complexity: O(what changed), plus comparing the texts.
    package mutating func end(_ event: StepEnd, state: RawSpan?) throws(TrackingError) {
        var event = event
        try end(&event, state: state)
    }

    /// The same for an event that need not be copied.
    mutating func end(_ event: inout StepEnd, state text: RawSpan?) throws(TrackingError) {
        event.stateLength = nil
        let namesBefore = state.edits.names.count
        var changed: [[UInt8]] = []
        if let text {
            changed = try state.move(to: text)
            event.stateLength = UInt64(text.byteCount)
        }
        let start = try record(&event, names: namesBefore)
        rows.add(&event, start: start, changed: changed)
        if isSnapshotDue { try takeSnapshot(event.step, time: event.time.nanoseconds) }
    }

    /// Records that a step ended, with what it changed since the last one that ended.
    ///
    /// - Parameters:
    ///   - event: the step; its duration and state length are filled in here.
    ///   - changes: writes what changed and gives the length of the state's text then; `nil` where
    ///     edits cannot say what changed. Not called where the last state is not known, or no
    ///     object.
    ///   - state: gives the state's text, for when the changes do not tell it.
    /// - Throws: as `end(_:state:)`.
    /// - Complexity: O(what changed).
    package mutating func end(
        _ event: inout StepEnd,
        changes: (inout EditWriter) -> Int?,
        state: () -> [UInt8]
    ) throws(TrackingError) {
        let namesBefore = self.state.edits.names.count
        guard self.state.takesEdits, self.state.move(by: changes) else {
            return try end(&event, state: state().rawSpan)
        }
        event.stateLength = UInt64(self.state.length)
        let start = try record(&event, names: namesBefore)
        rows.add(&event, start: start, changed: &self.state.edits)
        let isDue = isSnapshotDue
        if isDue || self.state.isFarBehind { self.state.renew(from: state()) }
        if isDue { try takeSnapshot(event.step, time: event.time.nanoseconds) }
    }

    /// The same; where the state's text is no state, the step is recorded without one.
    mutating func endOrLeaveOut(
        _ event: inout StepEnd,
        changes: (inout EditWriter) -> Int?,
        state: () -> [UInt8]
    ) throws(TrackingError) {
        do throws(TrackingError) {
            try end(&event, changes: changes, state: state)
        } catch .state(let error) {
            try end(&event, state: nil)
            throw .state(error)
        }
    }

    /// The same, in memory until the next record takes it along.
    mutating func endHeldBack(
        _ event: inout StepEnd,
        changes: (inout EditWriter) -> Int?,
        state: () -> [UInt8]
    ) throws(TrackingError) {
        log.holdsBack = true
        defer { log.holdsBack = false }
        try endOrLeaveOut(&event, changes: changes, state: state)
    }

    /// Records that a step ended, with what it changed since the state of a version.
    ///
    /// - Parameters:
    ///   - event: the step; its duration and state length are filled in here.
    ///   - state: the state's text, compact JSON.
    ///   - version: which state the changes are to.
    ///   - changes: writes them. Not called where that is not the last state.
    /// - Throws: as `end(_:state:)`.
    /// - Complexity: O(what changed), else as `end(_:state:)`.
    mutating func end(
        _ event: inout StepEnd,
        state: RawSpan,
        from version: UInt64,
        changes: (inout EditWriter) -> Void
    ) throws(TrackingError) {
        guard version == self.version else { return try end(&event, state: state) }
        try end(
            &event,
            changes: { edits in
                changes(&edits)
                return state.byteCount
            },
            state: { state.array }
        )
    }

    /// Appends the end of a step, whose delta is written.
    ///
    /// - Returns: when the step began, in microseconds since 1970 UTC.
    private mutating func record(
        _ event: inout StepEnd,
        names namesBefore: Int
    ) throws(TrackingError) -> Int64? {
        let start = open.start(of: event.step)
        if event.duration == nil, let start {
            event.duration = UInt64(clamping: event.time.microseconds - start)
        }
        payload.removeAll()
        event.encode(actions: meta.actions, to: &payload)
        do {
            try appendEnd(&event)
        } catch {
            // The document is ahead of the log now: the next step sets all of it.
            if event.stateLength != nil { state.forget(names: namesBefore) }
            throw .log(error)
        }
        open.end(event.step)
        version &+= 1
        lastEnded = event.step
        state.isCurrent = event.stateLength != nil
        return start
    }

    private var isSnapshotDue: Bool {
        state.isCurrent && policy.isDue(at: log.bytesAppended, length: state.length)
    }

    /// Steps have ended that could not be recorded: they are not open any more.
    package mutating func skipEnds(of steps: ClosedRange<Int64>) {
        open.end(steps)
    }

    /// The state that the program is in is not the one after the last step that ended here.
    package mutating func forgetState() {
        state.forget(names: state.edits.names.count)
    }

    /// Records that events are missing here, with the state as far as it is known.
    ///
    /// - Parameters:
    ///   - count: how many; 0 when unknown.
    ///   - reason: why, for people.
    ///   - time: nanoseconds since 1970 UTC.
    /// - Throws: `LogError` when it could not be written.
    package mutating func gap(
        count: UInt64,
        reason: String,
        time: Int64
    ) throws(LogError) {
        let known = knownState()
        let snapshot =
            if let known {
                try Snapshot(head, known, state.edits.names, time: time)
            } else {
                try Snapshot(unknownAt: head, time: time)
            }
        payload.removeAll()
        payload.varint(count)
        payload.string(reason)
        try append(.gap, time: time, flags: .groupContinues)
        try append(snapshot)
        if known == nil { state.forgetAll() }
    }

    /// The last step that ended; before the first one the step it continues.
    package var head: Int64 { lastEnded ?? log.lastStep }

    /// The state after `head`; `nil` where it is not known.
    ///
    /// - Complexity: O(what was told by edits since the last snapshot).
    package mutating func knownState() -> StateDocument? {
        let known = state.read()
        return state.isCurrent ? known : nil
    }

    /// Steps that have begun and not ended.
    package var openCount: Int { open.count }

    /// Records an event that is kept as text: a span, an attribute, a child, an annotation.
    ///
    /// - Throws: `LogError` when it could not be written.
    package mutating func event(
        _ type: RecordType,
        step: Int64,
        time: Int64,
        text: RawSpan
    ) throws(LogError) {
        payload.removeAll()
        payload.zigzag(step)
        payload.raw(text)
        try append(type, time: time)
    }

    /// Records how far a file of Burr's has been read.
    ///
    /// - Throws: `LogError` when it could not be written.
    package mutating func mark(_ mark: ImportMark, time: Int64) throws(LogError) {
        payload.removeAll()
        mark.encode(to: &payload)
        try append(.importMark, time: time)
    }

    /// Replaces what the log says of its application: a graph that changed, a parent found later.
    ///
    /// - Throws: `LogError` when it could not be written.
    package mutating func replaceMeta(_ meta: Meta, time: Int64) throws(LogError) {
        guard meta != self.meta else { return }
        payload.removeAll()
        meta.encode(to: &payload)
        try append(.meta, time: time)
        self.meta = meta
    }

    /// Records that events are missing here, with the state as it is from now on.
    ///
    /// - Parameters:
    ///   - count: how many, 0 when that is not known.
    ///   - reason: why, in words.
    ///   - text: the state's text; `nil` for the one that is already known.
    ///   - step: the step whose state it is; `nil` for the last one that ended.
    ///   - time: nanoseconds since 1970 UTC.
    /// - Throws: `TrackingError`: nothing is written then.
    /// - Complexity: O(state).
    package mutating func gap(
        missing count: UInt64,
        reason: String,
        state text: [UInt8]?,
        after step: Int64?,
        time: Int64
    ) throws(TrackingError) {
        if let text { try state.replace(by: text) }
        let step = step ?? lastEnded ?? log.segmentHeader.baseStep
        do throws(LogError) {
            let snapshot =
                if let known = state.read() {
                    try Snapshot(step, known, state.edits.names, time: time)
                } else {
                    try Snapshot(unknownAt: step, time: time)
                }
            payload.removeAll()
            payload.varint(count)
            payload.string(Array(reason.utf8))
            try append(.gap, time: time, flags: .groupContinues)
            try append(snapshot)
        } catch {
            throw .log(error)
        }
        lastEnded = max(step, lastEnded ?? step)
    }

    /// Records the payload of another log's record as it is.
    ///
    /// - Throws: `LogError` when it could not be written.
    package mutating func copy(
        _ type: RecordType,
        time: Int64,
        payload bytes: RawSpan
    ) throws(LogError) {
        payload.removeAll()
        payload.raw(bytes)
        try append(type, time: time)
    }

    /// Writes everything out, with a last snapshot when that is worth it, and gives up the lock.
    ///
    /// - Throws: `LogError` when something could not be written.
    package consuming func close() throws(TrackingError) {
        if state.isCurrent, let lastEnded, !log.isRollDue,
            policy.isWorthAtClose(at: log.bytesAppended, length: state.length)
        {
            try takeSnapshot(lastEnded, time: lastTime)
        }
        do throws(LogError) { try log.close() } catch { throw .log(error) }
    }
}

/// The versions that the next writer's states begin with: those of two writers are never the same.
private let firstVersion = Atomic<UInt64>(0)
