// Reading everything back, and repairing what is damaged.

internal import EventLog
internal import Replay
internal import Simulation
internal import StateDelta
internal import Tracking

extension TrackerProgram {
    /// All that is read of an application.
    private struct FolderReading {
        var branches: [BranchReading] = []
        /// Branches that say that they cannot be read.
        var refused: Set<BranchID> = []
        /// Steps of each run's line, by the run's number.
        var lines: [Int: [Int64: BranchReading.Outcome]] = [:]
    }

    /// Reads every branch and holds it against the model.
    mutating func inspect(after event: TrackerModel.Event) throws {
        let reading: FolderReading
        do {
            let (store, model, runs) = (store, model, runs)
            reading = try storage.undisturbed {
                Result { try Self.read(store, model, runs) }
            }.get()
        } catch {
            throw failure("reading failed: \(error)")
        }
        for branch in reading.branches { learnRepair(branch) }
        if let objection = model.objection(
            to: reading.branches,
            refused: reading.refused,
            after: event
        ) {
            throw failure("after \(event): \(objection)")
        }
        try checkBefore(reading)
        try checkVerdicts(reading, after: event)
        for run in runs where !run.isAdrift {
            if let line = reading.lines[run.number] { try check(run, line) }
        }
        if event != .nothing {
            model.adopt(reading.branches, unread: Set(files.keys.map(\.branch)), after: event)
        }
    }

    /// The segments on the disk, and how much of each a failed sync may have cost.
    var files: [SegmentName: Int] {
        var files: [SegmentName: Int] = [:]
        let folder = store.directory(of: Self.name) + "/"
        for (path, end) in storage.failedEnds where path.hasPrefix(folder) {
            if let name = SegmentName(String(path.dropFirst(folder.count))) { files[name] = end }
        }
        return files
    }

    private static func read(
        _ store: Store,
        _ model: TrackerModel,
        _ runs: [TrackedRun]
    ) throws -> FolderReading {
        var reading = FolderReading()
        let history: History
        do throws(ReplayError) { history = try History(name, in: store) } catch {
            switch error {
            case .noSteps, .store(.noApplication): return reading
            default: throw error
            }
        }
        let checked = try Verification.run(name, in: store, deep: true)
        for (id, error) in history.problems {
            switch error {
            case .damaged: break
            // Versions are judged before checksums.
            case .newerVersion where model.isCorrupted: break
            default: throw error
            }
            reading.refused.insert(id)
        }
        for branch in history.branches {
            guard let verification = checked.first(where: { $0.branch == branch.id }) else {
                continue
            }
            let original = model.branches.keys.first { $0.repair == branch.id }
            var steps = model[branch.id].steps
            if let original { steps.formUnion(model[original].steps) }
            reading.branches.append(
                try BranchReading(branch, of: history, steps: steps, verification: verification)
            )
        }
        for run in runs {
            guard let id = run.tracker.branch,
                let branch = history.branches.first(where: { $0.id == id })
            else { continue }
            var line: [Int64: BranchReading.Outcome] = [:]
            try history.eachState(history.line(of: branch), 0...Int64.max) { step in
                let hasNone = step.end.map { $0.stateLength == nil } ?? false
                if step.state != nil || hasNone {
                    line[step.step] = step.state.map { .state($0.text()) } ?? .withoutState
                }
                return true
            }
            reading.lines[run.number] = line
        }
        return reading
    }

    /// A repair is known by its id, and by what it continues.
    private mutating func learnRepair(_ reading: BranchReading) {
        guard model.branches[reading.branch] == nil,
            let original = model.branches.keys.first(where: { $0.repair == reading.branch }),
            reading.parent == BranchPoint(branch: original, step: reading.baseStep)
        else { return }
        model.addRepair(of: original)
        if damaged.contains(original) { trace.append("    \(reading.branch) repairs \(original)") }
    }

    // MARK: What must hold

    /// What a step saw is what the one before it left, or what its branch opened with.
    private func checkBefore(_ reading: FolderReading) throws {
        for branch in reading.branches {
            for (step, text) in branch.before.sorted(by: { $0.key < $1.key }) {
                if branch.outcomes[step - 1] == .state(text) { continue }
                // Behind a damaged header nobody knows where the branch begins.
                if branch.baseStep == .min, model.openings.contains(text) { continue }
                if branch.baseStep == .min, isState(text, at: step - 1) { continue }
                // Where the end of a step is lost, a snapshot behind it knows its state.
                let isCopy = model[branch.branch].isRepair
                if branch.isDamaged || isCopy, isState(text, at: step - 1) { continue }
                if step == branch.baseStep + 1, model.openings.contains(text) { continue }
                if step == branch.baseStep + 1, isState(text, at: step - 1) { continue }
                throw failure(
                    "branch \(branch.branch) from \(branch.baseStep): before step \(step) reads \""
                        + "\(String(decoding: text.prefix(60), as: UTF8.self))\""
                )
            }
        }
    }

