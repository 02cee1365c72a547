// SPDX-License-Identifier: Apache-2.0
// The applications that a server has open, within a limit of memory.

internal import EventLog
internal import Synchronization
package import Tracking

/// Keeps applications open between requests; used from any thread.
package final class ApplicationPool: Sendable {
    package let store: Store
    private let state = Mutex(State())
    private let imports: BackgroundImports
    /// About what all open applications may hold together, in bytes.
    private let byteLimit: Int
    private let countLimit: Int
    /// How many segments they may have open together.
    private let fileLimit: Int
    private let damage = Atomic<UInt64>(0)

    /// One line of descent of an application.
    private struct View: Hashable {
        let name: ApplicationName
        /// `nil` for the default line.
        let branch: String?
    }

    private struct State {
        var slots: [View: Slot] = [:]
        /// Counts uses, to find the one that was used least lately.
        var clock: UInt64 = 0
        var replays = ReplayCount()
    }

    /// One application; opened by the first that uses it.
    private final class Slot: Sendable {
        let application = Mutex<OpenApplication?>(nil)
        let byteCount = Atomic(0)
        let fileCount = Atomic(0)
        let unsyncedBytes = Atomic<UInt64>(0)
        let lastUse = Atomic<UInt64>(0)
    }

    /// Makes a pool over a store.
    ///
    /// - Parameters:
    ///   - store: where the applications are.
    ///   - byteLimit: about what all open applications may hold together.
    ///   - countLimit: how many may be open.
    ///   - fileLimit: how many segments may be open: each is a descriptor.
    package init(
        _ store: Store,
        byteLimit: Int = 160 << 20,
        countLimit: Int = 64,
        fileLimit: Int = 768
    ) {
        self.store = store
        self.byteLimit = byteLimit
        self.countLimit = countLimit
        self.fileLimit = fileLimit
        imports = BackgroundImports(into: store)
    }

    /// How many applications are open.
    package var openCount: Int { state.withLock { $0.slots.count } }

    /// Takes in what Burr's own tracker has written, however long that takes.
    ///
    /// - Throws: `ImportState` when there is nothing to be read.
    /// - Complexity: four system calls when nothing is new.
    package func bringUpToDate(_ name: ApplicationName) throws(ImportState) {
        try imports.bringUpToDate(name, patience: .max, isEager: true)
    }

    /// Uses an application, brought up to date.
    ///
    /// What Burr's own tracker has written meanwhile is imported first.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - branch: the leading hex digits of the branch that is looked at; the newest without.
    ///   - patience: how long to wait for such an import at most, in nanoseconds.
    ///   - body: reads it; others that want the same application wait meanwhile.
    /// - Returns: what `body` returns.
    /// - Throws: `ReplayError` or `ImportState` when it cannot be opened, and what `body` throws.
    package func with<Value: Sendable>(
        _ name: ApplicationName,
        branch: String? = nil,
        patience: Int64 = 2_000_000_000,
        _ body: (OpenApplication) throws -> Value
    ) throws -> Value {
        try imports.bringUpToDate(name, patience: patience)
        let view = View(name: name, branch: branch)
        let slot = slot(of: view)
        do {
            let (value, replays) = try slot.application.withLock { application in
                let open: OpenApplication
                if let known = application {
                    open = known
                    try open.refresh()
                } else {
                    open = try OpenApplication(name, in: store, branch: branch)
                    application = open
                    noteDamage(open.history.problems.count)
                }
                let value = try body(open)
                slot.byteCount.store(open.byteCount, ordering: .relaxed)
                slot.fileCount.store(open.fileCount, ordering: .relaxed)
                slot.unsyncedBytes.store(open.unsyncedBytes, ordering: .relaxed)
                return (value, open.takeReplays())
            }
            state.withLock { $0.replays.add(replays) }
            evict()
            return value
        } catch let error as ReplayError {
            noteDamage(error.isDamage ? 1 : 0)
            guard error.isAboutTheWhole else { throw error }
            // Opened anew the next time, if it is there then.
            state.withLock { state in
                if state.slots[view] === slot { state.slots[view] = nil }
            }
            throw error
        }
    }

    /// Counts damage that was met.
    package func noteDamage(_ count: Int) {
        damage.add(UInt64(clamping: count), ordering: .relaxed)
    }

    /// Whether Burr's own tracker has written lines that wait for their import.
    package func isBehind(_ name: ApplicationName) -> Bool {
        imports.isBehind(name)
    }

    /// Bytes of Burr's log that are not taken in yet, as far as is known without reading.
    package func pendingBytes(of name: ApplicationName) -> UInt64 {
        imports.pendingBytes(of: name)
    }

    private func slot(of view: View) -> Slot {
        state.withLock { state in
            let slot = state.slots[view] ?? Slot()
            state.slots[view] = slot
            state.clock += 1
            slot.lastUse.store(state.clock, ordering: .relaxed)
            return slot
        }
    }

    /// Closes what was used least lately while there is too much; one application stays always.
    private func evict() {
        state.withLock { state in
            var total = 0
            var files = 0
            for slot in state.slots.values {
                total += slot.byteCount.load(ordering: .relaxed)
                files += slot.fileCount.load(ordering: .relaxed)
            }
            while state.slots.count > 1,
                total > byteLimit || files > fileLimit || state.slots.count > countLimit
            {
                let oldest = state.slots.min {
                    $0.value.lastUse.load(ordering: .relaxed)
                        < $1.value.lastUse.load(ordering: .relaxed)
                }
                guard let oldest else { return }
                total -= oldest.value.byteCount.load(ordering: .relaxed)
                files -= oldest.value.fileCount.load(ordering: .relaxed)
                state.slots[oldest.key] = nil
            }
        }
    }
}

// MARK: - What an operator is told

extension ApplicationPool {
    /// How many segments the open applications have open.
    package var openFiles: Int { sum { $0.fileCount.load(ordering: .relaxed) } }

    /// About the bytes that the open applications hold.
    package var heldBytes: Int { sum { $0.byteCount.load(ordering: .relaxed) } }

    /// Bytes behind the last sync marks of the open applications, when they were last looked at.
    package var unsyncedBytes: Int {
        sum { Int(clamping: $0.unsyncedBytes.load(ordering: .relaxed)) }
    }

    /// What was replayed so far.
    package var replays: ReplayCount { state.withLock { $0.replays } }

    /// How often damage was met.
    package var damageFound: UInt64 { damage.load(ordering: .relaxed) }

    /// How often new lines of Burr's own logs were read.
    package var importCount: UInt64 { imports.count }

    private func sum(_ part: (Slot) -> Int) -> Int {
        state.withLock { $0.slots.values.reduce(0) { $0 + part($1) } }
    }
}

extension ReplayError {
    /// Whether something that was stored cannot be read.
    fileprivate var isDamage: Bool {
        switch self {
        case .unreadable, .badDelta, .log: true
        default: false
        }
    }

    /// Whether the application as it was open is of no more use.
    fileprivate var isAboutTheWhole: Bool {
        switch self {
        case .store, .log, .noSuchBranch, .ambiguousBranch: true
        default: false
        }
    }
}
