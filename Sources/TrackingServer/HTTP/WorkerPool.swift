// SPDX-License-Identifier: Apache-2.0
// Threads for work that would hold up other connections.

internal import EventLog

/// A few threads that take jobs in their order.
final class WorkerPool: Sendable {
    private let condition = Condition()
    // Safety: read and changed only while `condition` is locked.
    private nonisolated(unsafe) var jobs: [@Sendable () -> Void] = []
    private nonisolated(unsafe) var running = 0
    private nonisolated(unsafe) var isClosed = false

    init(threads: Int) {
        for number in 0..<threads {
            _ = ThreadBody(name: "burr-work-\(number)") { [self] in work() }.start()
        }
    }

    /// Takes a job; false when the pool is closed or has too many waiting.
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard unsafe !isClosed, unsafe jobs.count < 256 else { return false }
        unsafe jobs.append(job)
        condition.broadcast()
        return true
    }

    /// Does what was taken, and ends the threads.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        unsafe isClosed = true
        condition.broadcast()
        while unsafe running > 0 || !jobs.isEmpty { condition.wait() }
    }

    private func work() {
        condition.lock()
        while true {
            if unsafe !jobs.isEmpty {
                let job = unsafe jobs.removeFirst()
                unsafe running += 1
                condition.unlock()
                job()
                condition.lock()
                unsafe running -= 1
                if unsafe isClosed { condition.broadcast() }
            } else if unsafe isClosed {
                break
            } else {
                condition.wait()
            }
        }
        condition.unlock()
    }
}
