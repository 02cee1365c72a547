// SPDX-License-Identifier: Apache-2.0
// Creating a branch, and going on with one.

package import EventLog
internal import StateDelta

/// Where an application's branches are and how they are written.
package struct BranchPlace: Sendable {
    package var store: Store
    /// The application's folder.
    package var directory: String
    package var options: LogOptions
    package var policy: SnapshotPolicy
    /// What the SESSION record says of the writer.
    package var program: String

    package init(
        store: Store,
        directory: String,
        options: LogOptions = LogOptions(),
        policy: SnapshotPolicy = SnapshotPolicy(),
        program: String
    ) {
        self.store = store
        self.directory = directory
        self.options = options
        self.policy = policy
        self.program = program
    }
}

/// A step of a branch, as another branch continues it.
package struct BranchPoint: Hashable, Sendable {
    package var branch: BranchID
    package var step: Int64

    package init(branch: BranchID, step: Int64) {
        self.branch = branch
        self.step = step
    }
}

/// The state a branch begins with.
package enum OpeningState: Sendable {
    /// The state before a step, as compact JSON text.
    case text([UInt8], before: Int64)
    /// Nobody recorded the state before this step.
    case unknown(before: Int64)

    package var baseStep: Int64 {
        switch self {
        case .text(_, let step), .unknown(let step): step - 1
        }
    }
}

extension BranchWriter {
    /// Opens a new branch.
    ///
    /// - Parameters:
    ///   - place: the folder, made where it is missing.
    ///   - meta: what the branch belongs to.
    ///   - point: the step it continues, on another branch; `nil` for a beginning.
    ///   - opening: the state before its first step.
    ///   - time: nanoseconds since 1970 UTC, for the opening records.
    ///   - id: its id; `nil` for a new one, which sorts behind all that are here.
    /// - Returns: its writer.
    /// - Throws: `TrackingError` when the folder or the file cannot be made, or the state is no
    ///   JSON.
    package static func create(
        _ place: BranchPlace,
        meta: Meta,
        continuing point: BranchPoint?,
        opening: OpeningState,
        time: Int64,
        as id: BranchID? = nil
    ) throws(TrackingError) -> BranchWriter {
        var document: StateDocument?
        if case .text(let text, _) = opening {
            do { document = try StateDocument(validating: text) } catch { throw .state(error) }
        }
        var restored = RestoredBranch()
        restored.cursor = StateCursor(step: opening.baseStep, text: document?.text(), names: [])
        do throws(LogError) {
            let snapshot =
                if let document {
                    try Snapshot(opening.baseStep, document, NameTable(), time: time)
                } else {
                    try Snapshot(unknownAt: opening.baseStep, time: time)
                }
            try place.prepareFolder()
            let branch = if let id { id } else { try place.newBranch() }
            let log = try LogWriter.create(
                storage: place.store.storage,
                directory: place.directory,
                branch: branch,
                options: place.options,
                baseStep: opening.baseStep,
                parent: point.map { ParentPoint(branch: $0.branch, sequence: 0, step: $0.step) },
                opening: meta.opening(snapshot, time: time)
            )
            restored.snapshotStored = snapshot.storedLength
            restored.snapshotEnd = log.bytesAppended
            return BranchWriter(
                log: log,
                place: place,
                meta: meta,
                restored: restored,
                rowsAreWhole: true
            )
        } catch {
            throw .log(error)
        }
    }
}

