// One random program over one branch, and the checks of what it leaves.

internal import EventLog
internal import Synchronization

/// Why a seed failed.
package struct SimulationFailure: Error, Sendable, CustomStringConvertible {
    /// The seed that replays it.
    package let seed: UInt64
    /// What was done before, one line each.
    package let trace: [String]
    /// What is wrong.
    package let reason: String

    /// Says why, with what led to it.
    package init(seed: UInt64, trace: [String], reason: String) {
        self.seed = seed
        self.trace = trace
        self.reason = reason
    }

    package var description: String {
        (["seed \(seed): \(reason)"] + trace.suffix(40).map { "    " + $0 }).joined(separator: "\n")
    }
}

/// A program of appends, syncs, rolls, deaths and reopenings.
struct LogProgram: ~Copyable {
    static let directory = "/store/project/app"
    static let branch = BranchID(high: 0x0192_F0A1_B2C3_7D4E, low: 0x8F90_A1B2_C3D4_E5F6)

    let seed: UInt64
    let storage: SimulatedStorage
    let profile: Profile
    var random: SeededRandom
    var model = LogModel()
    var writer: LogWriter?
    /// A sync whose outcome the writer has not heard yet.
    var ticket: SyncTicket?
    var lastNumber: Int64 = 0
    var codec = CodecBuffer()
    /// An item that was not in the kernel when its append returned.
    var unwritten: Int64?
    var trace: [String] = []
    /// A power cut has written later bytes before earlier ones.
    var hasHoles = false
    /// The disk has lied and the branch can no longer be written.
    var isOver = false

