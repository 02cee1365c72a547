// Runs seeds on all cores and prints those that fail.

internal import Glibc
internal import Simulation
internal import Synchronization
internal import TrackerSimulation

/// The commands `seeds` and `trackers`, with `--seeds N --from S`.
struct Seeds {
    /// What a seed is the program of.
    enum Program: Sendable {
        case log
        case trackers
        case trackersAndPower

        /// As the tool takes it.
        var options: String {
            switch self {
            case .log: ""
            case .trackers: "--trackers "
            case .trackersAndPower: "--trackers --power-cuts "
            }
        }

        func check(_ seed: UInt64) -> SimulationFailure? {
            switch self {
            case .log: checkLog(seed: seed)
            case .trackers: checkTrackers(seed: seed)
            case .trackersAndPower: checkTrackers(seed: seed, cutsPower: true)
            }
        }
    }

    let program: Program
    let count: UInt64
    let first: UInt64
    let threads: Int

    /// Runs the seeds.
    ///
    /// - Returns: 0 when all passed, 1 when one failed.
    func run() -> Int32 {
        let round = Round(program, first..<first + count)
        round.run(threads: threads)
        let failures = round.failures.withLock { $0 }
        for failure in failures.sorted(by: { $0.seed < $1.seed }).prefix(5) {
            print("\(failure)")
            print("replay: Tools/simulate \(program.options)--seeds 1 --from \(failure.seed)")
        }
        print("\(count) seeds from \(first): \(failures.count) failed")
        return failures.isEmpty ? 0 : 1
    }
}

/// Seeds that several threads take one after the other.
private final class Round: Sendable {
    let failures = Mutex<[SimulationFailure]>([])
    private let program: Seeds.Program
    private let next: Atomic<UInt64>
    private let end: UInt64

    init(_ program: Seeds.Program, _ seeds: Range<UInt64>) {
        self.program = program
        next = Atomic(seeds.lowerBound)
        end = seeds.upperBound
    }

    func run(threads: Int) {
        var handles: [pthread_t] = []
        for _ in 1..<max(1, threads) {
            var handle = pthread_t()
            let context = unsafe Unmanaged.passRetained(self)
            if unsafe pthread_create(&handle, nil, takeSeeds, context.toOpaque()) == 0 {
                handles.append(handle)
            } else {
                unsafe context.release()
            }
        }
        work()
        for handle in handles { pthread_join(handle, nil) }
    }

    func work() {
        while true {
            let seed = next.add(1, ordering: .relaxed).oldValue
            if seed >= end { return }
            if let failure = program.check(seed) { failures.withLock { $0.append(failure) } }
        }
    }
}

/// A free function: a closure could inherit an actor, and a foreign thread may not run it.
private func takeSeeds(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<Round>.fromOpaque(context).takeRetainedValue().work()
    return nil
}
