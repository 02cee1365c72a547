// SPDX-License-Identifier: Apache-2.0
// The line of a fork: before the step it was forked at it is that of its parent.

internal import EventLog
package import Tracking

/// The part of a fork's line that one of the applications before it has recorded.
package struct AncestorLine {
    package let name: ApplicationName
    /// Newest part first; none goes beyond `last`.
    package let parts: [LinePart]
    /// The last step of it that belongs to the fork.
    package let last: Int64
}

extension History {
    /// The applications that this one was forked from, the nearest first.
    ///
    /// - Returns: none for an application that is no fork, and none behind a parent that is not in
    ///   the store.
    /// - Throws: `ReplayError.log` when what was recorded of a parent cannot be read.
    /// - Complexity: opens each of them once.
    package func ancestors() throws(ReplayError) -> [AncestorLine] {
        var found: [AncestorLine] = []
        var limit = Int64.max
        var current = self
        while let (history, step) = try current.parent() {
            limit = min(limit, step)
            let parts = current.line(in: history).map { part in
                LinePart(branch: part.branch, last: min(part.last, limit))
            }
            found.append(AncestorLine(name: history.name, parts: parts, last: limit))
            current = history
        }
        return found
    }

    /// The line of the parent that this application goes on from.
    ///
    /// What the parent did anew after the fork was made is no part of it.
    ///
    /// - Parameter parent: the parent's history.
    /// - Returns: the line, newest part first.
    func line(in parent: History) -> [LinePart] {
        let oldest = branches[0].id
        let known = parent.branches.last { $0.id < oldest }.flatMap { parent.current($0.id) }
        return parent.line(of: known ?? parent.newest)
    }

    /// A line of this application, and before it those of the ones that it was forked from.
    func whole(_ line: [LinePart]) throws(ReplayError) -> [LinePart] {
        try ancestors().reduce(into: line) { $0 += $1.parts }
    }
}
