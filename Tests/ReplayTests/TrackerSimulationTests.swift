import EventLog
import Replay
import Simulation
import StateDelta
import Synchronization
import Testing
import Tracking
import TrackerSimulation

/// A program that tells its tracker what each step changed, on a simulated machine.
private struct EditingProgram {
    let storage: SimulatedStorage
    let store: Store
    let name = ApplicationName(project: "demo", appID: "app")
    let syncer: Syncer
    let peers: OpenTrackers

    init(seed: UInt64 = 0) {
        storage = SimulatedStorage(seed: seed)
        store = Store(root: "/store", storage: storage)
        let storage = storage
        syncer = Syncer { storage.monotonicTime }
        peers = OpenTrackers(syncer: syncer)
    }

    func tracker(
        state: String = "{\"n\":-1,\"list\":[]}",
        continuing step: Int64? = nil,
        durability: Durability = .os,
        _ onFailure: FailurePolicy = .ignore
    ) throws -> Tracker {
        var options = TrackerOptions(durability: durability, program: "test", warn: { _ in })
        options.onFailure = onFailure
        options.peers = peers
        return try Tracker(
            TrackedApplication(store: store, name: name),
            start: TrackerStart(state: Array(state.utf8), continuing: step),
            options: options
        )
    }

    /// Ends a step that appends its number to the list.
    func run(_ tracker: Tracker, _ step: Int64) throws {
        let time = EventTime(nanoseconds: 1_000 * step)
        let number = Array("\(step)".utf8)
        var event = StepEnd(step: step, action: Array("act".utf8), time: time)
        try tracker.end(
            &event,
            changes: { edits in
                edits.set(Array("n".utf8), integer: Int(step))
                edits.append(Array("list".utf8), after: Int(step), [number])
                return Self.state(step).count
            },
            state: { Self.state(step) }
        )
    }

    /// The same, with the begin of the next step right behind.
    func runOn(_ tracker: Tracker, _ step: Int64) throws {
        let time = EventTime(nanoseconds: 1_000)
        var event = StepEnd(step: step, action: [97], time: time)
        var next: StepBegin? = StepBegin(step: step + 1, action: [97], time: time)
        try tracker.end(
            &event,
            changes: { edits in
                edits.set(Array("n".utf8), integer: Int(step))
                edits.append(Array("list".utf8), after: Int(step), [Array("\(step)".utf8)])
                return Self.state(step).count
            },
            state: { Self.state(step) },
            followedBy: &next
        )
    }

    static func state(_ step: Int64) -> [UInt8] {
        let list = (0...step).map { "\($0)" }.joined(separator: ",")
        return Array("{\"n\":\(step),\"list\":[\(list)]}".utf8)
    }

    func state(_ ref: String) throws -> [UInt8] {
        let history = try History(name, in: store)
        return try history.state(at: history.resolve(Ref(ref), now: 0))
    }
}

@Suite struct TrackerSimulationTests {
    @Test func `a copy that a killed repair left is durable once a repair has told of it`() throws {
        let program = EditingProgram()
        let tracker = try program.tracker(durability: .everyStep)
        for step in 0..<8 as Range<Int64> { try program.run(tracker, step) }
        try tracker.close()
        program.storage.kill()
        let directory = program.store.directory(of: program.name)
        let segment = try #require(program.storage.image.keys.first { $0.hasSuffix(".burr") })
        // In the middle of a step: the log is damaged, and has more behind that.
        let whole = try #require(program.storage.image[segment])
        var damaged = whole
        damaged[whole.count / 2] ^= 1
        var told = 0
        for calls in 1..<400 {
            let storage = SimulatedStorage([segment: damaged])
            let store = Store(root: "/store", storage: storage)
            storage.die(afterCalls: calls)
            _ = try? Repair.run(program.name, in: store)
            storage.kill()
            storage.die(afterCalls: nil)
            let results = try Repair.run(program.name, in: store)
            guard let copy = results.compactMap(\.repair).first else { continue }
            told += 1
            storage.cutPower(PowerCut(kept: 0, tearsSectors: false, leavesGarbage: false))
            let found = Verification.check(copy, directory: directory, store: store, deep: true)
            #expect(found.verdict == .clean, "killed at call \(calls)")
        }
        #expect(told > 0)
    }

    @Test func `random programs of trackers keep what they were promised, whatever happens`() {
        for seed in 0..<300 as Range<UInt64> {
            if let failure = checkTrackers(seed: seed) { Issue.record("\(failure)") }
        }
    }

