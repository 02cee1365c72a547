// A writer that threads share: the program appends, the syncer makes durable.

internal import Synchronization

/// What the syncer keeps durable: a log that threads share.
package protocol SyncedLog: AnyObject, Sendable {
    /// What errors call it.
    var path: String { get }
    /// When its records are safe.
    var durability: Durability { get }
    /// Whether it wants `idle` after a second without a record, whatever its durability.
    var wantsIdle: Bool { get }
    /// The last sequence known to be durable.
    var durableSequence: UInt64 { get }
    /// Whether it can no longer be made durable.
    var hasFailed: Bool { get }
    /// Whether records came since `clearDirty`.
    var isDirty: Bool { get }
    /// Records appended from now on make the log dirty again.
    func clearDirty()
    /// Hands what is staged to the kernel; a failure is met again by the next append.
    func flush()
    /// Whether a sync can still bring `sequence`.
    func isAwaited(_ sequence: UInt64) -> Bool
    /// What a sync outside its lock needs; nil when there is nothing to sync.
    func beginSync() -> SyncTicket?
    /// Takes the outcome of a sync in.
    func endSync(_ ticket: SyncTicket, failed: Bool)
    /// A second has passed without a record.
    func idle()
    /// `LooseLock.rest` has passed since `Syncer.watch`; returns whether to watch on.
    func rest() -> Bool
}

extension SyncedLog {
    package func rest() -> Bool { false }
}

/// The shared identity of one open branch.
package final class Log: SyncedLog {
    /// The branch.
    package let branch: BranchID
    /// The settings it was opened with.
    package let options: LogOptions

    private let writer: Guarded<LogWriter>
    private let syncer: Syncer
    private let dirty = Atomic<Bool>(false)
    private let durable = Atomic<UInt64>(0)
    private let failed = Atomic<Bool>(false)

    /// Takes a writer over.
    ///
    /// - Parameters:
    ///   - writer: an open writer.
    ///   - syncer: who makes it durable; the process has one.
    package init(_ writer: consuming LogWriter, syncer: Syncer = .shared) {
        branch = writer.branch
        options = writer.options
        durable.store(writer.durableSequence, ordering: .relaxed)
        self.syncer = syncer
        self.writer = Guarded(writer)
    }

    /// Appends one record: see `LogWriter.append`.
    @discardableResult
    package func append(
        _ type: RecordType,
        flags: RecordFlags = [],
        time: Int64,
        payload: RawSpan
    ) throws(LogError) -> UInt64 {
        try unsafe payload.withUnsafeBytes { (bytes) throws(LogError) in
            try withWriter { (writer) throws(LogError) in
                try unsafe writer.append(type, flags: flags, time: time, payload: bytes)
            }
        }
    }

    /// Runs several operations under one lock, for example a group, a roll or both.
    ///
    /// - Important: other threads that append wait meanwhile; do no other I/O in `body`.
    package func withWriter<R>(
        _ body: (inout LogWriter) throws(LogError) -> R
    ) throws(LogError) -> R {
        defer { noteDirty() }
        return try writer.withLock { (writer) throws(LogError) in
            // The end is published after every change, for those who wait without the lock.
            defer { publish(writer) }
            return try body(&writer)
        }
    }

    private func publish(_ writer: borrowing LogWriter) {
        durable.store(writer.durableSequence, ordering: .releasing)
        if writer.isPoisoned { failed.store(true, ordering: .releasing) }
    }

    /// The syncer hears of a log once, until it has dealt with it.
    private func noteDirty() {
        if options.durability == .os || dirty.load(ordering: .relaxed) { return }
        if !dirty.exchange(true, ordering: .acquiringAndReleasing) { syncer.enlist(self) }
    }

    /// The last sequence known to be durable.
    package var durableSequence: UInt64 { durable.load(ordering: .acquiring) }

    /// Returns when everything up to `sequence` is durable; all logs that wait share syncs.
    ///
    /// - Throws: `poisoned` when the sync failed.
    package func waitDurable(_ sequence: UInt64) throws(LogError) {
        if durableSequence >= sequence { return }
        try syncer.waitDurable(self, sequence)
    }

    /// Makes everything durable now, on the calling thread.
    package func sync() throws(LogError) {
        try withWriter { (writer) throws(LogError) in try writer.sync() }
    }

    /// Closes the branch: see `LogWriter.close`.
    package func close() throws(LogError) {
        syncer.forget(self)
        try writer.withLock { (writer) throws(LogError) in
            defer { publish(writer) }
            try writer.finish()
        }
    }

    // MARK: For the syncer

    package var path: String { "\(branch)" }
    package var durability: Durability { options.durability }
    package var wantsIdle: Bool { options.durability.syncs }
    package var hasFailed: Bool { failed.load(ordering: .acquiring) }

    package func clearDirty() {
        dirty.store(false, ordering: .sequentiallyConsistent)
    }

    package var isDirty: Bool { dirty.load(ordering: .acquiring) }

    package func flush() {
        writer.withLock { writer in
            try? writer.flush()
        }
    }

    package func isAwaited(_ sequence: UInt64) -> Bool {
        writer.withLock { writer in writer.isAwaited(sequence) }
    }

    package func beginSync() -> SyncTicket? {
        writer.withLock { writer in try? writer.beginSync() }
    }

    package func endSync(_ ticket: SyncTicket, failed: Bool) {
        writer.withLock { writer in
            writer.endSync(ticket, failed: failed)
            publish(writer)
        }
    }

    /// Writes the mark of an idle second and makes it durable.
    package func idle() {
        writer.withLock { writer in
            guard writer.isMarkDue else { return }
            try? writer.writeMark(time: writer.storage.currentTime)
            try? writer.sync()
            publish(writer)
        }
    }
}

