// Kills writers at random moments and looks at what they leave.

internal import EventLog
internal import Glibc
internal import Replay
internal import Simulation
internal import StateDelta
internal import Tracking

/// The command: `kills --rounds N --from SEED`.
struct Kills {
    let rounds: UInt64
    let seed: UInt64

    static let modes: [(name: String, durability: Durability)] = [
        ("os", .os), ("interval", .standard), ("everyStep", .everyStep),
        ("buffered", .buffered(maxDelay: .seconds(1))),
    ]

    /// Rounds that go on with the same application.
    private static let roundsPerApplication: UInt64 = 8

    /// Runs the rounds in a fresh folder: writers and trackers in turn, in every mode.
    ///
    /// - Returns: 0 when nothing was lost, else 1.
    func run() -> Int32 {
        guard let root = Self.makeFolder() else {
            print("no folder can be made in /tmp")
            return 1
        }
        var random = SeededRandom(seed: seed)
        var steps: Int64 = 0
        var failures = 0
        var late: Int64 = 0
        var tracked: UInt64 = 0
        for round in 0..<rounds {
            let number = round / Self.roundsPerApplication
            let mode = Self.modes[Int(number / 2) % Self.modes.count]
            let isTracker = number % 2 == 1
            if isTracker { tracked += 1 }
            let name = ApplicationName(project: mode.name, appID: "app-\(number)")
            let witness = "\(root)/witness-\(number)"
            // Short lives end in the middle of an opening, a creation or a recovery. What a
            // buffered tracker owes is older than its delay.
            let isSlow = isTracker && mode.durability.mayLose
            let longest = isSlow ? 400_000 : 120_000
            let life = random.below(random.chance(1, of: 4) ? 10_000 : longest)
            let kind = isTracker ? "killed-tracker" : "killed-writer"
            let ended = live([kind, root, mode.name, name.appID, witness], life)
            let owed = Owed(witness, killed: ended.at, isDelayed: isSlow)
            let found = look(at: name, in: root, owed.last)
            if isSlow { late = max(late, owed.lateness(of: found.next)) }
            Witness.forget(witness, from: found.next)
            if let problem = ended.problem ?? found.problem {
                failures += 1
                print("round \(round), \(kind) \(name), killed after \(life) us: \(problem)")
            }
            if round % Self.roundsPerApplication == Self.roundsPerApplication - 1
                || round == rounds - 1
            {
                steps += found.next
            }
        }
        if failures == 0 { Self.removeFolder(root) } else { print("left in \(root)") }
        print("\(rounds) kills, \(tracked) of trackers, \(steps) steps, ", terminator: "")
        print("\(failures) failures, seed \(seed); ", terminator: "")
        print("buffered trackers lost at most \(late / 1_000_000) ms")
        return failures == 0 ? 0 : 1
    }

    /// Starts a child and kills it.
    ///
    /// - Returns: when it was killed, and what is wrong when it ended by itself.
    private func live(
        _ arguments: [String],
        _ microseconds: Int
    ) -> (at: Int64, problem: String?) {
        guard let child = Child(arguments) else { return (0, "no child can be started") }
        usleep(UInt32(microseconds))
        let now = Witness.now
        guard let code = child.kill() else { return (now, nil) }
        return (now, "the child ended by itself with \(code)")
    }

    /// Reads the whole application back.
    ///
    /// - Returns: the step behind the last one of it, and what is wrong with it.
    private func look(
        at name: ApplicationName,
        in root: String,
        _ promised: Int64
    ) -> (next: Int64, problem: String?) {
        let store = Store(root: root)
        let history: History
        do throws(ReplayError) {
            history = try History(name, in: store)
        } catch {
            return (0, promised < 0 ? nil : "cannot be read: \(error)")
        }
        for branch in history.branches {
            let report = verify(
                storage: store.storage,
                directory: history.directory,
                branch: branch.id,
                deep: true
            )
            if report.verdict > .tornTail { return (0, "\(report)") }
        }
        var next: Int64 = 0
        var wrong: String?
        do throws(ReplayError) {
            let line = history.line(of: history.newest)
            try history.eachState(line, 0...Int64.max - 1) { step in
                if step.step != next { wrong = "step \(step.step) where \(next) should be" }
                if step.state?.text() != KilledWriter.state(after: step.step) {
                    wrong = "step \(step.step) has another state: \(step.problem ?? "")"
                }
                next = step.step + 1
                return wrong == nil
            }
        } catch {
            return (next, "\(error)")
        }
        if wrong == nil, next <= promised {
            return (next, "step \(next) is lost of \(promised + 1)")
        }
        return (next, wrong)
    }

    /// A fresh folder; nil when none can be made.
    static func makeFolder() -> String? {
        var template = Array("/tmp/burr-kills-XXXXXX".utf8CString)
        return unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, unsafe mkdtemp(base) != nil else { return nil }
            return unsafe String(cString: base)
        }
    }

    /// Removes a folder with all that is in it.
    static func removeFolder(_ root: String) {
        let storage = FileSystem()
        for entry in (try? storage.list(root)) ?? [] {
            let path = "\(root)/\(entry.name)"
            if entry.kind == .directory {
                removeFolder(path)
            } else {
                try? storage.remove(path)
            }
        }
        unsafe _ = rmdir(root)
    }
}

/// The steps that must be there after a kill.
private struct Owed {
    private let times: [Int64]
    private let killed: Int64
    /// The last one of them; -1 where none is.
    let last: Int64

    /// What lies between two steps counts for so much at most, in nanoseconds: a machine that stood
    /// still meanwhile gave no thread the time to do its work.
    private static let pause: Int64 = 5_000_000

    init(_ witness: String, killed: Int64, isDelayed: Bool) {
        times = Witness.times(witness)
        self.killed = killed
        let delay = Int64(KilledTracker.maxDelay / .nanoseconds(1)) + KilledTracker.lateness
        var left = isDelayed ? delay : 0
        var next = killed
        last = Int64(
            times.lastIndex { time in
                guard time > 0 else { return false }
                left -= max(0, min(next - time, Self.pause))
                next = time
                return left <= 0
            } ?? -1
        )
    }

    /// How long before the kill a lost step had returned, in nanoseconds.
    func lateness(of step: Int64) -> Int64 {
        step < times.count ? max(0, killed - times[Int(step)]) : 0
    }
}

/// This program again, as another process.
struct Child {
    private let id: pid_t

    init?(_ arguments: [String]) {
        let program = "/proc/self/exe"
        var pointers = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var id: pid_t = 0
        guard unsafe posix_spawn(&id, program, nil, nil, &pointers, environ) == 0 else {
            return nil
        }
        self.id = id
    }

    /// Ends it with SIGKILL.
    ///
    /// - Returns: the status it had ended with by itself; nil when it was killed.
    func kill() -> Int32? {
        Glibc.kill(id, SIGKILL)
        var status: Int32 = 0
        unsafe _ = waitpid(id, &status, 0)
        return status & 0x7F == SIGKILL ? nil : status >> 8
    }
}
