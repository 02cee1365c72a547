// SPDX-License-Identifier: Apache-2.0
// What a tracker holds under its lock: the branch it writes and what it could not write.

internal import EventLog
internal import StateDelta

/// The state of a tracker.
///
/// Every record goes through `record`, which first brings the branch into a state to write to:
/// opened, its lock taken, and what is missing said.
struct TrackerCore: ~Copyable {
    let place: BranchPlace
    var meta: Meta
    /// What the first branch opens with.
    var start: TrackerStart
    /// The state before `start`'s next step, where a branch was left in memory.
    var inherited: StateDocument?
    /// The branch being written; `nil` before it is opened, and where it must be opened again.
    var writer: BranchWriter?
    /// The branch that was written last.
    var lastBranch: BranchPoint?
    /// Whether the next branch is a new one, whatever stands in the folder.
    var mustBranchOff = false
    /// Events that could not be written since the last one that was.
    var missing: UInt64 = 0
    /// Events that could not be written, since the tracker was opened.
    var failures: UInt64 = 0
    /// Whether the program is in another state than the last one in the log: its next step is not
    /// told by what it changed.
    var isAhead = false
    /// The steps whose ends could not be written since the last one that was.
    private var missedEnds: ClosedRange<Int64>?
    private var isFailing = false
    private var hasBadState = false
    private var reason = ""
    /// Before this time of the monotonic clock a branch is not opened again.
    private var openAgainAt: Int64 = .min
    var isClosed = false
    /// When the lock was let go of, and whether that is only half done.
    var restingLock = RestingLock()

    private var now: Int64 { place.store.storage.monotonicTime }

    /// How long a branch that could not be opened is left alone, in nanoseconds.
    private static let pause: Int64 = 100_000_000

    init(place: BranchPlace, meta: Meta, start: TrackerStart) {
        self.place = place
        self.meta = meta
        self.start = start
    }

    /// Writes one event.
    ///
    /// - Parameters:
    ///   - time: of the event, in nanoseconds since 1970 UTC.
    ///   - body: appends it.
    /// - Throws: why it is not in the log.
    mutating func record(
        time: Int64,
        _ body: (inout BranchWriter) throws(TrackingError) -> Void
    ) throws(TrackingError) {
        do throws(TrackingError) {
            try prepare(time: time)
            // In place: a writer is too large to be moved out and back for each event. `prepare`
            // leaves one.
            // swift-format-ignore: NeverForceUnwrap
            try body(&writer!)
        } catch {
            note(error)
            throw error
        }
        isFailing = false
    }

    /// Writes that a step began; the event is lent.
    mutating func begin(_ event: inout StepBegin?) throws(TrackingError) {
        guard let time = event?.time.nanoseconds else { return }
        try record(time: time) { (writer) throws(TrackingError) in
            // There is one: its time was read just now.
            // swift-format-ignore: NeverForceUnwrap
            do throws(LogError) { try writer.begin(&event!) } catch { throw .log(error) }
        }
    }

    /// Writes that a step ended, in memory until the begin of the next one follows.
    mutating func end(
        _ event: inout StepEnd,
        changes: (inout EditWriter) -> Int?,
        state: () -> [UInt8]
    ) throws(TrackingError) {
        try end(event.step, event.time.nanoseconds) { (writer) throws(TrackingError) in
            try writer.endHeldBack(&event, changes: changes, state: state)
        }
    }

    /// Opens, locks and mends the branch where that is needed; there is a writer then.
    @inline(__always)
    private mutating func prepare(time: Int64) throws(TrackingError) {
        if writer?.log.isHealthy == true, missing == 0 { return }
        try prepareSlowly(time: time)
        if writer == nil { throw .log(.closed(path: place.directory)) }
    }

    @inline(never)
    private mutating func prepareSlowly(time: Int64) throws(TrackingError) {
        if isClosed { throw .log(.closed(path: place.directory)) }
        if writer?.log.isPoisoned == true { leave() }
        if writer?.log.isUnlocked == true { try retakeLock(time: time) }
        // A segment was sealed and its successor could not be made, or opening failed before.
        if writer?.log.isHealthy == false { leave() }
        if writer == nil {
            guard now >= openAgainAt else { throw .log(.closed(path: place.directory)) }
            do throws(TrackingError) {
                try open(time: time)
            } catch {
                if !error.isOutOfDescriptors { openAgainAt = now + Self.pause }
                throw error
            }
        }
        if isAhead { catchUp() }
        guard missing > 0 else { return }
        do throws(LogError) {
            try writer?.gap(count: missing, reason: reason, time: time)
        } catch {
            throw .log(error)
        }
        missing = 0
    }

