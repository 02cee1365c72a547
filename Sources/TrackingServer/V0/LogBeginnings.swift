// SPDX-License-Identifier: Apache-2.0
// What was made of the beginnings of long logs: Burr's page asks for all of one every half second.

internal import Replay
internal import Synchronization
internal import Tracking

/// The steps of a log up to a place, as they are sent.
struct LogBeginning: Sendable {
    var pieces: [[UInt8]] = []
    /// Where the log is read on behind them.
    var end: BranchSteps.Place

    var byteCount: Int { pieces.reduce(0) { $0 + $1.count } }
}

/// Keeps beginnings of the logs that were asked for last; used from any thread.
final class LogBeginnings: Sendable {
    private struct State {
        var beginnings: [ApplicationName: LogBeginning] = [:]
        /// The one that was used last stands last.
        var order: [ApplicationName] = []
    }

    private let state = Mutex(State())

    /// Bytes of one log, and of all of them.
    static let limit = 16 << 20
    private static let limitOfAll = 32 << 20

    /// Bytes that are kept.
    var byteCount: Int {
        state.withLock { $0.beginnings.values.reduce(0) { $0 + $1.byteCount } }
    }

    subscript(name: ApplicationName) -> LogBeginning? {
        state.withLock { state in
            guard let found = state.beginnings[name] else { return nil }
            state.order.removeAll { $0 == name }
            state.order.append(name)
            return found
        }
    }

    /// Keeps one, and lets those go that were not asked for the longest where there are too many.
    func keep(_ beginning: LogBeginning, of name: ApplicationName) {
        state.withLock { state in
            state.beginnings[name] = beginning
            state.order.removeAll { $0 == name }
            state.order.append(name)
            var total = state.beginnings.values.reduce(0) { $0 + $1.byteCount }
            while total > Self.limitOfAll, let oldest = state.order.first, oldest != name {
                state.order.removeFirst()
                total -= state.beginnings.removeValue(forKey: oldest)?.byteCount ?? 0
            }
        }
    }
}
