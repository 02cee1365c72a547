// SPDX-License-Identifier: Apache-2.0
// Whether an application's logs are whole, and whether its snapshots are what its deltas lead to.

package import EventLog
internal import StateDelta
package import Tracking

/// What a check of one branch found.
package struct BranchVerification: Sendable {
    package let branch: BranchID
    package let report: VerifyReport
    /// Steps that end in the log.
    package var steps: Int64 = 0
    /// Steps whose state cannot be rebuilt, as ranges.
    package var unreadable: [ClosedRange<Int64>] = []
    /// Snapshots that differ from the state the deltas before them lead to.
    package var wrongSnapshots: [Int64] = []
}

/// Checks an application's logs.
package enum Verification {
    /// Verifies every byte of an application's branches.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - store: where it is.
    ///   - deep: also rebuild every state, and each snapshot from the one before.
    /// - Returns: what was found in each branch.
    /// - Throws: `ReplayError.store` when the folder cannot be listed.
    /// - Complexity: one pass over the bytes; two more when deep.
    package static func run(
        _ name: ApplicationName,
        in store: Store,
        deep: Bool
    ) throws(ReplayError) -> [BranchVerification] {
        let directory = store.directory(of: name)
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try store.storage.list(directory)
        } catch {
            throw .store(.unreadable(path: directory, error))
        }
        return BranchFiles.among(entries).map { files in
            let report = verify(
                storage: store.storage,
                directory: directory,
                branch: files.branch,
                deep: deep
            )
            var result = BranchVerification(branch: files.branch, report: report)
            if deep || report.verdict == .damaged {
                result.replay(directory: directory, store: store)
            }
            return result
        }
    }
}

extension BranchVerification {
    /// Rebuilds every state in one pass.
    fileprivate mutating func replay(directory: String, store: Store) {
        guard let branch = try? Branch(branch, directory: directory, storage: store.storage) else {
            return
        }
        var walk = DeepWalk()
        for segment in branch.reader.segments {
            _ = try? branch.reader.scan(segment: segment.header.segment) { record in
                walk.take(record)
                return .proceed
            }
        }
        steps = walk.steps
        unreadable = walk.unreadable
        wrongSnapshots = walk.wrongSnapshots
    }
}

/// One pass over a branch that rebuilds every state.
private struct DeepWalk {
    private(set) var steps: Int64 = 0
    private(set) var unreadable: [ClosedRange<Int64>] = []
    private(set) var wrongSnapshots: [Int64] = []
    private var state = LogState()
    private var lastStep: Int64?
    private var expected: UInt64?
    private var hasGap = false

    mutating func take(_ record: borrowing RecordView) {
        if let expected, record.sequence != expected { hasGap = true }
        expected = record.sequence + 1
        if record.type == .snapshot { compare(record) }
        switch state.take(record) {
        case .none: break
        case .ended(let step): note(step)
        case .unreadable(let step, _):
            note(step)
            add(step...step)
        }
    }

    private mutating func note(_ step: Int64) {
        steps += 1
        // Numbers that are missing where records are lost were steps.
        if hasGap, let lastStep, lastStep + 1 < step { add((lastStep + 1)...(step - 1)) }
        hasGap = false
        lastStep = step
    }

    private mutating func add(_ range: ClosedRange<Int64>) {
        if let last = unreadable.last, last.upperBound + 1 == range.lowerBound {
            unreadable[unreadable.count - 1] = last.lowerBound...range.upperBound
        } else {
            unreadable.append(range)
        }
    }

    /// Holds a snapshot's hash against the state that the deltas before it gave.
    private mutating func compare(_ record: borrowing RecordView) {
        guard let head = try? SnapshotPayload(decodingHead: record.payload), !head.isAbsent,
            let cursor = state.cursor, cursor.step == head.step, let text = cursor.text()
        else { return }
        if XXH64.hash(text.rawSpan) != head.hash { wrongSnapshots.append(head.step) }
    }
}