/// One sync under way: the end it covers, and a handle that outlives a roll.
package final class SyncTicket: Sendable {
    package let file: FileHandle
    package let branch: BranchID
    let segment: UInt64
    let offset: UInt64
    let sequence: UInt64

    init(
        file: consuming FileHandle,
        branch: BranchID,
        segment: UInt64,
        offset: UInt64,
        sequence: UInt64
    ) {
        self.file = file
        self.branch = branch
        self.segment = segment
        self.offset = offset
        self.sequence = sequence
    }
}

extension LogWriter {
    /// Whether a SYNC_MARK would say something new.
    var isMarkDue: Bool { attention.contains(.mark) && isHealthy }

    /// Whether a sync can still bring `sequence`: its group is closed and the log is healthy.
    package func isAwaited(_ sequence: UInt64) -> Bool {
        canSync && segment.unitLastSequence >= sequence
    }

    /// A log whose lock was given up is still synced: everything has been handed to the kernel.
    private var canSync: Bool {
        attention.isDisjoint(with: [.poisoned, .sealed, .finished])
    }

    /// Captures the end before the sync: what comes later is not covered.
    package mutating func beginSync() throws(LogError) -> SyncTicket? {
        guard canSync else { return nil }
        try flush()
        guard segment.unitEnd > durableOffset else { return nil }
        do throws(Errno) {
            return SyncTicket(
                file: try segment.file.duplicate(),
                branch: branch,
                segment: segmentNumber,
                offset: segment.unitEnd,
                sequence: segment.unitLastSequence
            )
        } catch {
            // No descriptor left: others wait for the sync rather than go without.
            try sync()
            return nil
        }
    }

    /// Takes the outcome in.
    ///
    /// A failure poisons: the kernel may have dropped the bytes and would report success next time.
    package mutating func endSync(_ ticket: SyncTicket, failed: Bool) {
        // A roll meanwhile has made the ticket's segment durable as a whole.
        guard ticket.branch == branch, ticket.segment == segmentNumber, !attention.contains(.sealed)
        else { return }
        if failed {
            attention.insert(.poisoned)
        } else {
            noteDurable(offset: ticket.offset, sequence: ticket.sequence)
        }
    }
}
