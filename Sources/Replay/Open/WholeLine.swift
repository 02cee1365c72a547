// SPDX-License-Identifier: Apache-2.0
// The rows of a fork's line from the first step of its first ancestor on.

internal import EventLog
package import Tracking

/// The rows of a fork together with those before it; used by one thread at a time.
final class WholeLine {
    /// The applications that it comes from, the nearest first.
    let ancestors: [AncestorLine]
    private var follower = LineFollower()
    /// What the ancestors' logs held when the rows were read.
    private var seen: UInt64 = 0

    init(_ ancestors: [AncestorLine]) {
        self.ancestors = ancestors
        seen = size
    }

    var steps: StepIndex { follower.index }

    var byteCount: Int {
        follower.index.byteCount
            + ancestors.reduce(0) { $1.parts.reduce($0) { $0 + $1.branch.cachedBytes } }
    }

    var fileCount: Int {
        ancestors.reduce(0) { $1.parts.reduce($0) { $0 + $1.branch.reader.segments.count } }
    }

    /// Whether the last step before the fork is known, and with it all that will ever be.
    var isComplete: Bool {
        guard let last = ancestors.first?.last else { return true }
        return steps.row(last) != nil
    }

    /// Reads what is new.
    ///
    /// - Parameter line: the fork's own line.
    /// - Throws: `LogError` when a segment cannot be read.
    func follow(_ line: [LinePart]) throws(LogError) {
        if !isComplete {
            // A parent's last records may be written after the fork's first ones.
            for part in ancestors.first?.parts ?? [] { try part.branch.reader.refresh() }
            if size != seen {
                follower = LineFollower()
                seen = size
            }
        }
        try follower.follow(ancestors.reduce(into: line) { $0 += $1.parts })
    }

    func timeline(level: Int, firstCell: Int64, count: Int) -> Timeline {
        follower.timeline(level: level, firstCell: firstCell, count: count)
    }

    private var size: UInt64 {
        (ancestors.first?.parts ?? []).reduce(0) { sum, part in
            part.branch.reader.segments.reduce(sum) { $0 + $1.dataEnd }
        }
    }
}

/// Steps of a line that one application has recorded.
package struct LineOwner: Equatable, Sendable {
    package let name: ApplicationName
    /// The first of them.
    package let first: Int64
    /// The last of them; `nil` for the application's own, which goes on.
    package let last: Int64?
}

extension OpenApplication {
    /// The steps of the line, and of a fork those before it, from the applications it comes from.
    ///
    /// - Throws: `ReplayError.log` when the log of one of them cannot be read.
    /// - Complexity: at first O(rows) for a fork; then O(what is new).
    package func wholeSteps() throws(ReplayError) -> StepIndex {
        try followWhole()?.steps ?? steps
    }

    /// A timeline of them.
    package func wholeTimeline(
        level: Int,
        firstCell: Int64,
        count: Int
    ) throws(ReplayError) -> Timeline {
        if let whole = try followWhole() {
            return whole.timeline(level: level, firstCell: firstCell, count: count)
        }
        return timeline(level: level, firstCell: firstCell, count: count)
    }

    /// Whether no step before the fork can still be missing.
    package func wholeIsComplete() throws(ReplayError) -> Bool {
        try followWhole()?.isComplete ?? true
    }

    /// Whose the steps of the line are, the oldest first.
    ///
    /// - Returns: one entry for an application that is no fork.
    package func owners() throws(ReplayError) -> [LineOwner] {
        var owners: [LineOwner] = []
        let whole = try followWhole()
        for ancestor in (whole?.ancestors ?? []).reversed() {
            let first = owners.last.flatMap(\.last).map { $0 + 1 } ?? whole?.steps.rows.first?.step
            guard let first, first <= ancestor.last else { continue }
            owners.append(LineOwner(name: ancestor.name, first: first, last: ancestor.last))
        }
        let own = owners.last.flatMap(\.last).map { $0 + 1 } ?? steps.rows.first?.step ?? 0
        return owners + [LineOwner(name: name, first: own, last: nil)]
    }
}