    init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
        profile = Profile(&random)
        storage = SimulatedStorage(seed: random.next())
        trace.append("\(profile)")
    }

    // MARK: Running

    /// Runs the whole program.
    mutating func run() throws(SimulationFailure) {
        do {
            try open()
            for _ in 0..<profile.length where !isOver {
                storage.faults.withLock { $0.chances = profile.chances }
                try step()
            }
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

    /// A disk that has come to its senses gives everything back.
    private mutating func finish() throws {
        calm()
        if isOver { return }
        while storage.isDead || writer?.isHealthy != true {
            try restart(.kill)
            if isOver { return }
            storage.die(afterCalls: nil)
        }
        do {
            try writer?.finish()
        } catch {
            throw failure("closing failed: \(error)")
        }
        note()
        writer = nil
        try inspect(after: .kill)
    }

    /// Nothing fails by itself any more.
    func calm() {
        storage.faults.withLock { $0 = Faults() }
        storage.die(afterCalls: nil)
    }

    private mutating func step() throws {
        if random.chance(profile.deaths, of: 100) {
            storage.die(afterCalls: 1 + random.below(60))
        }
        let action = random.pick(profile.actions)
        trace.append("\(action)")
        switch action {
        case .inspect: try inspect(after: .nothing)
        case .kill: try restart(.kill)
        case .powerCut: try restart(.powerCut)
        case .close: try abandon()
        default:
            do throws(LogError) {
                try perform(action)
            } catch {
                trace.append("    \(error)")
                try settle(error)
            }
        }
        if storage.isDead { return try restart(nil) }
        note()
        if let unwritten { throw failure("item \(unwritten) was left in memory") }
    }

    /// Goes on after an error: a writer that cannot is replaced.
    private mutating func settle(_ error: LogError) throws {
        model.fail()
        if storage.isDead || writer?.isHealthy == true { return }
        // A seal whose successor could not be published may be rolled again, or left.
        if writer?.isPoisoned == false, random.chance(1, of: 2) { return }
        try abandon()
    }

    /// Lets the writer go as a program does that gets errors from it, and opens the branch again.
    mutating func abandon() throws {
        try? writer?.finish()
        note()
        if storage.isDead { return try restart(nil) }
        ticket = nil
        writer = nil
        try open()
    }

    /// Tells the model how far the writer is.
    mutating func note() {
        guard let writer = writer.take() else { return }
        model.note(
            segment: writer.segmentNumber,
            visibleEnd: writer.visibleEnd,
            durableSequence: writer.durableSequence
        )
        self.writer = consume writer
    }

    // MARK: Deaths

    /// The process is gone, the power perhaps too.
    mutating func restart(_ event: LogModel.Event?) throws {
        var event = event ?? (random.chance(profile.powerCuts, of: 100) ? .powerCut : .kill)
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
        ticket = nil
        writer = nil
        storage.die(afterCalls: nil)
        try inspect(after: event)
        if case .powerCut = event, profile.corrupts, random.chance(1, of: 2) {
            corrupt()
            event = .corruption
            try inspect(after: event)
        }
        if random.chance(profile.deaths, of: 100) {
            storage.die(afterCalls: 1 + random.below(25))
        }
        try open()
    }

    private mutating func corrupt() {
        let paths = storage.image.keys.filter { $0.hasSuffix(".burr") }.sorted()
        guard !paths.isEmpty else { return }
        for _ in 0...random.below(3) {
            let path = random.pick(paths)
            let kind = random.pick(Corruption.allCases)
            let bytes = storage.corrupt(path, kind)
            trace.append("\(kind) in \(path) at \(bytes.map { "\($0)" } ?? "nothing")")
        }
    }

    // MARK: Opening

    /// Opens the branch, or begins it, however often that takes.
    mutating func open() throws {
        for attempt in 0..<8 {
            if attempt == 6 { calm() }
            do throws(LogError) {
                writer = try openOnce()
                trace.append("opened: \(describe())")
            } catch {
                trace.append("not opened: \(error)")
                if profile.corrupts, isRefusal(error) {
                    isOver = true
                    return
                }
            }
            if storage.isDead { return try restart(nil) }
            if writer == nil { continue }
            try inspect(after: .kill)
            return note()
        }
        throw failure("the branch cannot be opened")
    }

    private func isRefusal(_ error: LogError) -> Bool {
        switch error {
        case .damaged, .newerVersion: true
        default: false
        }
    }

    private mutating func describe() -> String {
        guard let writer = writer.take() else { return "nothing" }
        let recovery = writer.recovery
        let text =
            "segment \(writer.segmentNumber), end \(writer.dataEnd), \(recovery.verdict)"
            + (recovery.tornPath.map { ", set aside \($0)" } ?? "")
        self.writer = consume writer
        return text
    }

    private func openOnce() throws(LogError) -> LogWriter {
        let numbers = (try? SegmentName.segments(of: Self.branch, in: Self.directory, on: storage))
        if numbers?.isEmpty ?? true, !model.hasDurable {
            return try LogWriter.create(
                storage: storage,
                directory: Self.directory,
                branch: Self.branch,
                options: profile.options,
                baseStep: -1,
                opening: Opening.records(step: -1)
            )
        }
        return try LogWriter.open(
            storage: storage,
            directory: Self.directory,
            branch: Self.branch,
            options: profile.options,
            reopening: { (context) throws(LogError) in
                try Opening.records(step: context.lastStep)
            }
        )
    }

    // MARK: Checking

    /// Reads the branch and holds it against the model.
    mutating func inspect(after event: LogModel.Event) throws {
        let (storage, seed) = (storage, seed)
        let reading = storage.undisturbed {
            Result { () throws(LogError) in
                try Reading(storage, Self.directory, Self.branch, seed: seed)
            }
        }
        switch reading {
        case .success(let reading):
            if let objection = model.objection(to: reading, after: event) {
                throw failure("after \(event): \(objection); read \(reading)")
            }
            if case .powerCut = event, !reading.damages.isEmpty { hasHoles = true }
            try verify(reading)
            switch event {
            case .nothing: model.remember(reading)
            case .kill, .powerCut: model.adopt(reading, isWhole: !hasHoles)
            case .corruption: model.adopt(reading, isWhole: false)
            }
        case .failure(.notFound) where !model.needsAnything(after: event):
            // A branch may be missing before anything of it was durable.
            model.forget()
        case .failure(let error):
            if profile.corrupts, isRefusal(error) { return }
            throw failure("reading failed: \(error)")
        }
    }

    private func verify(_ reading: Reading) throws {
        if profile.corrupts || hasHoles { return }
        let report = storage.undisturbed {
            EventLog.verify(
                storage: storage,
                directory: Self.directory,
                branch: Self.branch,
                deep: true
            )
        }
        if report.verdict > .tornTail { throw failure("verify: \(report)") }
        if !reading.damages.isEmpty { throw failure("damaged: \(reading.damages)") }
    }
}
