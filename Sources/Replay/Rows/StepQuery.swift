// SPDX-License-Identifier: Apache-2.0
// Lists of steps: what is asked for, and one page of it.

/// Which steps are wanted.
package struct StepQuery: Hashable, Sendable {
    package var action: String?
    /// `true` for failed steps only, `false` for those that did not.
    package var hasFailed: Bool?
    /// A changed top-level key.
    package var touches: String?
    /// Microseconds that a step took at least.
    package var leastDuration: Int64?
    package var steps: ClosedRange<Int64> = 0...Int64.max
    package var isDescending = false

    package init() {}
}

/// Some steps of a list.
package struct StepPage: Sendable {
    /// In the order asked for.
    package var rows: [StepIndex.Row] = []
    /// How many steps were looked at.
    package var scanned = 0
    /// The last step looked at, where there may be more behind it.
    package var goesOnAfter: Int64?

    /// A page without steps.
    package init() {}
}

extension StepIndex {
    /// Steps looked at for one page, at most.
    package static let scanLimit = 1_000_000

    /// One page of a list of steps.
    ///
    /// - Parameters:
    ///   - query: the steps wanted.
    ///   - step: goes on behind this step, in the order of the query; `nil` for the begin.
    ///   - limit: how many are wanted at most.
    /// - Returns: the page.
    /// - Complexity: O(steps looked at).
    package func page(_ query: StepQuery, after step: Int64?, limit: Int) -> StepPage {
        var page = StepPage()
        guard let match = Matcher(query, self) else { return page }
        var range = range(query.steps)
        if let step {
            let position = position(of: step)
            if query.isDescending {
                range = range.lowerBound..<max(range.lowerBound, min(range.upperBound, position))
            } else {
                let next = position < rows.count && rows[position].step == step ? 1 : 0
                range =
                    min(range.upperBound, max(range.lowerBound, position + next))..<range.upperBound
            }
        }
        for offset in 0..<range.count {
            let index =
                query.isDescending ? range.upperBound - 1 - offset : range.lowerBound + offset
            if page.rows.count == limit || page.scanned == Self.scanLimit {
                page.goesOnAfter = rows[query.isDescending ? index + 1 : index - 1].step
                break
            }
            page.scanned += 1
            if match(rows[index]) { page.rows.append(rows[index]) }
        }
        return page
    }

    /// A query as comparisons of numbers.
    private struct Matcher {
        private var action: UInt32?
        private var hasFailed: Bool?
        private var keySets: [Bool]?
        private var leastDuration: Int64

        /// `nil` when nothing can fit.
        init?(_ query: StepQuery, _ index: StepIndex) {
            if let name = query.action {
                guard let known = index.actions.known(name) else { return nil }
                action = known
            }
            if let key = query.touches {
                guard let known = index.keys.known(key) else { return nil }
                keySets = index.keySetsHolding(known)
            }
            hasFailed = query.hasFailed
            leastDuration = query.leastDuration ?? .min
        }

        func callAsFunction(_ row: Row) -> Bool {
            if let action, row.action != action { return false }
            if let hasFailed, row.hasFailed != hasFailed { return false }
            if let keySets, !keySets[Int(row.keySet)] { return false }
            return row.duration >= leastDuration
        }
    }
}
