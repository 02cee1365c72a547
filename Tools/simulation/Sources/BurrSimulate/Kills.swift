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

    /// Runs the rounds in a fresh folder.
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
        for round in 0..<rounds {
            let number = round / Self.roundsPerApplication
            let mode = Self.modes[Int(number) % Self.modes.count]
            let name = ApplicationName(project: mode.name, appID: "app-\(number)")
            let witness = "\(root)/witness-\(number)"
            // Short lives end in the middle of an opening, a creation or a recovery.
            let life = random.below(random.chance(1, of: 4) ? 10_000 : 120_000)
            let ended = live(["killed-writer", root, mode.name, name.appID, witness], life)
            let promised = witnessed(witness)
            let found = ended ?? look(at: name, in: root, promised)
            if let found {
                failures += 1
                print("round \(round), \(name), killed after \(life) us: \(found)")
            }
            if round % Self.roundsPerApplication == Self.roundsPerApplication - 1
                || round == rounds - 1
            {
                steps += promised + 1
            }
        }
        if failures == 0 { Self.removeFolder(root) } else { print("left in \(root)") }
        print("\(rounds) kills, \(steps) steps, \(failures) failures, seed \(seed)")
        return failures == 0 ? 0 : 1
    }

    /// Starts a child and kills it.
    ///
    /// - Returns: what is wrong when it ended by itself.
    private func live(_ arguments: [String], _ microseconds: Int) -> String? {
        guard let child = Child(arguments) else { return "no child can be started" }
        usleep(UInt32(microseconds))
        guard let code = child.kill() else { return nil }
        return "the writer ended by itself with \(code)"
    }

    private func witnessed(_ path: String) -> Int64 {
        let bytes = try? FileBytes.read(path, from: 0, count: 8, FileSystem())
        guard let bytes, bytes.count == 8 else { return -1 }
        return bytes.reversed().reduce(0) { $0 << 8 | Int64($1) }
    }

    /// Reads the whole application back.
    ///
    /// - Returns: what is wrong with it.
    private func look(at name: ApplicationName, in root: String, _ promised: Int64) -> String? {
        let store = Store(root: root)
        let history: History
        do throws(ReplayError) {
            history = try History(name, in: store)
        } catch {
            return promised < 0 ? nil : "cannot be read: \(error)"
        }
        guard let branch = history.branches.last, history.branches.count == 1 else {
            return "has \(history.branches.count) branches"
        }
        let report = verify(
            storage: store.storage,
            directory: history.directory,
            branch: branch.id,
            deep: true
        )
        if report.verdict > .tornTail { return "\(report)" }
        var next: Int64 = 0
        var wrong: String?
        do throws(ReplayError) {
            try history.eachState(history.line(of: branch), 0...Int64.max - 1) { step in
                if step.step != next { wrong = "step \(step.step) where \(next) should be" }
                if step.state?.text() != KilledWriter.state(after: step.step) {
                    wrong = "step \(step.step) has another state: \(step.problem ?? "")"
                }
                next = step.step + 1
                return wrong == nil
            }
        } catch {
            return "\(error)"
        }
        if wrong == nil, next <= promised { return "step \(next) is lost of \(promised + 1)" }
        return wrong
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
