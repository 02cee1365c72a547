// SPDX-License-Identifier: Apache-2.0
// One reader of the live stream: where it is, and what waits to be sent to it.

internal import Replay
internal import Synchronization
internal import Tracking

/// What of a history a reader wants to be told.
enum LiveView: String, Sendable, CaseIterable {
    /// Heads only.
    case summary
    /// Steps as they begin and end.
    case steps
    /// The patch of each step too.
    case delta
    /// Everything that is recorded.
    case raw
}

/// A place in an application's history as event ids name it.
struct LivePlace: Hashable, Sendable {
    /// As in URLs: sixteen hex digits.
    var generation: String
    /// The sequence of the last record that the reader knows.
    var sequence: UInt64
    /// How many changes of marks it knows; `nil` for those there are when it is first told.
    var marks: Int?

    /// As in `229978d9e8da9f6f.312.4`, or `229978d9e8da9f6f.312`.
    var text: String { "\(generation).\(sequence)" + (marks.map { ".\($0)" } ?? "") }

    init(generation: String, sequence: UInt64) {
        self.generation = generation
        self.sequence = sequence
    }

    /// Reads a place; `nil` when it is none.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard 2...3 ~= parts.count, parts[0].utf8.count == 16,
            let generation = UInt64(parts[0], radix: 16), let sequence = UInt64(parts[1])
        else { return nil }
        self.init(generation: Hex.text(generation), sequence: sequence)
        guard parts.count == 3 else { return }
        guard let marks = Int(parts[2]), marks >= 0 else { return nil }
        self.marks = marks
    }
}

/// The body of one stream: the hub fills it, the connection empties it.
final class LiveStream: ChunkSource, Sendable {
    let apps: [ApplicationName]
    /// The project whose list it is told of; `nil` for none.
    let project: String?
    let view: LiveView
    /// Where the reader began; `nil` for the present.
    let start: [LivePlace]?
    /// Where the reader is in each application, for the ids of events.
    let places: Mutex<[LivePlace?]>
    private let hub: LiveHub
    private let state = Mutex(State())

    private struct State {
        var chunks: [[UInt8]] = []
        var byteCount = 0
        var waker: Waker?
        var isOver = false
    }

    /// A reader that has so much waiting is not told more until it has read.
    private static let roomBytes = 1 << 20

    init(
        _ hub: LiveHub,
        apps: [ApplicationName],
        project: String?,
        view: LiveView,
        start: [LivePlace]?
    ) {
        self.hub = hub
        self.apps = apps
        self.project = project
        self.view = view
        self.start = start
        places = Mutex([LivePlace?](repeating: nil, count: apps.count))
        append(Array("retry: 1000\n\n".utf8))
        hub.add(self)
    }

    func next(_ waker: Waker) -> Chunk {
        let (chunk, hadNoRoom) = state.withLock { state -> (Chunk, Bool) in
            if state.chunks.isEmpty {
                state.waker = waker
                return (.pending, false)
            }
            let hadNoRoom = state.byteCount >= Self.roomBytes
            let bytes = Array(state.chunks.joined())
            state.chunks.removeAll()
            state.byteCount = 0
            return (.bytes(bytes), hadNoRoom)
        }
        if hadNoRoom { hub.wake(self) }
        return chunk
    }

    func finish() {
        state.withLock { $0.isOver = true }
        hub.remove(self)
    }

    /// Whether it may be told more.
    var hasRoom: Bool {
        state.withLock { !$0.isOver && $0.byteCount < Self.roomBytes }
    }

    /// Adds bytes to what is sent.
    func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        let waker = state.withLock { state -> Waker? in
            guard !state.isOver else { return nil }
            state.chunks.append(bytes)
            state.byteCount += bytes.count
            return state.waker.take()
        }
        waker?.wake()
    }
}
