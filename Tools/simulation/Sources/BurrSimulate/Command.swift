// What the program was asked for.

internal import Glibc
internal import Tracking

/// `seeds`, `trackers`, `kills` and its children, or `threads`.
struct Command {
    private let arguments: [String]

    init(_ arguments: some Sequence<String>) {
        self.arguments = Array(arguments)
    }

    /// Does it.
    ///
    /// - Returns: 0 when all held, 1 when something did not, 64 for wrong arguments.
    func run() -> Int32 {
        let rest = arguments.dropFirst()
        switch arguments.first {
        case "seeds", "trackers", "trackers-and-power":
            guard let numbers = Self.numbers(rest) else { return Self.usage() }
            let threads = UInt64(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
            return Seeds(
                program: Self.programs[arguments[0]] ?? .log,
                count: numbers["--seeds"] ?? 10_000,
                first: numbers["--from"] ?? 0,
                threads: Int(clamping: numbers["--threads"] ?? threads)
            ).run()
        case "left":
            guard arguments.count == 5, let program = Self.programs[arguments[1]],
                let seed = UInt64(arguments[3])
            else { return Self.usage() }
            return Left(program: program, seed: seed).write(to: arguments[4])
        case "kills":
            guard let numbers = Self.numbers(rest) else { return Self.usage() }
            return Kills(rounds: numbers["--rounds"] ?? 200, seed: numbers["--from"] ?? 0).run()
        case "threads":
            guard let numbers = Self.numbers(rest) else { return Self.usage() }
            return Self.runThreads(rounds: numbers["--rounds"] ?? 200)
        case "killed-writer", "killed-tracker": return Self.beKilled(arguments)
        default: return Self.usage()
        }
    }

    private static let programs: [String: Seeds.Program] = [
        "trackers": .trackers, "trackers-and-power": .trackersAndPower,
    ]

    private static func usage() -> Int32 {
        print("burr-simulate seeds|trackers|trackers-and-power ")
        print("    [--seeds N] [--from S] [--threads T]")
        print("burr-simulate kills [--rounds N] [--from S]")
        print("burr-simulate threads [--rounds N]")
        return 64
    }

    /// Options with their numbers; nil when one has none or is not known.
    private static func numbers(_ arguments: ArraySlice<String>) -> [String: UInt64]? {
        let known: Set = ["--seeds", "--from", "--threads", "--rounds"]
        var numbers: [String: UInt64] = [:]
        var rest = arguments
        while let option = rest.popFirst() {
            guard known.contains(option), let text = rest.popFirst(), let value = UInt64(text)
            else { return nil }
            numbers[option] = value
        }
        return numbers
    }

    private static func runThreads(rounds: UInt64) -> Int32 {
        guard let root = Kills.makeFolder() else { return 1 }
        defer { Kills.removeFolder(root) }
        do {
            return try Threads(rounds: Int64(clamping: rounds), root: root).run()
        } catch {
            print("\(error)")
            return 1
        }
    }

    private static func beKilled(_ arguments: [String]) -> Int32 {
        guard arguments.count == 5,
            let mode = Kills.modes.first(where: { $0.name == arguments[2] })
        else { return usage() }
        let (root, witness, durability) = (arguments[1], arguments[4], mode.durability)
        let name = ApplicationName(project: mode.name, appID: arguments[3])
        do {
            if arguments[0] == "killed-writer" {
                try KilledWriter(root: root, name: name, durability: durability)
                    .run(witness: witness)
            } else {
                try KilledTracker(root: root, name: name, durability: durability)
                    .run(witness: witness)
            }
            return 0
        } catch {
            print("\(error)")
            return 2
        }
    }
}
