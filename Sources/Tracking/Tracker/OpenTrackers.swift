// SPDX-License-Identifier: Apache-2.0
// The trackers of this process: to find a parent's, and to set all right in the child of a fork.

internal import EventLog
internal import Glibc

/// All trackers that are open in this process.
final class OpenTrackers: Sendable {
    static let shared = OpenTrackers()

    private struct Entry {
        weak var tracker: Tracker?
    }

    // Not a `Mutex`: one call takes it and another gives it back, around a fork.
    private let lock = Condition()
    // Safety: read and changed only while `lock` is held.
    private nonisolated(unsafe) var entries: [ObjectIdentifier: Entry] = [:]

    private init() {
        pthread_atfork(beforeFork, afterForkInParent, afterForkInChild)
    }

    func add(_ tracker: Tracker) {
        lock.lock()
        defer { lock.unlock() }
        unsafe entries[ObjectIdentifier(tracker)] = Entry(tracker: tracker)
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

    private func all() -> [Tracker] {
        lock.lock()
        defer { lock.unlock() }
        return unsafe entries.values.compactMap(\.tracker)
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

    fileprivate func willFork() { lock.lock() }

    fileprivate func didForkInParent() { lock.unlock() }

    fileprivate func didForkInChild() {
        lock.unlock()
        Syncer.startOver()
        for tracker in all() { tracker.startOverAfterFork() }
    }
}

// Free functions: a closure could inherit an actor, and these run on any thread.
private func beforeFork() { OpenTrackers.shared.willFork() }
private func afterForkInParent() { OpenTrackers.shared.didForkInParent() }
private func afterForkInChild() { OpenTrackers.shared.didForkInChild() }
