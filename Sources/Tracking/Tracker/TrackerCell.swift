// SPDX-License-Identifier: Apache-2.0
// A tracker's state behind its lock, as the syncer sees it.

internal import EventLog
internal import StateDelta
internal import Synchronization

/// The lock of a tracker and what it guards.
final class TrackerCell: SyncedLog {
    let path: String
    let durability: Durability
    private let peers: OpenTrackers
    private let core: Guarded<TrackerCore>
    private let dirty = Atomic<Bool>(false)
    private let durable = Atomic<UInt64>(0)
    private let failed = Atomic<Bool>(false)
    private let head = Atomic<Int64>(-1)

    init(_ core: consuming TrackerCore, beside peers: OpenTrackers) {
        self.peers = peers
        path = core.place.directory
        durability = core.place.options.durability
        self.core = Guarded(core)
    }

    /// Runs something under the lock.
    func withCore<Result>(_ body: (inout TrackerCore) -> Result) -> Result {
        defer { noteDirty() }
        return core.withLock { core in
            defer { publish(&core) }
            return body(&core)
        }
    }

    private func publish(_ core: inout TrackerCore) {
        durable.store(core.writer?.log.durableSequence ?? 0, ordering: .releasing)
        failed.store(core.writer?.log.isPoisoned ?? false, ordering: .releasing)
        if let step = core.writer?.head { head.store(step, ordering: .relaxed) }
    }

    /// Reads something under the lock.
    func reading<Result>(_ body: (inout TrackerCore) -> Result) -> Result {
        core.withLock { core in body(&core) }
    }

    /// The syncer hears of the log once, until it has dealt with it.
    private func noteDirty() {
        if dirty.load(ordering: .relaxed) { return }
        if !dirty.exchange(true, ordering: .acquiringAndReleasing) { peers.syncer.enlist(self) }
    }

    /// Writes everything out and gives the branch up.
    func close() throws(TrackingError) {
        peers.syncer.forget(self)
        try core.withLock { (core) throws(TrackingError) in
            core.isClosed = true
            guard let writer = core.writer.take() else { return }
            let point = BranchPoint(branch: writer.branch, step: writer.head)
            do throws(TrackingError) {
                try close(writer)
            } catch .log(.poisoned(let path)) {
                // A sync had failed: opening the branch writes what no mark covers once more.
                let again = try BranchWriter.open(core.place, branch: point.branch, meta: core.meta)
                guard again.head == point.step else { throw .log(.poisoned(path: path)) }
                try again.close()
            }
        }
    }

    private func close(_ writer: consuming BranchWriter) throws(TrackingError) {
        if writer.log.isPoisoned { throw .log(.poisoned(path: writer.log.path)) }
        if writer.log.isUnlocked, (try? writer.log.retakeLock()) != .unchanged {
            // Another writer has gone on: what this one wrote is only made durable.
            if durability.isSynced { try? writer.log.sync() }
            return
        }
        try writer.close()
    }

    /// Closes the branch until the next event, unless a thread is at work on it.
    ///
    /// - Parameter isIdle: only where the lock has been given up.
    /// - Returns: whether it was closed.
    func park(ifIdle isIdle: Bool) -> Bool {
        let isParked = core.withLockIfAvailable { core in
            defer { publish(&core) }
            return core.park(ifIdle: isIdle)
        }
        return isParked ?? false
    }

    // MARK: For the syncer

    var wantsIdle: Bool { true }
    var durableSequence: UInt64 { durable.load(ordering: .acquiring) }
    var hasFailed: Bool { failed.load(ordering: .acquiring) }
    var isDirty: Bool { dirty.load(ordering: .acquiring) }

    func clearDirty() {
        dirty.store(false, ordering: .sequentiallyConsistent)
    }

    func flush() {
        core.withLock { core in try? core.writer?.log.flush() }
    }

    func isAwaited(_ sequence: UInt64) -> Bool {
        core.withLock { core in core.writer?.log.isAwaited(sequence) ?? false }
    }

    func beginSync() -> SyncTicket? {
        core.withLock { core in (try? core.writer?.log.beginSync()) ?? nil }
    }

    func endSync(_ ticket: SyncTicket, failed: Bool) {
        core.withLock { core in
            core.writer?.log.endSync(ticket, failed: failed)
            publish(&core)
        }
    }

    func rest() -> Bool {
        core.withLock { core in
            defer { publish(&core) }
            return core.rest()
        }
    }

    /// The lock is held loosely: somebody must give it up when the program does not come back.
    func watch() { peers.syncer.watch(self) }

    func idle() {
        core.withLock { core in
            core.idle()
            publish(&core)
        }
    }

    // MARK: Forks of the process

    /// The cell that the child of a fork goes on with: a branch of its own behind the last step.
    ///
    /// - Parameter fresh: a core of the same application that has opened nothing.
    /// - Returns: the cell.
    /// - Important: only in the child, while it has one thread.
    func successorAfterFork(_ fresh: consuming TrackerCore) -> TrackerCell {
        // A thread that is not in the child may hold the lock: what it left half done stays as it
        // is, and the child knows the last step only.
        if let core = core.withLockIfAvailable({ core in core.forked() }) {
            return TrackerCell(core, beside: peers)
        }
        _ = unsafe Unmanaged.passRetained(self)
        fresh.start = TrackerStart(state: nil, continuing: head.load(ordering: .relaxed))
        return TrackerCell(fresh, beside: peers)
    }
}
