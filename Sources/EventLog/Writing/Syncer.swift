// Makes logs durable behind the program's back. See design.md 7.

internal import Synchronization

/// One background thread for all logs of the process, and the group commit of those that wait.
package final class Syncer: Sendable {
    /// The syncer of the process.
    package static var shared: Syncer { unsafe current }
    // Safety: changed only in the child of a fork, while it has one thread.
    private nonisolated(unsafe) static var current = Syncer()

    /// Leaves the parent's syncer behind: its thread is not in the child, its locks may be held.
    ///
    /// - Important: only for the child of a fork, before it starts a thread.
    package static func startOver() {
        // Left as it is: what it holds may be half changed.
        _ = unsafe Unmanaged.passRetained(current)
        unsafe current = Syncer()
    }

    /// After this long without a record, a log gets its SYNC_MARK.
    private let idle: Int64
    /// The clock that delays are measured on, in nanoseconds.
    private let clock: @Sendable () -> Int64
    private let condition = Condition()
    // Safety: read and changed only while `condition` is locked.
    private nonisolated(unsafe) var entries: [ObjectIdentifier: Entry] = [:]
    private nonisolated(unsafe) var isRunning = false
    // Safety: as `entries`. Whether the thread is at something without holding `condition`.
    private nonisolated(unsafe) var isAtWork = false
    // Safety: as `entries`.
    private nonisolated(unsafe) var lastNumber: UInt64 = 0
    private nonisolated(unsafe) var wakeAt = Int64.max
    private let rounds = Condition()
    // Safety: read and changed only while `rounds` is locked.
    private nonisolated(unsafe) var waiting: [ObjectIdentifier: any SyncedLog] = [:]
    private nonisolated(unsafe) var roundIsOn = false

    /// A log that wants something, and when.
    private struct Entry {
        let log: any SyncedLog
        /// The order in which logs came.
        let number: UInt64
        var syncAt: Int64?
        var markAt: Int64?
        var restAt: Int64?

        var next: Int64 { min(syncAt ?? .max, markAt ?? .max, restAt ?? .max) }
    }

    /// What is due.
    private struct Due {
        var syncs: [any SyncedLog] = []
        var marks: [any SyncedLog] = []
        var rests: [any SyncedLog] = []

        var isEmpty: Bool { syncs.isEmpty && marks.isEmpty && rests.isEmpty }
    }

    /// Makes a syncer; its thread starts with the first record.
    package init(idle: Duration = .seconds(1)) {
        self.idle = idle.nanoseconds
        clock = { Syscalls.monotonicClock() }
    }

    /// Makes a syncer without a thread: `step` does what is due on this clock.
    package init(idle: Duration = .seconds(1), clock: @escaping @Sendable () -> Int64) {
        self.idle = idle.nanoseconds
        self.clock = clock
        unsafe isRunning = true
    }

    // MARK: In the background

    /// A log has become dirty.
    package func enlist(_ log: any SyncedLog) {
        let delay: Duration
        switch log.durability {
        case .buffered(let maxDelay): delay = maxDelay
        case .interval(let interval): delay = interval
        // The caller waits for its syncs; what remains is a mark when it stops.
        case .everyStep: delay = .milliseconds(250)
        case .os:
            guard log.wantsIdle else { return }
            delay = .milliseconds(250)
        }
        let due = clock() + delay.nanoseconds
        note(log, due: due) { entry in
            entry.syncAt = due
            entry.markAt = nil
        }
    }

    /// A log holds its lock loosely: it is asked to `rest` until it needs that no more.
    package func watch(_ log: any SyncedLog) {
        let due = clock() + LooseLock.rest
        note(log, due: due) { entry in entry.restAt = due }
    }

    private func note(_ log: any SyncedLog, due: Int64, _ change: (inout Entry) -> Void) {
        condition.lock()
        defer { condition.unlock() }
        let id = ObjectIdentifier(log)
        unsafe lastNumber += 1
        var entry = unsafe entries[id] ?? Entry(log: log, number: lastNumber)
        change(&entry)
        unsafe entries[id] = entry
        if unsafe !isRunning {
            unsafe isAtWork = true
            unsafe isRunning = ThreadBody(name: "burr-sync") { [self] in run() }.start()
            unsafe isAtWork = isRunning
        } else if unsafe due < wakeAt {
            condition.broadcast()
        }
    }

    /// A log is being closed.
    package func forget(_ log: any SyncedLog) {
        condition.lock()
        defer { condition.unlock() }
        unsafe entries[ObjectIdentifier(log)] = nil
    }

    /// The thread: sleeps until something is due and for ever when nothing is dirty.
    private func run() {
        condition.lock()
        while true {
            rest()
            let due = takeDue(clock())
            if due.isEmpty {
                unsafe wakeAt = unsafe entries.values.reduce(.max) { min($0, $1.next) }
                if unsafe wakeAt == .max {
                    condition.wait()
                } else {
                    unsafe condition.wait(until: wakeAt)
                }
                unsafe wakeAt = .min
                continue
            }
            unsafe isAtWork = true
            condition.unlock()
            serve(due)
            condition.lock()
        }
    }

    /// The thread, which holds the lock, is at nothing that a fork would cut in two.
    private func rest() {
        unsafe isAtWork = false
        condition.broadcast()
    }

    /// Does what is due, on the calling thread, and nothing else.
    package func step() {
        condition.lock()
        let due = takeDue(clock())
        condition.unlock()
        serve(due)
    }

    private func serve(_ due: Due) {
        for log in due.rests where log.rest() { watch(log) }
        for log in due.marks where !log.isDirty { log.idle() }
        makeDurable(due.syncs)
    }

    private func takeDue(_ now: Int64) -> Due {
        var due = Due()
        let entries = unsafe entries.sorted { $0.value.number < $1.value.number }
        for (id, var entry) in entries where entry.next <= now {
            if let at = entry.restAt, at <= now {
                due.rests.append(entry.log)
                entry.restAt = nil
            }
            if let at = entry.syncAt, at <= now {
                due.syncs.append(entry.log)
                entry.syncAt = nil
                entry.markAt = entry.log.wantsIdle ? now + idle : nil
            } else if let at = entry.markAt, at <= now {
                due.marks.append(entry.log)
                entry.markAt = nil
            }
            unsafe self.entries[id] = entry.next == .max ? nil : entry
        }
        return due
    }

    private func makeDurable(_ logs: [any SyncedLog]) {
        for log in logs { log.clearDirty() }
        var synced: [any SyncedLog] = []
        for log in logs {
            switch log.durability {
            case .buffered, .os: log.flush()
            case .interval, .everyStep: synced.append(log)
            }
        }
        if !synced.isEmpty { Self.sync(synced) }
    }

    /// Syncs outside of every lock: one or two logs one by one, more by file system.
    private static func sync(_ logs: [any SyncedLog]) {
        var tickets: [(log: any SyncedLog, ticket: SyncTicket)] = []
        for log in logs {
            if let ticket = log.beginSync() { tickets.append((log, ticket)) }
        }
        var devices: [UInt64: [(log: any SyncedLog, ticket: SyncTicket)]] = [:]
        if tickets.count > 2 {
            for pair in tickets {
                guard let device = pair.ticket.file.device else { continue }
                devices[device, default: []].append(pair)
            }
        }
        var covered: Set<ObjectIdentifier> = []
        for group in devices.values where group.count > 2 {
            // An error may belong to another file of the file system: it counts as ours.
            let failed = (try? group[0].ticket.file.syncFileSystem()) == nil
            for pair in group {
                pair.log.endSync(pair.ticket, failed: failed)
                covered.insert(ObjectIdentifier(pair.ticket))
            }
        }
        for pair in tickets where !covered.contains(ObjectIdentifier(pair.ticket)) {
            let failed = (try? pair.ticket.file.sync()) == nil
            pair.log.endSync(pair.ticket, failed: failed)
        }
    }

    // MARK: Group commit

    /// Returns when `log` is durable up to `sequence`.
    ///
    /// The first to come syncs for all who wait.
    package func waitDurable(
        _ log: any SyncedLog,
        _ sequence: UInt64
    ) throws(LogError) {
        rounds.lock()
        defer { rounds.unlock() }
        while log.durableSequence < sequence {
            if log.hasFailed { throw .poisoned(path: log.path) }
            unsafe waiting[ObjectIdentifier(log)] = log
            if unsafe roundIsOn {
                rounds.wait()
                continue
            }
            unsafe roundIsOn = true
            let logs = unsafe Array(waiting.values)
            unsafe waiting.removeAll(keepingCapacity: true)
            rounds.unlock()
            Self.sync(logs)
            rounds.lock()
            unsafe roundIsOn = false
            rounds.broadcast()
            // A sequence that was never appended would be waited for in vain.
            if log.durableSequence < sequence, !log.hasFailed, !log.isAwaited(sequence) {
                throw .closed(path: log.path)
            }
        }
    }
}

// MARK: - Forks of the process

extension Syncer {
    /// Keeps the thread from working until `goOn`.
    ///
    /// The child of a fork has no such thread: what it was at would stay half done, and locked
    /// there for ever, in the runtime of the language too.
    ///
    /// - Parameter limit: how long to wait at most for what the thread is at; one that waits longer
    ///   is at a disk that does not answer, and holds nothing that the child needs.
    package func holdStill(atMost limit: Duration = .seconds(1)) {
        condition.lock()
        let end = Condition.now + limit.nanoseconds
        while unsafe isAtWork && Condition.now < end { condition.wait(until: end) }
    }

    /// Lets the thread work again.
    package func goOn() { condition.unlock() }
}

extension Duration {
    /// Whole nanoseconds, for deadlines.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