    @Test func `a seed gives the same trackers and the same disk every time`() {
        let runs = (0..<2).map { _ in traceOfTrackers(seed: 7) }
        #expect(runs[0].trace == runs[1].trace && runs[0].trace.count > 20)
        #expect(runs[0].image == runs[1].image)
    }

    @Test func `a new application's folder is on the disk with what was synced in it`() throws {
        let program = EditingProgram()
        let tracker = try program.tracker(durability: .everyStep)
        try program.run(tracker, 0)
        program.storage.stop()
        program.storage.cutPower(PowerCut(kept: 0, tearsSectors: false, leavesGarbage: false))
        #expect(try program.state("0") == EditingProgram.state(0))
    }

    @Test func `a sync that had failed is made good when the tracker is closed`() throws {
        // Of what a failed sync was for, some is on the disk by chance.
        for seed in 0..<8 as Range<UInt64> {
            let program = EditingProgram(seed: seed)
            let tracker = try program.tracker(durability: .interval(.milliseconds(250)), .raise)
            for step in 0..<30 as Range<Int64> { try program.run(tracker, step) }
            program.storage.faults.withLock { $0.sync = .io }
            program.storage.pass(.seconds(1))
            program.syncer.step()
            program.storage.faults.withLock { $0.sync = nil }
            try tracker.close()
            program.storage.stop()
            program.storage.cutPower(PowerCut(kept: 0, tearsSectors: false, leavesGarbage: false))
            #expect(try program.state("29") == EditingProgram.state(29), "seed \(seed)")
        }
    }

    @Test func `where an end cannot be written the begin that follows it still is`() throws {
        let program = EditingProgram()
        let tracker = try program.tracker()
        try program.runOn(tracker, 0)
        #expect(tracker.failureCount == 0)
        // Both are missed: the end waits in memory for the begin, with which it is written.
        program.storage.faults.withLock { $0.write = .io }
        try program.runOn(tracker, 1)
        program.storage.faults.withLock { $0.write = nil }
        #expect(tracker.failureCount >= 1)
        program.storage.pass(.seconds(1))
        try program.runOn(tracker, 2)
        try program.runOn(tracker, 3)
        try tracker.close()
        #expect(try program.state("3") == EditingProgram.state(3))
        let history = try History(program.name, in: program.store)
        let begun = try history.branches[0].reader.lastEnded()
        #expect(begun == 3)
    }

    @Test func `another's step in place of one that never left memory is not taken for it`() throws
    {
        let program = EditingProgram()
        let tracker = try program.tracker(durability: .interval(.seconds(1)))
        try program.runOn(tracker, 0)
        // The end waits in memory; the begin cannot be taken back, which closes the branch.
        program.storage.faults.withLock { faults in
            faults.write = .io
            faults.truncate = .io
        }
        try program.runOn(tracker, 1)
        try program.runOn(tracker, 2)
        program.storage.faults.withLock { $0 = Faults() }
        let first = String(decoding: EditingProgram.state(0), as: UTF8.self)
        let other = try program.tracker(state: first, continuing: 0)
        let text = Array("{\"n\":100}".utf8)
        try other.end(
            StepEnd(step: 1, action: [97], time: EventTime(nanoseconds: 1_000)),
            state: text.rawSpan
        )
        try other.release()
        program.storage.pass(.seconds(1))
        try program.run(tracker, 3)
        let history = try History(program.name, in: program.store)
        let found = try #require(history.branches.first { $0.id == tracker.branch })
        #expect(found.id != other.branch)
        #expect(found.parent?.step == 0)
        let theirs = try #require(other.branch)
        #expect(try program.state("1@\(theirs)") == text)
        #expect(try program.state("3@\(found.id)") == EditingProgram.state(3))
    }

    @Test func `a step after one that was missed is not told by what it changed`() throws {
        let program = EditingProgram()
        program.storage.faults.withLock { $0.write = .io }
        let tracker = try program.tracker()
        try program.run(tracker, 0)
        program.storage.faults.withLock { $0.write = nil }
        program.storage.pass(.seconds(1))
        try program.run(tracker, 1)
        #expect(tracker.failureCount == 2)
        #expect(try program.state("1") == EditingProgram.state(1))
        let history = try History(program.name, in: program.store)
        let position = try history.resolve(Ref("1"), now: 0)
        // What step 1 saw was never recorded.
        #expect(throws: ReplayError.self) { try history.state(at: position, side: .before) }
    }

