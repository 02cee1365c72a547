// SPDX-License-Identifier: Apache-2.0
// The tracker: records the events of one application as they happen.

package import EventLog
internal import Synchronization

/// Records one application, from any thread.
///
/// Nothing here waits for another writer that is at work, and unless failures are to be raised
/// nothing throws: what cannot be written is counted, warned of once and marked in the log later.
/// Events are in the kernel when a call returns, but for buffered logs.
///
/// A tracker may be used in the child of a fork: the child writes a branch of its own.
package final class Tracker: Sendable {
    package let application: TrackedApplication
    package let options: TrackerOptions
    /// Whether a step's end is durable when its call returns.
    private let waitsForEnds: Bool
    // Safety: changed only in the child of a fork, while it has one thread.
    private nonisolated(unsafe) var cell: TrackerCell

    /// Opens the application and describes it in its log.
    ///
    /// - Parameters:
    ///   - application: what is recorded.
    ///   - start: where it stands.
    ///   - options: how to write.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    /// - Complexity: reads the end of the newest branch, where there is one.
    package init(
        _ application: TrackedApplication,
        start: TrackerStart,
        options: TrackerOptions
    ) throws(TrackingError) {
        self.application = application
        self.options = options
        waitsForEnds = options.log.durability == .everyStep
        let core = TrackerCore(application, start: start, options: options)
        unsafe cell = TrackerCell(core, beside: options.peers)
        options.peers.add(self)
        try open(time: start.time ?? self.time)
    }

    deinit {
        options.peers.remove(self)
        try? unsafe cell.close()
    }

    /// Now, as events are timed: whole microseconds, in nanoseconds since 1970 UTC.
    package static var now: Int64 {
        let time = FileSystem().currentTime
        return time - time % 1_000
    }

    /// Now on the clock of the store, timed like `now`.
    var time: Int64 {
        let time = application.store.storage.currentTime
        return time - time % 1_000
    }

    private func open(time: Int64) throws(TrackingError) {
        try attempt { (core) throws(TrackingError) in
            try core.record(time: time) { (_) throws(TrackingError) in }
            try core.releaseLock()
        }
        if let parent = application.parent { try link(parent, as: .fork) }
        if let parent = application.spawningParent { try link(parent, as: .spawnStart) }
    }

    // MARK: Events

    /// Records that a step began.
    ///
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    package func begin(_ event: StepBegin) throws(TrackingError) {
        var event: StepBegin? = event
        try begin(&event)
    }

    /// Records that a step ended.
    ///
    /// With `Durability.everyStep` the step is durable when this returns.
    ///
    /// - Parameters:
    ///   - event: the step.
    ///   - state: the state after it, compact JSON; `nil` where there is none to be had. A text
    ///     that is no JSON is left out, and counts as a failure.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    package func end(_ event: consuming StepEnd, state: RawSpan?) throws(TrackingError) {
        try end(event.step, event.time.nanoseconds) { (writer) throws(TrackingError) in
            do throws(TrackingError) {
                try writer.end(&event, state: state)
            } catch .state(let error) {
                try writer.end(&event, state: nil)
                throw .state(error)
            }
        }
    }

    /// Records that a step ended, with what it changed since the last one that ended; what follows
    /// is not known yet.
    ///
    /// - Parameters: as `end(_:changes:state:followedBy:)`.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    /// - Complexity: O(what changed).
    package func end(
        _ event: inout StepEnd,
        changes: (inout EditWriter) -> Int?,
        state: () -> [UInt8]
    ) throws(TrackingError) {
        var next: StepBegin?
        try end(&event, changes: changes, state: state, followedBy: &next)
    }

    /// Records that a step ended, with what it changed since the last one that ended.
    ///
    /// - Parameters:
    ///   - event: the step.
    ///   - changes: writes what changed and gives the length of the state's text then; `nil` where
    ///     edits cannot say what changed. Not called where the log does not know the last state.
    ///   - state: gives the text of the whole state, for when the changes do not tell it.
    ///   - next: the next step, where it begins before anything else of the program runs: its begin
    ///     is recorded too, and both are written together. Lent, as the event is: copies cost.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    /// - Complexity: O(what changed + the next step's inputs).
    package func end(
        _ event: inout StepEnd,
        changes: (inout EditWriter) -> Int?,
        state: () -> [UInt8],
        followedBy next: inout StepBegin?
    ) throws(TrackingError) {
        // Where a step's end is durable when its call returns, that comes before the next begin.
        if waitsForEnds || next?.step == nil {
            return try endAlone(&event, changes: changes, state: state, before: &next)
        }
        var isWritten = false
        try attempt { (core) throws(TrackingError) in
            // Not again, where it was the begin that found no descriptor.
            if !isWritten { try core.end(&event, changes: changes, state: state) }
            isWritten = true
            try core.begin(&next)
        }
        // An end that is not in the log is no reason to leave the begin out.
        if !isWritten { try begin(&next) }
    }

    @inline(never)
    private func endAlone(
        _ event: inout StepEnd,
        changes: (inout EditWriter) -> Int?,
        state: () -> [UInt8],
        before next: inout StepBegin?
    ) throws(TrackingError) {
        try end(event.step, event.time.nanoseconds) { (writer) throws(TrackingError) in
            try writer.endOrLeaveOut(&event, changes: changes, state: state)
        }
        try begin(&next)
    }

    /// Records that a step began.
    ///
    /// - Parameter event: the step; nothing is recorded without one. Lent: copies cost.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    @inline(never)
    package func begin(_ event: inout StepBegin?) throws(TrackingError) {
        try attempt { (core) throws(TrackingError) in try core.begin(&event) }
    }

    /// Records that a step ended, with what it changed since a state that was recorded.
    ///
    /// - Parameters:
    ///   - event: the step.
    ///   - state: the text of the whole state, compact JSON; not read where `changes` tell it.
    ///   - version: what this gave for the state that the changes are to; 0 for none.
    ///   - changes: writes the members that changed, which are all that changed. Not called where
    ///     the log has another state by now.
    /// - Returns: the version of the state; 0 where it is not in the log.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    /// - Complexity: O(what changed), else as `end(_:state:)`.
    package func end(
        _ event: inout StepEnd,
        state: RawSpan,
        from version: UInt64,
        changes: (inout EditWriter) -> Void
    ) throws(TrackingError) -> UInt64 {
        var reached: UInt64 = 0
        try end(event.step, event.time.nanoseconds) { (writer) throws(TrackingError) in
            do throws(TrackingError) {
                try writer.end(&event, state: state, from: version, changes: changes)
                reached = writer.version
            } catch .state(let error) {
                try writer.end(&event, state: nil)
                throw .state(error)
            }
        }
        return reached
    }

    private func end(
        _ step: Int64,
        _ time: Int64,
        _ body: (inout BranchWriter) throws(TrackingError) -> Void
    ) throws(TrackingError) {
        var sequence: UInt64?
        try attempt { (core) throws(TrackingError) in
            try core.end(step, time, body)
            sequence = core.writer?.log.appendedSequence
        }
        if waitsForEnds, let sequence {
            try wait(for: sequence, in: unsafe cell)
        }
    }

    /// Records an event that is kept as text: a span, an attribute, a part of a stream.
    ///
    /// - Parameters:
    ///   - type: one of the types from 128 on.
    ///   - step: the step it belongs to; -1 for none.
    ///   - time: nanoseconds since 1970 UTC, whole microseconds.
    ///   - text: the line as Burr writes it, compact JSON without a line feed.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    package func event(
        _ type: RecordType,
        step: Int64,
        time: Int64,
        text: RawSpan
    ) throws(TrackingError) {
        try record(time: time) { (writer) throws(TrackingError) in
            do throws(LogError) {
                try writer.event(type, step: step, time: time, text: text)
            } catch {
                throw .log(error)
            }
        }
    }

    /// An execute call begins: the lock is taken and kept until it ends.
    ///
    /// - Parameters:
    ///   - method: its name: `run`, `step`, `iterate`, ...
    ///   - time: nanoseconds since 1970 UTC, whole microseconds.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    package func runBegin(method: String, time: Int64) throws(TrackingError) {
        let line = RunLine.begin(method: method, time: time)
        try event(.runBegin, step: -1, time: time, text: line.rawSpan)
    }

    /// An execute call ended: other writers are let in.
    ///
    /// - Parameters:
    ///   - method: its name.
    ///   - exception: what it threw, for people.
    ///   - time: nanoseconds since 1970 UTC, whole microseconds.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    package func runEnd(
        method: String,
        exception: String?,
        time: Int64
    ) throws(TrackingError) {
        let line = RunLine.end(method: method, exception: exception, time: time)
        try event(.runEnd, step: -1, time: time, text: line.rawSpan)
        try letGo(inStep: false)
    }

    // MARK: What it knows

    /// The name of an action as steps are best told with: the array that is in the graph.
    package func name(ofAction action: RawSpan) -> [UInt8] {
        application.actions.array(of: action)
    }

    /// The branch being written; `nil` while none can be opened.
    package var branch: BranchID? {
        unsafe cell.reading { core in core.writer?.branch ?? core.lastBranch?.branch }
    }

    /// Whether a branch is open for writing.
    var isOpen: Bool { unsafe cell.reading { core in core.writer != nil } }

    /// How far the branch being written has got; `nil` while none can be opened.
    package var progress: TrackerProgress? {
        unsafe cell.reading { core in core.writer?.progress }
    }

    /// Events that are not in the log.
    package var failureCount: UInt64 { unsafe cell.reading { core in core.failures } }

    // MARK: Flushing and closing

    /// Makes everything recorded so far durable.
    ///
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    package func flush() throws(TrackingError) {
        try attempt { (core) throws(TrackingError) in
            do throws(LogError) { try core.writer?.log.sync() } catch { throw .log(error) }
        }
    }

    /// Lets other writers in until the next event.
    ///
    /// They wait for a moment without a record where the program calls this many times a second.
    ///
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    package func release() throws(TrackingError) {
        try letGo(inStep: true)
    }

    /// Lets other writers in, but for the moment in which the program may be back.
    ///
    /// - Parameter inStep: whether also where a step is under way.
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    private func letGo(inStep: Bool) throws(TrackingError) {
        var isNews = false
        try attempt { (core) throws(TrackingError) in
            if inStep || core.writer?.openCount == 0 { isNews = try core.letGo() }
        }
        if isNews { unsafe cell.watch() }
    }

    /// Writes everything out and gives the branch up; later events are failures.
    ///
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    package func close() throws(TrackingError) {
        options.peers.remove(self)
        do throws(TrackingError) { try unsafe cell.close() } catch {
            try failed(error, isFirst: true)
        }
    }
}