    /// Gives the writer up; the branch is opened again with the next event.
    mutating func leave() {
        guard let left = writer.take() else { return }
        let head = left.head
        var step = head
        // What is in memory only is lost. Another writer may end steps of the same numbers, but not
        // before this one has let go. Where the header is damaged no step may be told.
        if left.log.visibleEnd < left.log.dataEnd, let last = try? lastStep(of: left.branch),
            last > .min
        {
            step = min(step, last)
        }
        lastBranch = BranchPoint(branch: left.branch, step: step)
        if step < head { noteLost(head - step) }
        _ = consume left
    }

    /// Gives the writer's descriptor back; what it has written is made durable first, where the
    /// mode syncs: a failure to do so later would have nobody to be told to.
    ///
    /// - Parameter isIdle: only where the lock has been given up.
    /// - Returns: whether there was a writer to give up.
    mutating func park(ifIdle isIdle: Bool) -> Bool {
        guard let log = writer?.log.isUnlocked, log || !isIdle else { return false }
        if place.options.durability.isSynced { try? writer?.log.sync() }
        // What cannot be handed over stays in memory, and with it the writer.
        if (try? releaseLock()) == nil { return false }
        leave()
        return true
    }

    private mutating func note(_ error: TrackingError) {
        if case .log(let error) = error, !isFailing { reason = "\(error)" }
    }

    /// Counts an event that is not in the log, or not all of it.
    ///
    /// - Returns: whether it is the first one in a row, or the first state that is no JSON.
    mutating func miss(_ error: TrackingError) -> Bool {
        failures += 1
        if case .state = error {
            defer { hasBadState = true }
            return !hasBadState
        }
        missing += 1
        defer { isFailing = true }
        return !isFailing
    }

    /// Writes that a step ended.
    ///
    /// - Parameters:
    ///   - step: which.
    ///   - time: when, in nanoseconds since 1970 UTC.
    ///   - body: appends it with its state, or without one that is no state.
    /// - Throws: why it is not in the log; with `.state` the step is, without its state.
    mutating func end(
        _ step: Int64,
        _ time: Int64,
        _ body: (inout BranchWriter) throws(TrackingError) -> Void
    ) throws(TrackingError) {
        do throws(TrackingError) {
            try record(time: time, body)
            isAhead = false
            missedEnds = nil
        } catch {
            if case .log = error { passOver(step) }
            throw error
        }
    }
}

extension TrackerCore {
    /// A step has ended that is not in the log: the next one is not built on the state before it.
    private mutating func passOver(_ step: Int64) {
        isAhead = true
        let missed = missedEnds ?? step...step
        missedEnds = min(step, missed.lowerBound)...max(step, missed.upperBound)
        catchUp()
    }

    /// A writer may have been opened since, with the last state that is in the log.
    private mutating func catchUp() {
        writer?.forgetState()
        if let missedEnds { writer?.skipEnds(of: missedEnds) }
    }

    /// Steps that were in memory only are not in the branch that was opened again.
    mutating func noteLost(_ count: Int64) {
        isAhead = true
        missing += UInt64(clamping: count)
        if reason.isEmpty { reason = "what was in memory could not be written" }
    }
}

// MARK: - Forks of the process

extension TrackerCore {
    /// What the child of a fork goes on with; the parent keeps its branch.
    mutating func forked() -> TrackerCore {
        var child = TrackerCore(place: place, meta: meta, start: start)
        child.inherited = writer?.knownState() ?? inherited
        // Closed, not unlocked: the lock belongs to the parent.
        leaveToParent()
        child.lastBranch = lastBranch
        if let point = lastBranch {
            child.start = TrackerStart(state: nil, continuing: point.step)
            child.mustBranchOff = true
        }
        child.isClosed = isClosed
        return child
    }

    /// Leaves the writer to the parent, in the child of a fork: it writes what is in memory.
    private mutating func leaveToParent() {
        guard let left = writer.take() else { return }
        lastBranch = BranchPoint(branch: left.branch, step: left.head)
    }
}

extension Durability {
    /// Whether records are synced in the background or by who waits.
    var isSynced: Bool {
        switch self {
        case .interval, .everyStep: true
        case .os, .buffered: false
        }
    }
}
