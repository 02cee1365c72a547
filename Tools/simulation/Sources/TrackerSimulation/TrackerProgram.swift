// One random program over trackers of one application, and the checks of what they leave.

internal import EventLog
internal import Replay
package import Simulation
internal import Synchronization
internal import Tracking

/// Runs the random program of a seed over trackers.
///
/// - Parameters:
///   - seed: the seed.
///   - cutsPower: whether the power is cut, disks lie, and what is damaged is repaired.
/// - Returns: why it failed, or nil.
package func checkTrackers(seed: UInt64, cutsPower: Bool = false) -> SimulationFailure? {
    var program = TrackerProgram(seed: seed, cutsPower: cutsPower)
    do throws(SimulationFailure) {
        try program.run()
        return nil
    } catch {
        return error
    }
}

/// What the random program of a seed does with its trackers, one line each, and what it leaves.
package func traceOfTrackers(
    seed: UInt64,
    cutsPower: Bool = false
) -> (trace: [String], image: [String: [UInt8]]) {
    var program = TrackerProgram(seed: seed, cutsPower: cutsPower)
    try? program.run()
    return (program.trace, program.storage.image)
}

/// A program of steps, rewinds, re-runs, deaths and reopenings.
struct TrackerProgram {
    static let name = ApplicationName(project: "project", appID: "app")
    static let textTypes: [RecordType] = [.spanBegin, .spanEnd, .attribute, .streamItem]
    static let mostRuns = 4

    let seed: UInt64
    /// Whether the power is cut, too.
    let cutsPower: Bool
    let storage: SimulatedStorage
    let store: Store
    let profile: TrackerProfile
    var random: SeededRandom
    var model = TrackerModel()
    var runs: [TrackedRun] = []
    var runCount = 0
    /// The trackers of the process that is alive.
    var peers: OpenTrackers
    var syncer: Syncer
    let warnings = Warnings()
    /// Tells the states apart.
    var serial = 0
    /// The states that were told, by their texts.
    var states: [[UInt8]: ProgramState] = [:]
    var graphs = 0
    /// Actions until the disk has come to its senses.
    var disturbed = 0
    /// Branches that a power cut or a lying disk has made holes in.
    var damaged: Set<BranchID> = []
    var trace: [String] = []

    /// Counts what trackers say when they fail.
    final class Warnings: Sendable {
        private let said = Mutex(0)
        var count: Int { said.withLock { $0 } }
        func add() { said.withLock { $0 += 1 } }
    }

    init(seed: UInt64, cutsPower: Bool = false) {
        self.seed = seed
        self.cutsPower = cutsPower
        random = SeededRandom(seed: seed)
        profile = TrackerProfile(&random)
        storage = SimulatedStorage(seed: random.next())
        store = Store(root: "/store", storage: storage)
        (peers, syncer) = Self.process(on: storage)
        trace.append("\(profile)")
    }

    /// A new process has no trackers yet; its syncer is stepped by hand.
    private static func process(on storage: SimulatedStorage) -> (OpenTrackers, Syncer) {
        let syncer = Syncer { storage.monotonicTime }
        return (OpenTrackers(syncer: syncer), syncer)
    }

    // MARK: Running

    /// Runs the whole program.
    mutating func run() throws(SimulationFailure) {
        do {
            for _ in 0..<profile.length { try act() }
            try finish()
        } catch let failure as SimulationFailure {
            throw failure
        } catch {
            throw failure("\(error)")
        }
    }

    func failure(_ reason: String) -> SimulationFailure {
        SimulationFailure(seed: seed, trace: trace, reason: reason)
    }

    private mutating func act() throws {
        disturbed -= 1
        storage.faults.withLock { faults in
            if disturbed <= 0 { faults = Faults() }
            faults.chances = profile.chances
        }
        if random.chance(profile.deaths, of: 100) {
            storage.die(afterCalls: 1 + random.below(80))
        }
        let action = random.pick(profile.actions)
        trace.append("\(action)")
        switch action {
        case .inspect: try inspect(after: .nothing)
        case .kill: try restart(.kill)
        case .powerCut: try restart(cutsPower ? .powerCut : .kill)
        default: try perform(action)
        }
        note()
        if storage.isDead { try restart(nil) }
    }

    /// Tells the model how far the trackers are.
    mutating func note() {
        for run in runs {
            guard let progress = run.tracker.progress else { continue }
            if !profile.isBuffered { model.note(progress) }
            if profile.isBuffered, run.isUnhurt { model.note(progress, of: run.number) }
        }
    }

    /// Nothing fails by itself any more.
    func calm() {
        storage.faults.withLock { $0 = Faults() }
        storage.die(afterCalls: nil)
    }

    /// A machine that has come to its senses records every step again.
    private mutating func finish() throws {
        calm()
        storage.pass(.seconds(1))
        // What syncs have failed is told now.
        syncer.step()
        trace.append("calm")
        if runs.isEmpty { try open() }
        for index in runs.indices {
            let failures = runs[index].tracker.failureCount
            try step(index, isPlain: true)
            if runs[index].tracker.failureCount != failures {
                throw failure("run \(runs[index].number) cannot go on after the faults")
            }
        }
        note()
        try inspect(after: .nothing)
        while let run = runs.popLast() {
            do throws(TrackingError) { try run.tracker.close() } catch {
                throw failure("closing run \(run.number) failed: \(error)")
            }
        }
        try inspect(after: .nothing)
    }

    // MARK: Deaths

    /// The process is gone, the power perhaps too.
    mutating func restart(_ event: TrackerModel.Event?) throws {
        let isCut = random.chance(profile.powerCuts, of: 100) && cutsPower
        let event = event ?? (isCut ? .powerCut : .kill)
        note()
        // Trackers that are let go now can do no more harm.
        storage.stop()
        runs = []
        (peers, syncer) = Self.process(on: storage)
        if case .powerCut = event {
            let rules = PowerCut(
                kept: random.pick([0, 5, 50, 95, 100]),
                tearsSectors: random.chance(1, of: 2),
                leavesGarbage: random.chance(1, of: 2)
            )
            storage.cutPower(rules)
            trace.append("power cut, \(rules)")
        } else {
            storage.kill()
            trace.append("kill")
        }
        try inspect(after: event)
        if case .powerCut = event, profile.corrupts, random.chance(1, of: 2) {
            corrupt()
            try inspect(after: .corruption)
        }
        if cutsPower { try repair() }
    }

    private mutating func corrupt() {
        let paths = storage.image.keys.filter { $0.hasSuffix(".burr") }.sorted()
        guard !paths.isEmpty else { return }
        model.isCorrupted = true
        for _ in 0...random.below(3) {
            let path = random.pick(paths)
            let kind = random.pick(Corruption.allCases)
            let bytes = storage.corrupt(path, kind)
            trace.append("\(kind) in \(path) at \(bytes.map { "\($0)" } ?? "nothing")")
        }
    }
}
