// SPDX-License-Identifier: Apache-2.0
// The trackers of this process: to find a parent's, and to set all right in the child of a fork.

package import EventLog
internal import Glibc

/// The trackers that are open in a process, and who makes them durable.
package final class OpenTrackers: Sendable {
    /// Those of this process.
    package static let shared = OpenTrackers.ofThisProcess()

    private struct Entry {
        weak var tracker: Tracker?
        let number: UInt64
    }

    private let ownSyncer: Syncer?

    // Not a `Mutex`: one call takes it and another gives it back, around a fork.
    private let lock = Condition()
    // Safety: read and changed only while `lock` is held.
    private nonisolated(unsafe) var entries: [ObjectIdentifier: Entry] = [:]
    private nonisolated(unsafe) var lastNumber: UInt64 = 0

    /// The trackers of a simulated process.
    ///
    /// - Parameter syncer: makes them durable; `nil` for that of this process.
    package init(syncer: Syncer?) {
        ownSyncer = syncer
    }

    private static func ofThisProcess() -> OpenTrackers {
        pthread_atfork(beforeFork, afterForkInParent, afterForkInChild)
        return OpenTrackers(syncer: nil)
    }

    /// Makes their logs durable; the child of a fork has another one.
    var syncer: Syncer { ownSyncer ?? .shared }

    func add(_ tracker: Tracker) {
        lock.lock()
        defer { lock.unlock() }
        unsafe lastNumber += 1
        unsafe entries[ObjectIdentifier(tracker)] = Entry(tracker: tracker, number: lastNumber)
    }

    func remove(_ tracker: Tracker) {
        lock.lock()
        defer { lock.unlock() }
        unsafe entries[ObjectIdentifier(tracker)] = nil
    }

    /// A tracker of an application.
    func tracker(of name: ApplicationName, in store: Store) -> Tracker? {
        all().first { $0.application.name == name && $0.application.store.root == store.root }
    }

    /// In the order in which they were opened.
    private func all() -> [Tracker] {
        lock.lock()
        defer { lock.unlock() }
        return unsafe entries.values.sorted { $0.number < $1.number }.compactMap(\.tracker)
    }

    /// Closes the files of some trackers, so that others can open theirs.
    ///
    /// Those that have given their lock up first; the others may be in the middle of a step, which
    /// the branch, opened again, still knows.
    /// - Parameter one: it keeps its file.
    /// - Returns: how many were closed.
    func makeRoom(beside one: Tracker) -> Int {
        let others = all().filter { $0 !== one }
        let wanted = max(4, others.count / 16)
        var closed = 0
        for isIdle in [true, false] {
            for tracker in others where closed < wanted {
                if tracker.park(ifIdle: isIdle) { closed += 1 }
            }
        }
        return closed
    }

    // MARK: Forks of the process

    fileprivate func willFork() {
        // First: its thread may want the other lock before it rests.
        Syncer.shared.holdStill()
        lock.lock()
    }

    fileprivate func didForkInParent() {
        lock.unlock()
        Syncer.shared.goOn()
    }

    fileprivate func didForkInChild() {
        didForkInParent()
        Syncer.startOver()
        for tracker in all() { tracker.startOverAfterFork() }
    }
}

// Free functions: a closure could inherit an actor, and these run on any thread.
private func beforeFork() { OpenTrackers.shared.willFork() }
private func afterForkInParent() { OpenTrackers.shared.didForkInParent() }
private func afterForkInChild() { OpenTrackers.shared.didForkInChild() }