// MARK: - Failures

extension Tracker {
    private func record(
        time: Int64,
        _ body: (inout BranchWriter) throws(TrackingError) -> Void
    ) throws(TrackingError) {
        try attempt { (core) throws(TrackingError) in try core.record(time: time, body) }
    }

    /// Runs something under the lock; what it throws is a failure.
    private func attempt(
        _ body: (inout TrackerCore) throws(TrackingError) -> Void
    ) throws(TrackingError) {
        var failure = run(body, isRetried: false)
        // Another tracker's file may be closed for a while: it is opened again with its next event.
        if let found = failure, found.error.isOutOfDescriptors, !found.isCounted {
            _ = options.peers.makeRoom(beside: self)
            failure = run(body, isRetried: true)
        }
        if let failure { try failed(failure.error, isFirst: failure.isFirst) }
    }

    private typealias Failure = (error: TrackingError, isFirst: Bool, isCounted: Bool)

    private func run(
        _ body: (inout TrackerCore) throws(TrackingError) -> Void,
        isRetried: Bool
    ) -> Failure? {
        unsafe cell.withCore { core -> Failure? in
            do throws(TrackingError) {
                try body(&core)
                return nil
            } catch {
                // Without a writer nothing of the event has been written yet.
                if !isRetried, error.isOutOfDescriptors, core.writer == nil {
                    return (error, false, false)
                }
                return (error, core.miss(error), true)
            }
        }
    }