extension BranchWriter {
    /// Goes on with a branch, recovering what a crash has left.
    ///
    /// - Parameters:
    ///   - place: where it is.
    ///   - branch: which one.
    ///   - meta: what it belongs to, where its own record cannot be read.
    /// - Returns: its writer.
    /// - Throws: `LogError.lockedByAnotherWriter` in `TrackingError.log` when it is being written.
    /// - Complexity: reads the active segment once.
    package static func open(
        _ place: BranchPlace,
        branch: BranchID,
        meta: Meta
    ) throws(TrackingError) -> BranchWriter {
        let storage = place.store.storage
        var restored = RestoredBranch()
        do throws(LogError) {
            let log = try LogWriter.open(
                storage: storage,
                directory: place.directory,
                branch: branch,
                options: place.options,
                visit: { (record) throws(LogError) in
                    restored.visit(record)
                },
                reopening: { (context) throws(LogError) in
                    if context.reason == .sealed { try restored.read(branch, in: place) }
                    return try restored.opening(
                        fallback: meta,
                        after: context.lastStep,
                        time: storage.currentTime
                    )
                }
            )
            let isNew = log.recovery.isInNewSegment
            if isNew {
                restored.snapshotEnd = log.bytesAppended
            } else {
                // What is not known of the last state is left unknown: the next step sets it all.
                try? restored.finish()
            }
            return BranchWriter(
                log: log,
                place: place,
                meta: restored.meta ?? meta,
                restored: restored,
                rowsAreWhole: isNew
            )
        } catch {
            throw .log(error)
        }
    }
}

extension RestoredBranch {
    /// Reads the end of a branch whose last segment is sealed.
    fileprivate mutating func read(
        _ branch: BranchID,
        in place: BranchPlace
    ) throws(LogError) {
        let reader = try LogReader(
            storage: place.store.storage,
            directory: place.directory,
            branch: branch
        )
        guard let last = reader.lastSegment?.header.segment else { return }
        var restored = self
        _ = try reader.scan(segment: last) { record in
            restored.visit(record)
            return .proceed
        }
        self = restored
    }

    /// What a new segment of the branch opens with.
    fileprivate mutating func opening(
        fallback: Meta,
        after last: Int64,
        time: Int64
    ) throws(LogError) -> [OpeningRecord] {
        try? finish()
        // Where all that a segment opened with is lost, its header knows where it began.
        let step = max(lastEnded ?? cursor.step, last)
        let snapshot: Snapshot
        // The deltas that follow refer to this snapshot, as readers do, and to none before it.
        if let document = cursor.document, cursor.isRecorded, cursor.step == step {
            snapshot = try Snapshot(step, document, cursor.names, time: time)
            cursor.passSnapshot()
        } else {
            snapshot = try Snapshot(unknownAt: step, time: time)
            cursor = StateCursor(step: step, text: nil, names: [])
        }
        snapshotStored = snapshot.storedLength
        return (meta ?? fallback).opening(snapshot, time: time)
    }
}

extension BranchPlace {
    /// A branch that sorts behind all that are here, also behind those of the same millisecond.
    func newBranch() throws(LogError) -> BranchID {
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try store.storage.list(directory)
        } catch {
            throw .io(error, .list, path: directory)
        }
        let newest = BranchFiles.among(entries).last?.branch
        return try BranchID.generate(on: store.storage, after: newest ?? .none)
    }

    /// Makes the folder and Burr's empty `log.jsonl`, without which Burr's own server fails.
    func prepareFolder() throws(LogError) {
        let marker = "\(directory)/log.jsonl"
        do throws(Errno) {
            // Durably from the first: whoever finds a folder takes the names above it for durable.
            if try store.storage.fileSize(directory) == nil {
                try store.storage.makeDirectories(directory, durably: true)
            }
            if try store.storage.fileSize(marker) == nil {
                let file = try store.storage.open(marker, .createNew)
                try file.close()
            }
        } catch .exists {
            return  // Another process was faster.
        } catch {
            throw .io(error, .makeDirectory, path: marker)
        }
    }
}

extension BranchWriter {
    /// The step whose state the branch begins with; `nil` once it has more than one segment.
    package var opensAt: Int64? {
        let header = log.segmentHeader
        return header.segment == 0 ? header.baseStep : nil
    }

    /// The point that the branch continues; `nil` for a beginning.
    package var continues: BranchPoint? {
        log.segmentHeader.parent.map { BranchPoint(branch: $0.branch, step: $0.step) }
    }
}
