// SPDX-License-Identifier: Apache-2.0
// How often a run came by each action, up to a step.

/// Counts of actions and of which followed which.
package struct Visits: Sendable {
    /// By the numbers of `StepIndex.actions`.
    package private(set) var actions: [Int]
    /// By both numbers: from, to.
    private var pairs: [Int]
    private let count: Int

    /// How often an action came right after another one.
    package func pair(from: UInt32, to: UInt32) -> Int {
        pairs[Int(from) * count + Int(to)]
    }

    /// The pairs that occurred.
    package var followed: [(from: Int, to: Int)] {
        pairs.indices.filter { pairs[$0] > 0 }.map { ($0 / count, $0 % count) }
    }

    /// Actions beyond this many are not counted in pairs.
    private static let actionLimit = 2_000

    /// Counts the steps up to one.
    ///
    /// - Complexity: O(steps).
    package init(_ index: StepIndex, upTo step: Int64) {
        count = min(index.actions.names.count, Self.actionLimit)
        actions = [Int](repeating: 0, count: index.actions.names.count)
        pairs = [Int](repeating: 0, count: count * count)
        var previous: Int?
        for row in index.rows[..<index.range(Int64.min...step).upperBound] {
            let action = Int(row.action)
            actions[action] += 1
            if let previous, max(action, previous) < count {
                pairs[previous * count + action] += 1
            }
            previous = action
        }
    }
}
