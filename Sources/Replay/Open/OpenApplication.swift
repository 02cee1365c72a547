// SPDX-License-Identifier: Apache-2.0
// An application kept open: its history and rows, brought up to date before each use.

internal import EventLog
package import Tracking

/// An application that is read again and again; one thread at a time.
package final class OpenApplication {
    package let name: ApplicationName
    private let store: Store
    package private(set) var history: History
    /// The leading hex digits of the branch whose line this is; `nil` for the default one.
    private let branchPrefix: String?
    /// The branch whose line this is.
    package private(set) var tip: Branch
    /// Its line, newest part first.
    package private(set) var line: [LinePart]
    /// Changes when a step's number may mean something else than before.
    package private(set) var generation: UInt64 = 0
    /// The sequence of the last record of the tip.
    package private(set) var lastSequence: UInt64 = 0
    private var follower = LineFollower()
    /// The rows of a fork's line from its first ancestor on, once they were asked for; without
    /// ancestors where it is no fork.
    private var whole: WholeLine?
    private var branchIDs: [BranchID] = []

    /// What rebuilt states of one branch may hold.
    private static let cacheBytes = 40 << 20

    /// Opens an application.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - store: where it is.
    ///   - branch: the leading hex digits of the branch that is looked at; the newest without.
    /// - Throws: `ReplayError` when it has no log or no such branch, or none that can be read.
    /// - Complexity: reads the step table of each segment.
    package init(
        _ name: ApplicationName,
        in store: Store,
        branch: String? = nil
    ) throws(ReplayError) {
        self.name = name
        self.store = store
        branchPrefix = branch
        history = try History(name, in: store)
        tip = try history.tip(branch)
        line = history.line(of: tip)
        branchIDs = try readBranches()
        history.limitCaches(to: Self.cacheBytes)
        try follow()
    }

    /// The steps of the line.
    package var steps: StepIndex { follower.index }

    /// The rows of a fork's line up to date; `nil` for an application that is no fork.
    func followWhole() throws(ReplayError) -> WholeLine? {
        let known: WholeLine
        if let whole { known = whole } else { known = WholeLine(try history.ancestors()) }
        whole = known
        guard !known.ancestors.isEmpty else { return nil }
        try history.reading { () throws(LogError) in try known.follow(line) }
        return known
    }

    /// What its log says of the application now.
    ///
    /// - Throws: `ReplayError.log` when the last segment cannot be read.
    package func meta() throws(ReplayError) -> Meta? {
        if let meta = follower.meta { return meta }
        return try history.meta()
    }

    /// About the bytes held.
    package var byteCount: Int {
        follower.index.byteCount + history.branches.reduce(0) { $0 + $1.cachedBytes }
            + (whole?.byteCount ?? 0)
    }

    /// How many segments are open.
    package var fileCount: Int {
        history.branches.reduce(whole?.fileCount ?? 0) { $0 + $1.reader.segments.count }
    }

    /// Bytes behind the last sync mark of the tip.
    package var unsyncedBytes: UInt64 { tip.reader.unmarkedBytes }

    /// Whether a live writer holds the tip.
    package var isBeingWritten: Bool { history.isBeingWritten(tip) }

    /// The states that were rebuilt since the last call, and what that took.
    package func takeReplays() -> ReplayCount {
        var count = ReplayCount()
        for branch in history.branches { count.add(branch.takeReplays()) }
        return count
    }

    /// Brings everything up to date.
    ///
    /// - Throws: `ReplayError` when the application is gone, or cannot be read.
    /// - Complexity: O(what is new).
    package func refresh() throws(ReplayError) {
        let branches = try readBranches()
        if branches != branchIDs {
            history = try History(name, in: store)
            tip = try history.tip(branchPrefix)
            line = history.line(of: tip)
            history.limitCaches(to: Self.cacheBytes)
            branchIDs = branches
            follower = LineFollower()
            whole = nil
        } else {
            _ = try history.reading { () throws(LogError) in
                try tip.reader.refresh()
            }
        }
        try follow()
    }

    /// A timeline of the line's steps.
    package func timeline(level: Int, firstCell: Int64, count: Int) -> Timeline {
        follower.timeline(level: level, firstCell: firstCell, count: count)
    }

    private func readBranches() throws(ReplayError) -> [BranchID] {
        do throws(Errno) {
            let entries = try store.storage.list(history.directory)
            return BranchFiles.among(entries).map(\.branch)
        } catch {
            throw .listing(history.directory, of: name, error)
        }
    }

    private func follow() throws(ReplayError) {
        let tip = tip
        var recovered: UInt64 = 0
        try history.reading { () throws(LogError) in
            try follower.follow(line)
            for segment in tip.reader.segments {
                let counts = try tip.reader.index(of: segment.header.segment).counts
                recovered += counts[Int(RecordType.recovered.rawValue)]
            }
            if let last = tip.reader.lastSegment {
                let end = try tip.reader.verifiedEnd(of: last.header.segment)
                lastSequence = end.next > 0 ? end.next - 1 : 0
            }
        }
        // A recovery may have taken steps away whose numbers were given again.
        let id = "\(tip.id)-\(recovered)"
        generation = XXH64.hash(Array(id.utf8).rawSpan)
    }
}

extension OpenApplication {
    /// The first step that ended behind a record of the tip, or a few steps before it.
    package func step(after sequence: UInt64) -> Int64 {
        let reader = tip.reader
        let segment = reader.segments.last { $0.header.baseSequence <= sequence + 1 }
        guard let segment, let index = try? reader.index(of: segment.header.segment),
            let block = index.blocks.last(where: { $0.sequence <= sequence + 1 })
        else { return tip.baseStep + 1 }
        return block.step + 1
    }

    /// Whether no record of a step can come any more: its segment is sealed, and the next one too.
    ///
    /// Burr's spans may end after their step; they do not outlive a whole segment.
    package func isOver(_ step: Int64) -> Bool {
        for (index, part) in line.enumerated()
        where step > part.branch.baseStep && step <= part.last {
            let segments = part.branch.reader.segments
            let holding = segments.firstIndex { segment in
                segment.trailer.map { $0.lastStep >= step } ?? false
            }
            guard let holding, holding + 1 < segments.count else { return false }
            return index > 0 || segments[holding + 1].isSealed
        }
        return false
    }
}