    @Test func `a step missed just before its log had to be opened again is not forgotten`() throws
    {
        let program = EditingProgram()
        let tracker = try program.tracker()
        try program.run(tracker, 0)
        program.storage.faults.withLock { faults in
            faults.space = 10
            faults.truncate = .io
        }
        try program.run(tracker, 1)
        #expect(tracker.failureCount == 1)
        program.storage.faults.withLock { $0 = Faults() }
        program.storage.pass(.seconds(1))
        try program.run(tracker, 2)
        #expect(try program.state("2") == EditingProgram.state(2))
    }

    @Test func `a state that was changed between two sessions is not edited as it was`() throws {
        let program = EditingProgram()
        do {
            let tracker = try program.tracker()
            try program.run(tracker, 0)
            try tracker.close()
        }
        let next = try program.tracker(state: "{\"list\":[7],\"n\":7}", continuing: 0)
        let state = Array("{\"list\":[7],\"n\":8}".utf8)
        let time = EventTime(nanoseconds: 0)
        var event = StepEnd(step: 1, action: Array("act".utf8), time: time)
        try next.end(
            &event,
            changes: { edits in
                edits.set(Array("n".utf8), integer: 8)
                return state.count
            },
            state: { state }
        )
        #expect(try program.state("1") == Array("{\"list\":[7],\"n\":8}".utf8))
    }
}

@Suite struct TrackerParentTests {
    @Test func `without descriptors a tracker waits, and goes on from the branch with its step`()
        throws
    {
        var waited = 0
        for seed in 0..<60 as Range<UInt64> {
            let program = EditingProgram(seed: seed)
            let first = try program.tracker()
            for step in 0..<4 as Range<Int64> { try program.run(first, step) }
            let branch = first.branch
            try first.close()
            let state = { String(decoding: EditingProgram.state($0), as: UTF8.self) }
            let rerun = try program.tracker(state: state(0), continuing: 0)
            try program.run(rerun, 1)
            #expect(rerun.branch != branch)

            program.storage.faults.withLock { $0.chances.openError = 300 }
            let next = try program.tracker(state: state(3), continuing: 3)
            if next.branch == nil { waited += 1 }
            for step in 4..<8 as Range<Int64> {
                try program.run(next, step)
                program.storage.pass(.seconds(1))
            }
            program.storage.faults.withLock { $0 = Faults() }
            try program.run(next, 8)
            let history = try History(program.name, in: program.store)
            let found = try #require(history.branches.first { $0.id == next.branch })
            #expect(found.id == branch || found.parent?.branch == branch, "seed \(seed)")
        }
        #expect(waited > 0)
    }
}

@Suite struct SealedAtOpeningTests {
    @Test func `the first step of a segment that an opening began is read as it was told`() throws {
        let storage = SimulatedStorage()
        let store = Store(root: "/store", storage: storage)
        let name = ApplicationName(project: "demo", appID: "app")
        var place = BranchPlace(
            store: store,
            directory: store.directory(of: name),
            options: LogOptions(durability: .os, segmentTarget: 1 << 20),
            program: "test"
        )
        place.policy = SnapshotPolicy(floor: 1 << 20)
        func text(_ step: Int64) -> [UInt8] {
            let words = (0...step).map { "\"word \($0) and some more of them\"" }
            return Array("{\"n\":\(step),\"words\":[\(words.joined(separator: ","))]}".utf8)
        }
        func end(_ step: Int64, _ writer: inout BranchWriter) throws {
            let event = StepEnd(step: step, action: [97], time: EventTime(nanoseconds: 0))
            try writer.end(event, state: text(step).rawSpan)
        }
        var writer = try BranchWriter.create(
            place,
            meta: Meta(name: name),
            continuing: nil,
            opening: .text(Array("{\"n\":-1,\"words\":[]}".utf8), before: 0),
            time: 0
        )
        for step in 0..<10 as Range<Int64> { try end(step, &writer) }
        let branch = writer.branch
        try writer.log.seal()
        storage.stop()
        storage.kill()
        var next = try BranchWriter.open(place, branch: branch, meta: Meta(name: name))
        let whole = (0..<20).map { "\"word \(9 - $0 % 10) and some more of them\"" }
        let state = Array("{\"n\":10,\"words\":[\(whole.joined(separator: ","))]}".utf8)
        let event = StepEnd(step: 10, action: [97], time: EventTime(nanoseconds: 0))
        try next.end(event, state: state.rawSpan)
        try next.close()
        let history = try History(name, in: store)
        #expect(try history.state(at: history.resolve(Ref("10"), now: 0)) == state)
        let checked = try Verification.run(name, in: store, deep: true)
        #expect(checked.map(\.verdict) == [.clean])
    }
}
