// SPDX-License-Identifier: Apache-2.0
// An application's history, opened for reading: its branches and the line they form.

package import EventLog
package import Tracking

/// A part of a line of descent: the steps of one branch up to a limit.
package struct LinePart {
    package let branch: Branch
    /// The last step of the branch that belongs to the line.
    package let last: Int64
}

/// The history of one application.
///
/// Steps are looked up on a *line of descent*: a branch, before it the branch that it continues,
/// and so on. Not for use from several threads at once.
package final class History {
    package let store: Store
    package let name: ApplicationName
    package let directory: String
    /// Oldest first; a branch that cannot be read is in `problems` instead.
    package private(set) var branches: [Branch] = []
    package private(set) var problems: [(branch: BranchID, error: LogError)] = []
    /// The parent application's history, once it was asked for.
    private var parentHistory: History??
    private let depth: Int

    /// Forks of forks are followed this far.
    private static let depthLimit = 64

    /// Opens an application.
    ///
    /// - Throws: `ReplayError.store` when it has no log, `.log` when none of its branches can be
    ///   read.
    package convenience init(_ name: ApplicationName, in store: Store) throws(ReplayError) {
        try self.init(name, in: store, depth: 0)
    }

    private init(_ name: ApplicationName, in store: Store, depth: Int) throws(ReplayError) {
        self.store = store
        self.name = name
        self.depth = depth
        directory = store.directory(of: name)
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try store.storage.list(directory)
        } catch {
            throw .listing(directory, of: name, error)
        }
        for files in BranchFiles.among(entries) {
            do throws(LogError) {
                branches.append(
                    try Branch(files, directory: directory, storage: store.storage)
                )
            } catch {
                // What this process has no descriptor left for is not damaged: without it another
                // branch would seem to be the newest.
                if case .io(.tooManyFiles, _, _) = error { throw .log(error) }
                if case .io(.tooManyFilesOfAll, _, _) = error { throw .log(error) }
                problems.append((files.branch, error))
            }
        }
        if branches.isEmpty {
            if let problem = problems.first { throw .log(problem.error) }
            throw .noSteps(name)
        }
    }

    /// Limits what rebuilt states of each branch may hold, in bytes.
    package func limitCaches(to bytes: Int) {
        for branch in branches { branch.intervals.byteLimit = bytes }
    }

    /// The branch whose line is the application's default: the newest.
    package var newest: Branch { branches[branches.count - 1] }

    /// The branch that a prefix of its hex digits names.
    ///
    /// - Throws: `ReplayError.noSuchBranch`, `.ambiguousBranch`.
    package func branch(prefix: String) throws(ReplayError) -> Branch {
        let all = branches.map { $0.id.description }
        let matching = branches.filter { $0.id.description.hasPrefix(prefix) }
        guard let found = matching.first else {
            throw .noSuchBranch(name, prefix: prefix, branches: all)
        }
        guard matching.count == 1 else {
            throw .ambiguousBranch(name, prefix: prefix, branches: matching.map(\.id.description))
        }
        return found
    }

    /// The branch that a prefix names; the newest without one.
    func tip(_ prefix: String?) throws(ReplayError) -> Branch {
        guard let prefix else { return newest }
        return try branch(prefix: prefix)
    }

    /// A branch's line of descent within this application, newest part first.
    package func line(of branch: Branch) -> [LinePart] {
        var parts = [LinePart(branch: branch, last: .max)]
        var seen: Set<BranchID> = [branch.id]
        var limit = Int64.max
        var current = branch
        while let point = current.parent, seen.insert(point.branch).inserted {
            // What it continues is read from its repair, unless it is the repair.
            let isRepair = current.id == point.branch.repair
            let found = branches.first { $0.id == point.branch }
            guard let parent = isRepair ? found : self.current(point.branch) else { break }
            seen.insert(parent.id)
            limit = min(limit, point.step)
            // One that begins at or behind the point has no step on the line.
            if limit > parent.baseStep { parts.append(LinePart(branch: parent, last: limit)) }
            current = parent
        }
        return parts
    }

    /// The history of the application this one was forked from, and the step it was forked at.
    ///
    /// - Returns: `nil` without a parent, or when the parent is not in the store.
    package func parent() throws(ReplayError) -> (history: History, step: Int64)? {
        guard depth < Self.depthLimit, let pointer = try meta()?.parent, let step = pointer.step,
            pointer.appID != name.appID
        else { return nil }
        if parentHistory == nil {
            let name = ApplicationName(project: name.project, appID: pointer.appID)
            parentHistory = .some(try? History(name, in: store, depth: depth + 1))
        }
        guard let history = parentHistory ?? nil else { return nil }
        return (history, step)
    }

    /// What the newest branch says of the application.
    package func meta() throws(ReplayError) -> Meta? {
        try reading { () throws(LogError) in try newest.meta() }
    }

    /// Runs a read, with its error as this module's.
    func reading<Value>(
        _ body: () throws(LogError) -> Value
    ) throws(ReplayError) -> Value {
        do throws(LogError) { return try body() } catch { throw .log(error) }
    }
}