    /// Closes the branch until the next event, unless the tracker is at work just now.
    ///
    /// - Parameter isIdle: only where the lock has been given up.
    /// - Returns: whether it was closed.
    func park(ifIdle isIdle: Bool) -> Bool {
        unsafe cell.park(ifIdle: isIdle)
    }

    private func wait(for sequence: UInt64, in cell: TrackerCell) throws(TrackingError) {
        do throws(LogError) {
            try options.peers.syncer.waitDurable(cell, sequence)
        } catch .closed {
            // Closed or branched off meanwhile, which syncs.
        } catch {
            try failed(.log(error), isFirst: true)
        }
    }

    private func failed(_ error: TrackingError, isFirst: Bool) throws(TrackingError) {
        if options.onFailure == .raise { throw error }
        if isFirst {
            options.warn(
                "tracking \(application.name): \(error). The program goes on; "
                    + "the log will say what is missing"
            )
        }
    }
}

// MARK: - Forks of the process

extension Tracker {
    /// Leaves the parent's branch to it; called in the child, while it has one thread.
    func startOverAfterFork() {
        let start = TrackerStart(state: nil)
        let fresh = TrackerCore(application, start: start, options: options)
        unsafe cell = cell.successorAfterFork(fresh)
    }
}

extension TrackerCore {
    init(_ application: TrackedApplication, start: TrackerStart, options: TrackerOptions) {
        let place = BranchPlace(
            store: application.store,
            directory: application.store.directory(of: application.name),
            options: options.log,
            policy: options.snapshots,
            program: options.program
        )
        self.init(place: place, meta: application.meta, start: start)
    }
}
