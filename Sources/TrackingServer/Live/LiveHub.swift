// SPDX-License-Identifier: Apache-2.0
// The thread that follows what is being viewed and tells every reader what is new.

internal import EventLog
internal import Replay
internal import Synchronization
internal import Tracking

/// Follows the applications that streams are about.
///
/// The log is the queue: a reader that is slow is told later, from where it is.
final class LiveHub: Sendable {
    private let live: LiveStore
    private let watch = DirectoryWatch()
    private let state = Mutex(State())

    private struct State {
        var streams: [ObjectIdentifier: LiveStream] = [:]
        var added: [LiveStream] = []
        var removed: [ObjectIdentifier] = []
        /// Streams that have room again.
        var woken: [ObjectIdentifier] = []
        var isRunning = false
    }

    init(_ live: LiveStore) {
        self.live = live
    }

    /// How many streams are open.
    var count: Int { state.withLock { $0.streams.count } }

    /// Begins to tell a stream what is new.
    func add(_ stream: LiveStream) {
        let starts = state.withLock { state in
            state.streams[ObjectIdentifier(stream)] = stream
            state.added.append(stream)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts {
            let body = ThreadBody(name: "burr-live") { [self] in
                let follower = LiveFollower(live.pool, watch)
                let projects = ProjectFollower(live, watch)
                while turn(follower, projects) {}
            }
            if !body.start() { state.withLock { $0.isRunning = false } }
        }
        watch.wake()
    }

    /// Forgets a stream that is over.
    func remove(_ stream: LiveStream) {
        state.withLock { state in
            guard state.streams.removeValue(forKey: ObjectIdentifier(stream)) != nil else { return }
            state.removed.append(ObjectIdentifier(stream))
        }
        watch.wake()
    }

    /// A stream has room again.
    func wake(_ stream: LiveStream) {
        state.withLock { $0.woken.append(ObjectIdentifier(stream)) }
        watch.wake()
    }

    /// One round of the thread; false when no stream is left and it ends.
    private func turn(_ follower: LiveFollower, _ projects: ProjectFollower) -> Bool {
        let (added, removed, woken) = state.withLock { state in
            defer {
                state.added.removeAll()
                state.removed.removeAll()
                state.woken.removeAll()
            }
            return (state.added, state.removed, state.woken)
        }
        for stream in added {
            follower.add(stream)
            projects.add(stream)
        }
        for id in removed {
            follower.remove(id)
            projects.remove(id)
        }
        for id in woken { follower.wake(id) }
        let isIdle = follower.isEmpty
        if isIdle {
            let ends = state.withLock { state in
                guard state.added.isEmpty else { return false }
                state.isRunning = false
                return true
            }
            if ends { return false }
        }
        follower.work()
        projects.work()
        switch watch.wait(milliseconds: follower.pause(before: projects.due)) {
        case .all:
            follower.changedAll()
            projects.changedAll()
        case .some(let watches):
            for watch in watches {
                follower.changed(watch)
                projects.changed(watch)
            }
        }
        return true
    }
}
