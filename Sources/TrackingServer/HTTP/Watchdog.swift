// SPDX-License-Identifier: Apache-2.0
// Clients that send their request byte by byte, for ever, lose their connection.

internal import EventLog
internal import Glibc
internal import Synchronization

/// What is known of a connection while it lasts.
final class ConnectionState: Sendable {
    let socket: Int32
    /// When the request that is awaited must have arrived; 0 while one is being answered.
    let deadline: Atomic<Int64>

    init(socket: Int32, deadline: Int64) {
        self.socket = socket
        self.deadline = Atomic(deadline)
    }
}

/// Looks every second for connections past their deadline.
final class Watchdog: Sendable {
    private let seconds: Int64
    private let condition = Condition()
    // Safety: read and changed only while `condition` is locked.
    private nonisolated(unsafe) var connections: [ObjectIdentifier: ConnectionState] = [:]
    private nonisolated(unsafe) var isStopped = false

    init(seconds: Int) {
        self.seconds = Int64(seconds) * 1_000_000_000
    }

    /// Connections that are open.
    var count: Int {
        condition.lock()
        defer { condition.unlock() }
        return unsafe connections.count
    }

    /// Watches a new connection.
    func open(_ socket: Int32) -> ConnectionState {
        let state = ConnectionState(socket: socket, deadline: Clock.now() + seconds)
        condition.lock()
        defer { condition.unlock() }
        unsafe connections[ObjectIdentifier(state)] = state
        return state
    }

    /// Forgets a connection, whose socket is closed after this.
    func close(_ state: ConnectionState) {
        condition.lock()
        defer { condition.unlock() }
        unsafe connections[ObjectIdentifier(state)] = nil
    }

    /// A request has arrived whole.
    func arrived(_ state: ConnectionState) {
        state.deadline.store(0, ordering: .relaxed)
    }

    /// A request was answered: the next one is awaited.
    func answered(_ state: ConnectionState) {
        state.deadline.store(Clock.now() + seconds, ordering: .relaxed)
    }

    func start() {
        _ = ThreadBody(name: "burr-watch") { [self] in watch() }.start()
    }

    func stop() {
        condition.lock()
        defer { condition.unlock() }
        unsafe isStopped = true
        condition.broadcast()
    }

    private func watch() {
        condition.lock()
        while unsafe !isStopped {
            let now = Clock.now()
            for state in unsafe connections.values {
                let deadline = state.deadline.load(ordering: .relaxed)
                // The socket is still open: it is closed after `close`, which takes this lock.
                if deadline > 0, deadline < now { shutdown(state.socket, Int32(SHUT_RDWR)) }
            }
            condition.wait(until: now + 1_000_000_000)
        }
        condition.unlock()
    }
}
