// SPDX-License-Identifier: Apache-2.0
// Which branch a tracker writes: the newest one from its head, or a new one.

internal import EventLog
internal import StateDelta

extension TrackerCore {
    /// Opens the branch that the next event goes to.
    ///
    /// The newest branch goes on where the application continues from its head and nobody writes
    /// it; else a new branch begins. Waits for another writer only where that has as good
    /// as let go.
    ///
    /// - Parameter time: nanoseconds since 1970 UTC, for the records a new branch opens with.
    /// - Throws: `TrackingError` when neither can be opened.
    mutating func open(time: Int64) throws(TrackingError) {
        if let last = lastBranch, !mustBranchOff {
            return try openAgain(last, time: time)
        }
        var point = lastBranch
        if point == nil, let newest = try branches().last {
            if let opened = try openNewest(newest) {
                writer = consume opened
                try describe(time: time)
                return
            }
            if let step = start.continuing {
                point = BranchPoint(branch: try branch(with: step) ?? newest, step: step)
            }
        }
        try begin(continuing: point, time: time)
    }

    /// Goes on with the branch that this tracker wrote before, or behind it.
    private mutating func openAgain(
        _ last: BranchPoint,
        time: Int64
    ) throws(TrackingError) {
        do throws(TrackingError) {
            let opened = try BranchWriter.open(place, branch: last.branch, meta: meta)
            // Another writer may have gone on while the branch was closed.
            if opened.head > last.step { throw .log(.lockedByAnotherWriter(path: opened.log.path)) }
            let lost = last.step - opened.head
            writer = consume opened
            if lost > 0 { noteLost(lost) }
            try describe(time: time)
        } catch {
            guard error.isReasonToBranch else { throw error }
            start = TrackerStart(state: nil, continuing: last.step)
            try begin(continuing: last, time: time)
        }
    }

    private mutating func begin(
        continuing point: BranchPoint?,
        time: Int64
    ) throws(TrackingError) {
        do throws(TrackingError) {
            var opening = start.opening
            if let inherited { opening = .text(inherited.text(), before: start.nextStep) }
            writer = try create(opening, continuing: point, time: time)
        } catch .state {
            // A state that is no JSON: the first step that ends will set it.
            let opening = OpeningState.unknown(before: start.nextStep)
            writer = try create(opening, continuing: point, time: time)
        }
        mustBranchOff = false
        inherited = nil
    }

    private func create(
        _ opening: OpeningState,
        continuing point: BranchPoint?,
        time: Int64
    ) throws(TrackingError) -> BranchWriter {
        try BranchWriter.create(
            place,
            meta: meta,
            continuing: point,
            opening: opening,
            time: time
        )
    }

    /// The branches that there are, oldest first.
    private func branches() throws(TrackingError) -> [BranchID] {
        do throws(Errno) {
            return BranchFiles.among(try place.store.storage.list(place.directory)).map(\.branch)
        } catch .noEntry {
            return []
        } catch {
            throw .log(.io(error, .list, path: place.directory))
        }
    }

    /// The newest branch that has come as far as a step: a newer one may have begun anew.
    ///
    /// - Returns: the first that has, or that cannot be read and may have; `nil` where none has.
    /// - Throws: `TrackingError` where there is no descriptor to read one with: another moment will
    ///   tell, and a wrong branch would stay.
    private func branch(with step: Int64) throws(TrackingError) -> BranchID? {
        for branch in try branches().reversed() {
            do throws(LogError) {
                if try lastStep(of: branch) >= step { return branch }
            } catch {
                let error = TrackingError.log(error)
                if error.isOutOfDescriptors { throw error }
                return branch
            }
        }
        return nil
    }

    /// The last step that ended on a branch; its base step where none has.
    func lastStep(of branch: BranchID) throws(LogError) -> Int64 {
        let reader = try LogReader(
            storage: place.store.storage,
            directory: place.directory,
            branch: branch
        )
        return try reader.lastEnded() ?? reader.segments[0].header.baseStep
    }

    /// The writer of the newest branch; `nil` where the application does not continue its head.
    private mutating func openNewest(_ branch: BranchID) throws(TrackingError) -> BranchWriter? {
        var opened: BranchWriter
        do throws(TrackingError) {
            opened = try BranchWriter.open(place, branch: branch, meta: meta)
        } catch {
            guard error.isReasonToBranch else { throw error }
            return nil
        }
        let head = opened.head
        let isBeginning = start.continuing == nil
        let hasBegun = opened.lastBegun != nil || opened.lastEnded != nil || head >= 0
        if isBeginning ? hasBegun : head != start.continuing { return nil }
        let isSame = opened.knownState()?.text() == start.state
        if isBeginning, !isSame { return nil }
        // The application has changed its state since: its next step is told as a whole.
        if !isSame { isAhead = true }
        return opened
    }

    /// Replaces what the log says of the application where that has changed.
    private mutating func describe(time: Int64) throws(TrackingError) {
        do throws(LogError) { try writer?.replaceMeta(meta, time: time) } catch {
            throw .log(error)
        }
    }
}

extension TrackingError {
    /// Whether the process, or the machine, has no descriptor left.
    var isOutOfDescriptors: Bool {
        guard case .log(.io(let error, _, _)) = self else { return false }
        return error == .tooManyFiles || error == .tooManyFilesOfAll
    }

    /// Whether a new branch beside it helps: the branch is being written, or cannot be gone on
    /// with.
    fileprivate var isReasonToBranch: Bool {
        guard case .log(let error) = self else { return true }
        switch error {
        case .lockedByAnotherWriter, .damaged, .newerVersion, .notFound: return true
        default: return false
        }
    }
}
