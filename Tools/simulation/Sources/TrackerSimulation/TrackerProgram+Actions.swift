// What a random program does with its trackers.

internal import EventLog
internal import Replay
internal import Simulation
internal import StateDelta
internal import Synchronization
internal import Tracking

extension TrackerProgram {
    mutating func perform(_ action: TrackerProfile.Action) throws {
        switch action {
        case .open: try open()
        case .pass: try pass(.milliseconds(random.pick([10, 150, 300])))
        case .idle:
            try pass(.milliseconds(600))
            try pass(.milliseconds(1_100))
        case .disturb: disturb()
        case .inspect, .kill, .powerCut: break
        default:
            if runs.isEmpty { try open() }
            if runs.isEmpty { return }
            try perform(action, random.below(runs.count))
        }
    }

    private mutating func perform(_ action: TrackerProfile.Action, _ index: Int) throws {
        switch action {
        case .step: try step(index)
        case .begin: begin(index)
        case .end: try end(index)
        case .event: event(index)
        case .run: try run(index)
        case .flush: tell(index) { (tracker) throws(TrackingError) in try tracker.flush() }
        case .release: tell(index) { (tracker) throws(TrackingError) in try tracker.release() }
        case .close: close(index)
        case .drop:
            note()
            runs.remove(at: index)
        default: break
        }
    }

    // MARK: Time and faults

    private mutating func pass(_ time: Duration) throws {
        storage.pass(time)
        syncer.step()
        note()
        if storage.isDead || disturbed > 0 || time < .milliseconds(300) { return }
        guard case .interval = profile.durability, profile.chances.isKind else { return }
        let files = files
        for run in runs where run.isUnhurt {
            guard let progress = run.tracker.progress else { continue }
            let late = model[progress.branch].attempts.first { attempt in
                guard let end = attempt.end, end.branch == progress.branch else { return false }
                if attempt.run != run.number || !attempt.isReported || attempt.isDurable {
                    return false
                }
                // What a sync has failed for is not promised, and its writer may have slept since.
                let file = SegmentName(branch: end.branch, number: end.segment)
                return end.end > files[file] ?? 0
            }
            if let late { throw failure("\(late.words) is not durable after the interval") }
        }
    }

    private mutating func disturb() {
        disturbed = 2 + random.below(8)
        let kind = random.below(5)
        let space = random.below(4_000)
        let mayFailToSync = profile.durability.isSynced
        storage.faults.withLock { faults in
            switch kind {
            case 0, 1: faults.space = space
            case 2: faults.write = .io
            case 3:
                faults.write = .noSpace
                faults.truncate = .io
            default: if mayFailToSync { faults.sync = .io } else { faults.createSuffix = ".tmp" }
            }
        }
        trace.append("    kind \(kind), \(space) bytes free")
    }

    // MARK: Steps

    mutating func step(
        _ index: Int,
        isPlain: Bool = false,
        isFollowed: Bool = false
    ) throws {
        begin(index)
        while !isPlain, random.chance(1, of: 4) { event(index) }
        try end(index, isPlain: isPlain, isFollowed: isFollowed)
    }

    private var action: [UInt8] { Array("act\(serial % 3)".utf8) }

    private mutating func begin(_ index: Int) {
        if runs[index].hasBegun { return }
        runs[index].hasBegun = true
        let event = beginning(of: runs[index].step)
        tell(index, isRecord: true) { (tracker) throws(TrackingError) in
            try tracker.begin(event)
        }
    }

    private mutating func beginning(of step: Int64) -> StepBegin {
        var event = StepBegin(step: step, action: action, time: time)
        if random.chance(1, of: 4) { event.inputs = Array("{\"prompt\":\"hi\"}".utf8) }
        return event
    }

    private var time: EventTime {
        let time = storage.currentTime
        return EventTime(nanoseconds: time - time % 1_000)
    }

    /// Ends a step; one that is followed is written with the begin of the next one.
    private mutating func end(
        _ index: Int,
        isPlain: Bool = false,
        isFollowed: Bool = false
    ) throws {
        let step = runs[index].step
        var event = StepEnd(step: step, action: action, time: time)
        if random.chance(1, of: 8) { event.exception = Array("\"Traceback\"".utf8) }
        runs[index].hasBegun = false
        runs[index].step += 1
        let kind = isPlain ? 100 : random.below(60)
        let mayTellEdits = runs[index].mayTellEdits
        if kind < 4 {
            let text = [nil, nil, Array("null".utf8), Array("{\"serial\":".utf8)][kind]
            // The last one is no JSON: the step is recorded without it, and a failure counted.
            runs[index].mayTellEdits = false
            let attempt = attempt(.stepEnd, step, kind == 3 ? nil : text)
            tell(index, attempt) { (tracker) throws(TrackingError) in
                try tracker.end(event, state: text?.rawSpan)
            }
            // What was missing before may have been said with the step that has no state.
            if kind == 3 { runs[index].isMissing = false }
            return
        }
        serial += 1
        let edits = runs[index].state.change(
            serial: serial,
            wordiness: profile.wordiness,
            &random
        )
        let text = runs[index].state.text
        states[text] = runs[index].state
        let tellsEdits = mayTellEdits && random.chance(1, of: 2)
        runs[index].mayTellEdits = true
        var next = tellsEdits && isFollowed ? beginning(of: step + 1) : nil
        runs[index].hasBegun = next != nil
        tell(index, attempt(.stepEnd, step, text)) { (tracker) throws(TrackingError) in
            if tellsEdits {
                var event = event
                try tracker.end(
                    &event,
                    changes: { writer in
                        for edit in edits { edit.write(to: &writer) }
                        return text.count
                    },
                    state: { text },
                    followedBy: &next
                )
            } else {
                try tracker.end(event, state: text.rawSpan)
            }
        }
    }

