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

    private struct State {
        var slots: [ApplicationName: Slot] = [:]
        /// Counts uses, to find the one that was used least lately.
        var clock: UInt64 = 0
    }

    /// One application; opened by the first that uses it.
    private final class Slot: Sendable {
        let application = Mutex<OpenApplication?>(nil)
        let byteCount = Atomic(0)
        let lastUse = Atomic<UInt64>(0)
    }

    /// Makes a pool over a store.
    ///
    /// - Parameters:
    ///   - store: where the applications are.
    ///   - byteLimit: about what all open applications may hold together.
    ///   - countLimit: how many may be open: each holds a file for each of its segments.
    package init(_ store: Store, byteLimit: Int = 160 << 20, countLimit: Int = 64) {
        self.store = store
        self.byteLimit = byteLimit
        self.countLimit = countLimit
        imports = BackgroundImports(into: store)
    }

    /// How many applications are open.
    package var openCount: Int { state.withLock { $0.slots.count } }

    /// Uses an application, brought up to date.
    ///
    /// What Burr's own tracker has written meanwhile is imported first.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - patience: how long to wait for such an import at most, in nanoseconds.
    ///   - body: reads it; others that want the same application wait meanwhile.
    /// - Returns: what `body` returns.
    /// - Throws: `ReplayError` or `ImportState` when it cannot be opened, and what `body` throws.
    package func with<Value: Sendable>(
        _ name: ApplicationName,
        patience: Int64 = 2_000_000_000,
        _ body: (OpenApplication) throws -> Value
    ) throws -> Value {
        try imports.bringUpToDate(name, patience: patience)
        let slot = slot(of: name)
        do {
            let value = try slot.application.withLock { application in
                let open: OpenApplication
                if let known = application {
                    open = known
                    try open.refresh()
                } else {
                    open = try OpenApplication(name, in: store)
                    application = open
                }
                let value = try body(open)
                slot.byteCount.store(open.byteCount, ordering: .relaxed)
                return value
            }
            evict()
            return value
        } catch let error as ReplayError where error.isAboutTheWhole {
            // Opened anew the next time, if it is there then.
            state.withLock { state in
                if state.slots[name] === slot { state.slots[name] = nil }
            }
            throw error
        }
    }

    /// Whether Burr's own tracker has written lines that wait for their import.
    package func isBehind(_ name: ApplicationName) -> Bool {
        imports.isBehind(name)
    }

    private func slot(of name: ApplicationName) -> Slot {
        state.withLock { state in
            let slot = state.slots[name] ?? Slot()
            state.slots[name] = slot
            state.clock += 1
            slot.lastUse.store(state.clock, ordering: .relaxed)
            return slot
        }
    }

    /// Closes what was used least lately while there is too much; one application stays always.
    private func evict() {
        state.withLock { state in
            var total = state.slots.values.reduce(0) {
                $0 + $1.byteCount.load(ordering: .relaxed)
            }
            while state.slots.count > 1, total > byteLimit || state.slots.count > countLimit {
                let oldest = state.slots.min {
                    $0.value.lastUse.load(ordering: .relaxed)
                        < $1.value.lastUse.load(ordering: .relaxed)
                }
                guard let oldest else { return }
                total -= oldest.value.byteCount.load(ordering: .relaxed)
                state.slots[oldest.key] = nil
            }
        }
    }
}

extension ReplayError {
    /// Whether the application as it was open is of no more use.
    fileprivate var isAboutTheWhole: Bool {
        switch self {
        case .store, .log: true
        default: false
        }
    }
}
