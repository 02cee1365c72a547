// SPDX-License-Identifier: Apache-2.0
// Each graph is laid out once, on a thread of its own.

internal import EventLog
internal import Synchronization

/// Layouts by the graph they are of.
package final class LayoutCache: Sendable {
    private let condition = Condition()
    private let state = Mutex(State())

    private struct State {
        var layouts: [UInt64: GraphLayout] = [:]
        /// Least lately made first.
        var order: [UInt64] = []
        var running: Set<UInt64> = []
    }

    /// Layouts that are kept.
    private static let limit = 256
    /// How long a caller waits for a layout, in nanoseconds.
    private static let patience: Int64 = 300_000_000

    package init() {}

    /// The layout of a graph; a plain one while a better one is being made.
    ///
    /// - Parameters:
    ///   - hash: names the graph.
    ///   - graph: the graph.
    /// - Returns: the layout, or a plain one.
    /// - Complexity: at most 0.3 s.
    package func layout(_ hash: UInt64, _ graph: StateGraph) -> GraphLayout {
        let begins = state.withLock { state -> Bool? in
            if state.layouts[hash] != nil { return nil }
            return state.running.insert(hash).inserted
        }
        if begins == true {
            let body = ThreadBody(name: "burr-layout") { [self] in make(hash, graph) }
            if !body.start() { make(hash, graph) }
        }
        let deadline = Condition.now + Self.patience
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let known = state.withLock({ $0.layouts[hash] }) { return known }
            guard Condition.now < deadline else { break }
            condition.wait(until: deadline)
        }
        return GraphLayout(layers: graph, hint: "A better layout is being made.")
    }

    private func make(_ hash: UInt64, _ graph: StateGraph) {
        let layout = Graphviz.layout(graph)
        condition.lock()
        state.withLock { state in
            state.running.remove(hash)
            state.layouts[hash] = layout
            state.order.append(hash)
            if state.order.count > Self.limit {
                state.layouts[state.order.removeFirst()] = nil
            }
        }
        condition.broadcast()
        condition.unlock()
    }
}