    private mutating func event(_ index: Int) {
        serial += 1
        let type = random.pick(Self.textTypes)
        let text = Array("{\"type\":\"event\",\"serial\":\(serial)}".utf8)
        let (step, time) = (runs[index].step, time.nanoseconds)
        tell(index, attempt(type, step, text)) { (tracker) throws(TrackingError) in
            try tracker.event(type, step: step, time: time, text: text.rawSpan)
        }
    }

    /// An execute call: other trackers are kept out until it ends.
    private mutating func run(_ index: Int) throws {
        let time = time.nanoseconds
        tell(index, isRecord: true) { (tracker) throws(TrackingError) in
            try tracker.runBegin(method: "run", time: time)
        }
        let last = random.below(5)
        for place in 0...last { try step(index, isFollowed: place < last) }
        tell(index, isRecord: true) { (tracker) throws(TrackingError) in
            try tracker.runEnd(method: "run", exception: nil, time: time)
        }
    }

    private func attempt(_ type: RecordType, _ step: Int64, _ text: [UInt8]?)
        -> TrackerModel.Attempt
    {
        TrackerModel.Attempt(type: type, step: step, text: text, isReported: false)
    }

    // MARK: Calls

    /// Calls a tracker, and the model hears what became of it.
    private mutating func tell(
        _ index: Int,
        _ attempt: TrackerModel.Attempt? = nil,
        isRecord: Bool = false,
        _ body: (Tracker) throws(TrackingError) -> Void
    ) {
        let tracker = runs[index].tracker
        let (before, failures, said) = (tracker.branch, tracker.failureCount, warnings.count)
        var hasThrown = false
        do throws(TrackingError) { try body(tracker) } catch {
            trace.append("    run \(runs[index].number): \(error)")
            hasThrown = true
        }
        let after = tracker.branch
        let isCounted = tracker.failureCount != failures
        let hasFailed = hasThrown || isCounted || warnings.count != said
        note(
            index,
            hasFailed: hasFailed,
            isCounted: isCounted,
            after,
            isRecord: isRecord || attempt != nil
        )
        guard var attempt else { return }
        trace.append(
            "    run \(runs[index].number): \(attempt.type.rawValue) of \(attempt.step), branch "
                + "\(after.map { "\($0)" } ?? "none"), \(hasFailed ? "failed" : "reported")"
        )
        attempt.isReported = !hasFailed
        attempt.run = runs[index].number
        attempt.end = tracker.progress.map(TrackerModel.Extent.init)
        if attempt.isReported, let after {
            attempt.isWritten = !profile.isBuffered
            attempt.isDurable = attempt.isStep && profile.durability == .everyStep
            model.add(attempt, to: after)
        } else {
            for branch in Set([before, after].compactMap(\.self)).sorted() {
                model.add(attempt, to: branch)
            }
        }
        if attempt.isStep { runs[index].remember(attempt) }
        note()
    }

    /// Events that are missing are said with the next one that is recorded.
    private mutating func note(
        _ index: Int,
        hasFailed: Bool,
        isCounted: Bool,
        _ branch: BranchID?,
        isRecord: Bool
    ) {
        if hasFailed { runs[index].isUnhurt = false }
        if isCounted {
            runs[index].isMissing = true
        } else if isRecord, !hasFailed, runs[index].isMissing {
            runs[index].isMissing = false
            if let branch, !profile.isBuffered { model.addGap(to: branch) }
        }
    }

    private mutating func close(_ index: Int) {
        note()
        let run = runs.remove(at: index)
        do throws(TrackingError) { try run.tracker.close() } catch {
            trace.append("    run \(run.number): closing: \(error)")
        }
    }
}

extension Chances {
    /// Whether nothing fails.
    fileprivate var isKind: Bool {
        var kind = Chances()
        (kind.shortWrite, kind.interrupted, kind.clockJump) = (shortWrite, interrupted, clockJump)
        return self == kind
    }
}
