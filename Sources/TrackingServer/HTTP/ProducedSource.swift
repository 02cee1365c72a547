// SPDX-License-Identifier: Apache-2.0
// Replies that a thread of their own produces, no faster than they are sent.

internal import EventLog

/// Hands over what a producing thread makes.
@safe
final class ProducedSource: ChunkSource, Sendable {
    private let condition = Condition()
    // Safety: these are read and changed only while `condition` is locked.
    private nonisolated(unsafe) var chunks: [[UInt8]] = []
    // Safety: as above.
    private nonisolated(unsafe) var waker: Waker?
    // Safety: as above.
    private nonisolated(unsafe) var end: Chunk?
    // Safety: as above.
    private nonisolated(unsafe) var isCancelled = false

    /// Pieces that wait to be sent, at most.
    private static let roomCount = 4

    /// Starts a thread that produces the reply.
    ///
    /// - Parameter produce: hands each piece over; false says that nobody wants more. What it
    ///   throws cuts the connection, so that the client notices.
    init(_ produce: @escaping @Sendable (_ write: ([UInt8]) -> Bool) throws -> Void) {
        let body = ThreadBody(name: "burr-export") { [self] in
            do {
                try produce { write($0) }
                finish(with: .end)
            } catch {
                finish(with: .failed)
            }
        }
        if !body.start() { unsafe end = .failed }
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while unsafe chunks.count >= Self.roomCount && !isCancelled { condition.wait() }
        guard unsafe !isCancelled else { return false }
        unsafe chunks.append(bytes)
        wake()
        return true
    }

    private func finish(with chunk: Chunk) {
        condition.lock()
        unsafe end = chunk
        wake()
        condition.unlock()
    }

    private func wake() {
        unsafe waker?.wake()
        unsafe waker = nil
    }

    func next(_ waker: Waker) -> Chunk {
        condition.lock()
        defer { condition.unlock() }
        if unsafe !chunks.isEmpty {
            condition.broadcast()
            return unsafe .bytes(chunks.removeFirst())
        }
        if let end = unsafe end { return end }
        unsafe self.waker = waker
        return .pending
    }

    func finish() {
        condition.lock()
        unsafe isCancelled = true
        unsafe waker = nil
        condition.broadcast()
        condition.unlock()
    }
}
