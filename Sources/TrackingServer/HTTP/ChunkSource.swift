// SPDX-License-Identifier: Apache-2.0
// Replies that come piece by piece: long documents, and streams that wait for news.

internal import CMicroHTTPD
internal import EventLog
internal import Synchronization

/// The next piece of a reply.
package enum Chunk: Sendable {
    case bytes([UInt8])
    /// Nothing now: the source is asked again after its waker was called.
    case pending
    case end
    /// The reply cannot be completed: the connection is cut, so that the client notices.
    case failed
}

/// Makes a reply piece by piece.
///
/// It is used by one thread at a time.
package protocol ChunkSource: AnyObject {
    /// The next piece. An empty one is passed over.
    ///
    /// - Parameter waker: to be called, from any thread, when there is more after `pending`.
    /// - Returns: the piece, or that there is none.
    func next(_ waker: Waker) -> Chunk

    /// The reply is over: it was sent, or the client has gone.
    func finish()
}

/// Wakes a reply that waits.
///
/// Calling it late, or often, does no harm.
@safe
package final class Waker: Sendable {
    private struct State {
        var isWaiting = false
        var isWoken = false
        var isOver = false
        /// The server ends: nothing may wait any more.
        var isClosing = false
    }

    private let state = Mutex(State())
    // Safety: handed to libmicrohttpd's thread-safe calls only, and only until `finish`.
    private nonisolated(unsafe) let connection: OpaquePointer?

    init(_ connection: OpaquePointer?) {
        unsafe self.connection = connection
    }

    /// A waker of no connection, for tests of sources.
    package convenience init() {
        unsafe self.init(nil)
    }

    /// Asks for the reply's next piece.
    package func wake() {
        state.withLock { state in
            guard !state.isOver else { return }
            if state.isWaiting {
                state.isWaiting = false
                unsafe MHD_resume_connection(connection)
            } else {
                state.isWoken = true
            }
        }
    }

    /// Whether the server wants the reply to end.
    package var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Lets the connection wait, unless it was woken meanwhile or must end.
    ///
    /// - Returns: false when the source is to be asked again at once.
    func wait() -> Bool {
        state.withLock { state in
            if state.isWoken || state.isClosing {
                state.isWoken = false
                return false
            }
            state.isWaiting = true
            unsafe MHD_suspend_connection(connection)
            return true
        }
    }

    func finish() {
        state.withLock { $0.isOver = true }
    }

    func close() {
        state.withLock { $0.isClosing = true }
        wake()
    }
}

/// The wakers of the replies that are being sent.
final class Wakers: Sendable {
    private let all = Mutex<(wakers: [ObjectIdentifier: Waker], isClosing: Bool)>(([:], false))

    var count: Int { all.withLock { $0.wakers.count } }

    func insert(_ waker: Waker) {
        let isClosing = all.withLock { all in
            all.wakers[ObjectIdentifier(waker)] = waker
            return all.isClosing
        }
        if isClosing { waker.close() }
    }

    func remove(_ waker: Waker) {
        waker.finish()
        _ = all.withLock { $0.wakers.removeValue(forKey: ObjectIdentifier(waker)) }
    }

    /// Ends every reply that waits, now and from now on.
    func close() {
        let wakers = all.withLock { all in
            all.isClosing = true
            return Array(all.wakers.values)
        }
        for waker in wakers { waker.close() }
    }
}

/// A source as libmicrohttpd reads it: in buffers of its own size.
final class BodyReader {
    private let source: any ChunkSource
    private let waker: Waker
    private let wakers: Wakers
    private var chunk: [UInt8] = []
    private var offset = 0

    init(_ source: any ChunkSource, _ waker: Waker, _ wakers: Wakers) {
        self.source = source
        self.waker = waker
        self.wakers = wakers
        wakers.insert(waker)
    }

    /// Fills the buffer with what there is.
    ///
    /// - Returns: the count of bytes, 0 while the connection waits, or a code of libmicrohttpd.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while offset == chunk.count {
            switch source.next(waker) {
            case .bytes(let bytes):
                chunk = bytes
                offset = 0
            case .pending:
                if waker.isClosing { return microhttpd_end_of_stream }
                if waker.wait() { return 0 }
            case .end: return microhttpd_end_of_stream
            case .failed: return microhttpd_end_with_error
            }
        }
        let count = min(buffer.count, chunk.count - offset)
        // Both hold `count` bytes from where the copy begins.
        unsafe chunk.withUnsafeBytes { bytes in
            unsafe buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
            )
        }
        offset += count
        return count
    }

    func finish() {
        wakers.remove(waker)
        source.finish()
    }
}