    private func isState(_ text: [UInt8], at step: Int64) -> Bool {
        model.branches.values.contains { branch in
            (branch.attempts + branch.lost).contains { $0.step == step && $0.text == text }
        }
    }

    /// Only a machine that loses power, or its disk, leaves damage.
    private mutating func checkVerdicts(
        _ reading: FolderReading,
        after event: TrackerModel.Event
    ) throws {
        for branch in reading.branches where branch.isDamaged {
            if event.isOfMachine { damaged.insert(branch.branch) }
            if !damaged.contains(branch.branch) {
                throw failure("branch \(branch.branch) is damaged: \(branch.verification)")
            }
        }
    }

    /// The line through a tracker's branch is what its program did, and all of it.
    private func check(_ run: TrackedRun, _ line: [Int64: BranchReading.Outcome]) throws {
        for (step, outcome) in line.sorted(by: { $0.key < $1.key })
        where step <= run.lastReported {
            let isKnown = run.past[step, default: []].contains { attempt in
                outcome == attempt.text.map { .state($0) } ?? .withoutState
            }
            if !isKnown {
                throw failure("run \(run.number) did not leave step \(step) as \(outcome)")
            }
        }
        if profile.isBuffered { return }
        for (step, tried) in run.past.sorted(by: { $0.key < $1.key }) {
            if tried.contains(where: \.isReported), line[step] == nil {
                throw failure("step \(step) is not on the line of run \(run.number)")
            }
        }
    }

    // MARK: Repairs

    /// Repairs what is damaged: a copy of the disk always, the disk itself now and then.
    mutating func repair() throws {
        let isDamaged = try damagedBranches()
        if isDamaged.isEmpty { return }
        try repairCopy(isDamaged)
        if !random.chance(1, of: 3) { return }
        trace.append("repair")
        if random.chance(1, of: 2) {
            storage.die(afterCalls: 1 + random.below(200))
        }
        do throws(RepairError) {
            for result in try Repair.run(Self.name, in: store, sizes: sizes) {
                guard let id = result.repair else { continue }
                model.promise(repair: id)
                trace.append("    \(id)")
            }
        } catch {
            trace.append("    \(error)")
        }
        if storage.isDead {
            storage.kill()
            trace.append("    killed")
        }
        storage.die(afterCalls: nil)
        try inspect(after: .nothing)
    }

    private var sizes: RepairSizes {
        var sizes = RepairSizes()
        sizes.segmentTarget = profile.segmentTarget
        sizes.snapshots = SnapshotPolicy(floor: profile.snapshotFloor)
        return sizes
    }

    private func damagedBranches() throws -> [BranchVerification] {
        let (name, store) = (Self.name, store)
        return storage.undisturbed {
            let found = (try? Verification.run(name, in: store, deep: false)) ?? []
            return found.filter { $0.verdict == .damaged && $0.repairedIn == nil }
        }
    }

    /// A repair gives exactly the steps that the damaged branch gives, and changes nothing of it.
    private func repairCopy(_ found: [BranchVerification]) throws {
        let before = storage.image
        let copy = SimulatedStorage(before, seed: seed)
        let store = Store(root: store.root, storage: copy)
        do {
            let model = model
            let original = try Self.read(store, model, [])
            let results = try Repair.run(Self.name, in: store, sizes: sizes)
            let after = copy.image
            for (path, bytes) in before
            where !path.contains("/.") && path.hasSuffix(".burr") && after[path] != bytes {
                throw failure("the repair has changed \(path)")
            }
            let repaired = try Self.read(store, model, [])
            for result in results where result.isNew {
                // One that a killed repair had left unfinished is there only since this one.
                let damaged = (original.branches + repaired.branches)
                    .first { $0.branch == result.found.branch }
                let whole = repaired.branches.first { $0.branch == result.repair }
                guard let damaged, let whole else { throw failure("a repair is not there") }
                let replayable = damaged.outcomes.filter { step, _ in
                    damaged.verification.replayable.contains { $0.contains(step) }
                }
                if replayable != whole.outcomes.filter(\.value.isState) {
                    throw failure("the repair of \(damaged.branch) gives other steps")
                }
            }
        } catch let failure as SimulationFailure {
            throw failure
        } catch RepairError.unreadable(.newerVersion) where model.isCorrupted {
            // It says so, and changes nothing.
        } catch {
            throw failure("repairing \(found.map(\.branch)) failed: \(error)")
        }
    }
}
