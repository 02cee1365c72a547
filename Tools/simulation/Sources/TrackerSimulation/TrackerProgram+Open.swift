// How applications come to be tracked: from the beginning, from the head, from an earlier step.

internal import EventLog
internal import Replay
internal import Simulation
internal import StateDelta
internal import Tracking

extension TrackerProgram {
    /// What a program knows of an application before it goes on with it.
    private struct Known {
        var branch: BranchID?
        var past: [Int64: [TrackerModel.Attempt]] = [:]
    }

    /// Opens one more tracker.
    mutating func open() throws {
        if runs.count >= Self.mostRuns {
            note()
            runs.remove(at: random.below(runs.count))
            if storage.isDead { return }
        }
        var known = try lookUp()
        let start = try choose(&known)
        let run = try track(start, known)
        guard var run else { return }
        // Whose line a branch continues that could not be opened at once, nobody can say.
        run.isAdrift = run.tracker.branch == nil
        if run.isAdrift, random.chance(1, of: 2) { return }
        runs.append(run)
        note()
    }

    /// Reads the newest branch's line, as programs do that go on with it.
    private mutating func lookUp() throws -> Known {
        let (name, store) = (Self.name, store)
        let result = storage.undisturbed { () -> Result<Known, any Error> in
            Result {
                var known = Known()
                guard let history = try? History(name, in: store) else { return known }
                known.branch = history.newest.id
                try history.eachState(history.line(of: history.newest), 0...Int64.max) { step in
                    let hasNone = step.end.map { $0.stateLength == nil } ?? false
                    if step.state != nil || hasNone {
                        let text = step.state?.text()
                        let found = TrackerModel.Attempt(
                            type: .stepEnd,
                            step: step.step,
                            text: text,
                            isReported: true
                        )
                        known.past[step.step] = [found]
                    }
                    return true
                }
                return known
            }
        }
        return try result.get()
    }

    /// Chooses where to go on.
    private mutating func choose(_ known: inout Known) throws -> TrackerStart {
        let steps = known.past.keys.sorted()
        guard let head = steps.last, !random.chance(1, of: 6) else {
            known.past = [:]
            let state = ProgramState()
            states[state.text] = state
            model.addOpening(state.text)
            trace.append("    from the beginning")
            return TrackerStart(state: state.text)
        }
        let step = random.chance(1, of: 3) ? random.pick(steps) : head
        known.past = known.past.filter { $0.key <= step }
        var text = known.past[step]?.first?.text
        trace.append("    from step \(step)\(text == nil ? ", without a state" : "")")
        // Programs change their states between two runs, too.
        if let known = text, var state = states[known], random.chance(1, of: 10) {
            serial += 1
            _ = state.change(serial: serial, wordiness: profile.wordiness, &random)
            text = state.text
            states[state.text] = state
        }
        if let text { model.addOpening(text) }
        return TrackerStart(state: text, continuing: step)
    }

    private mutating func track(_ start: TrackerStart, _ known: Known) throws -> TrackedRun? {
        var application = TrackedApplication(store: store, name: Self.name)
        if random.chance(1, of: 5) { graphs += 1 }
        application.graph = Array("{\"version\":\(graphs)}".utf8)
        application.actions = ActionNames(
            graphs % 2 == 0 ? ["act0", "act1"] : ["act1", "act2", "act0"]
        )
        let warnings = warnings
        var options = TrackerOptions(
            durability: profile.durability,
            onFailure: profile.raises ? .raise : .ignore,
            program: "simulated",
            warn: { _ in warnings.add() }
        )
        options.peers = peers
        options.log.segmentTarget = profile.segmentTarget
        options.log.burst = profile.burst
        options.snapshots = SnapshotPolicy(floor: profile.snapshotFloor)
        runCount += 1
        do throws(TrackingError) {
            let tracker = try Tracker(application, start: start, options: options)
            trace.append(
                "    run \(runCount): branch \(tracker.branch.map { "\($0)" } ?? "none")"
            )
            return TrackedRun(
                number: runCount,
                tracker: tracker,
                state: start.state.flatMap { states[$0] } ?? ProgramState(),
                step: (start.continuing ?? -1) + 1,
                past: known.past,
                mayTellEdits: start.state != nil,
                isMissing: tracker.failureCount > 0,
                lastReported: start.continuing ?? -1
            )
        } catch {
            trace.append("    not opened: \(error)")
            return nil
        }
    }
}
