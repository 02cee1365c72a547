// SPDX-License-Identifier: Apache-2.0
// Copies what is left of a damaged branch to a whole one beside it; the old one stays as it is.

package import EventLog
package import Tracking

/// Why a branch could not be repaired; nothing has changed then.
package enum RepairError: Error, Equatable, Sendable, CustomStringConvertible {
    case replay(ReplayError)
    case tracking(TrackingError)
    /// A segment cannot be read at all, or is of a newer version.
    case unreadable(LogError)
    /// The copy does not give the steps that the damaged branch gives.
    case copyDiffers(BranchID)

    package var description: String {
        switch self {
        case .replay(let error): "\(error)"
        case .tracking(let error): "\(error)"
        case .unreadable(let error): "\(error)"
        case .copyDiffers(let branch):
            "the copy of branch \(branch) did not give the same steps and was thrown away"
        }
    }
}

/// What became of one branch.
package struct RepairResult: Sendable {
    /// What was found in it.
    package let found: BranchVerification
    /// The branch that was written, or had been before; `nil` where nothing was wrong.
    package let repair: BranchID?
    /// Whether it was written now.
    package let isNew: Bool
}

/// How long the segments of a copy are: as everywhere, unless it is set.
package struct RepairSizes: Sendable {
    package var segmentTarget = LogOptions().segmentTarget
    package var snapshots = SnapshotPolicy()

    package init() {}
}

/// Repairs an application's logs.
package enum Repair {
    /// The folder, in that of the application, in which a copy is made before it is published.
    static let workFolder = BranchFiles.repairFolder

    /// Writes a whole branch beside each damaged one.
    ///
    /// The copy's id is the next number, so it takes the place of the damaged branch and of no
    /// other (Formats/log.md, 11). A repair that was interrupted is begun anew, or published to its
    /// end. Where another process repairs the application, its end is waited for.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - store: where it is.
    ///   - sizes: how long the copy's segments are.
    /// - Returns: what became of each branch, oldest first.
    /// - Throws: `RepairError`: nothing has changed then but for branches already repaired.
    /// - Complexity: O(steps x state) for a damaged branch.
    package static func run(
        _ name: ApplicationName,
        in store: Store,
        sizes: RepairSizes = RepairSizes()
    ) throws(RepairError) -> [RepairResult] {
        let directory = store.directory(of: name)
        let lock = try hold(directory, store.storage)
        defer { withExtendedLifetime(lock) {} }
        do throws(LogError) {
            try RepairFolder(directory, store.storage).finishPublishing()
        } catch {
            throw .unreadable(error)
        }
        return try alone(name, directory, store, sizes)
    }

    private static func hold(
        _ directory: String,
        _ storage: any Storage
    ) throws(RepairError) -> DirectoryLock {
        do throws(Errno) { return try storage.lockDirectory(directory) } catch {
            throw .unreadable(.io(error, .lock, path: directory))
        }
    }

    private static func alone(
        _ name: ApplicationName,
        _ directory: String,
        _ store: Store,
        _ sizes: RepairSizes
    ) throws(RepairError) -> [RepairResult] {
        let branches: [BranchVerification]
        do { branches = try Verification.run(name, in: store, deep: false) } catch {
            throw .replay(error)
        }
        var results: [RepairResult] = []
        for branch in branches {
            if branch.verdict == .clean || branch.repairedIn != nil {
                results.append(
                    RepairResult(found: branch, repair: branch.repairedIn, isNew: false)
                )
                continue
            }
            if let error = branch.report.error { throw .unreadable(error) }
            var last = branch
            // A repair that has itself been damaged is not written over.
            while let next = branches.first(where: { $0.branch == last.branch.repair }) {
                last = next
            }
            if last.branch != branch.branch { continue }
            let id = try repair(branch, name, directory, store, sizes)
            results.append(RepairResult(found: branch, repair: id, isNew: true))
        }
        let folder = RepairFolder(directory, store.storage)
        // A copy may be one whose repair was killed, or failed, before its name was durable.
        if results.contains(where: { $0.repair != nil && !$0.isNew }) {
            do throws(LogError) { try folder.syncParent() } catch { throw .unreadable(error) }
        }
        // A folder that is there now is one that a killed repair has left.
        if !results.contains(where: \.isNew) { try? folder.clear() }
        return results
    }

    private static func repair(
        _ found: BranchVerification,
        _ name: ApplicationName,
        _ directory: String,
        _ store: Store,
        _ sizes: RepairSizes
    ) throws(RepairError) -> BranchID {
        let id = found.branch.repair
        let folder = RepairFolder(directory, store.storage)
        // Held until the copy is there.
        let lock = try lock(found.branch, directory, store.storage)
        defer { withExtendedLifetime(lock) {} }
        do throws(LogError) { try folder.clear() } catch { throw .unreadable(error) }
        let place = BranchPlace(
            store: store,
            directory: folder.path,
            options: LogOptions(
                durability: .interval(.seconds(1)),
                segmentTarget: sizes.segmentTarget
            ),
            policy: sizes.snapshots,
            program: "burr repair"
        )
        do throws(TrackingError) {
            let reader = try Self.reader(found.branch, directory, store.storage)
            var copy = try RepairCopy.open(reader, place, id, of: found, fallback: name)
            try copy.run()
            try copy.close(found)
        } catch {
            throw .tracking(error)
        }
        let copied = Verification.check(id, directory: folder.path, store: store, deep: true)
        guard copied.verdict == .clean, copied.replayable == found.replayable else {
            try? folder.clear()
            throw .copyDiffers(found.branch)
        }
        do throws(LogError) { try folder.publish() } catch { throw .unreadable(error) }
        return id
    }

    private static func lock(
        _ branch: BranchID,
        _ directory: String,
        _ storage: any Storage
    ) throws(RepairError) -> OpenFile? {
        do throws(LogError) {
            return try BranchLock.take(branch, directory, storage)
        } catch {
            throw .unreadable(error)
        }
    }

    private static func reader(
        _ branch: BranchID,
        _ directory: String,
        _ storage: any Storage
    ) throws(TrackingError) -> LogReader {
        do throws(LogError) {
            return try LogReader(storage: storage, directory: directory, branch: branch)
        } catch {
            throw .log(error)
        }
    }
}

extension History {
    /// The branch to read where another one names `id`: the repair of it, if there is one.
    func current(_ id: BranchID) -> Branch? {
        var found = branches.first { $0.id == id }
        while let branch = found,
            let repair = branches.first(where: { $0.id == branch.id.repair }),
            repair.parent?.branch == branch.id
        {
            found = repair
        }
        return found
    }
}
