// A writer that threads share: the program appends, the syncer makes durable.

internal import Synchronization

/// The shared identity of one open branch.
package final class Log: Sendable {
    /// The branch.
    package let branch: BranchID
    /// The settings it was opened with.
    package let options: LogOptions

    private let writer: Mutex<LogWriter>
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
        self.writer = Mutex(writer)
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

    var hasFailed: Bool { failed.load(ordering: .acquiring) }

    /// Records appended from now on make the log dirty again.
    func clearDirty() {
        dirty.store(false, ordering: .sequentiallyConsistent)
    }

    var isDirty: Bool { dirty.load(ordering: .acquiring) }

    /// Hands what is staged to the kernel.
    ///
    /// A failure is met again, and reported, by the next append.
    func flush() {
        writer.withLock { writer in
            try? writer.flush()
        }
    }

    /// Whether a sync can still bring `sequence`: its group is closed and the log is healthy.
    func isAwaited(_ sequence: UInt64) -> Bool {
        writer.withLock { writer in writer.isHealthy && writer.segment.unitLastSequence >= sequence
        }
    }

    /// What a sync outside the lock needs; nil when there is nothing to sync.
    func beginSync() -> SyncTicket? {
        writer.withLock { writer in try? writer.beginSync() }
    }

    /// Takes the outcome of a sync in.
    func endSync(_ ticket: SyncTicket, failed: Bool) {
        writer.withLock { writer in
            writer.endSync(ticket, failed: failed)
            publish(writer)
        }
    }

    /// Writes the mark of an idle second and makes it durable.
    func markIdle() {
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
    let segment: UInt64
    let offset: UInt64
    let sequence: UInt64

    init(file: consuming FileHandle, segment: UInt64, offset: UInt64, sequence: UInt64) {
        self.file = file
        self.segment = segment
        self.offset = offset
        self.sequence = sequence
    }
}

extension LogWriter {
    /// Whether a SYNC_MARK would say something new.
    var isMarkDue: Bool { attention.contains(.mark) && isHealthy }

    /// Captures the end before the sync: what comes later is not covered.
    package mutating func beginSync() throws(LogError) -> SyncTicket? {
        guard isHealthy else { return nil }
        try flush()
        guard segment.unitEnd > durableOffset else { return nil }
        do throws(Errno) {
            return SyncTicket(
                file: try segment.file.duplicate(),
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
        guard ticket.segment == segmentNumber, !attention.contains(.sealed) else { return }
        if failed {
            attention.insert(.poisoned)
        } else {
            noteDurable(offset: ticket.offset, sequence: ticket.sequence)
        }
    }
}
