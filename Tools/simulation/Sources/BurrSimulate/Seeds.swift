// Runs seeds on all cores and prints those that fail.

internal import Glibc
internal import Simulation
internal import Synchronization

/// The command: `seeds --seeds N --from S`.
struct Seeds {
    let count: UInt64
    let first: UInt64
    let threads: Int

    /// Runs the seeds.
    ///
    /// - Returns: 0 when all passed, 1 when one failed.
    func run() -> Int32 {
        let round = Round(first..<first + count)
        round.run(threads: threads)
        let failures = round.failures.withLock { $0 }
        for failure in failures.sorted(by: { $0.seed < $1.seed }).prefix(5) {
            print("\(failure)")
            print("replay: Tools/simulate --seeds 1 --from \(failure.seed)")
        }
        print("\(count) seeds from \(first): \(failures.count) failed")
        return failures.isEmpty ? 0 : 1
    }
}

/// Seeds that several threads take one after the other.
private final class Round: Sendable {
    let failures = Mutex<[SimulationFailure]>([])
    private let next: Atomic<UInt64>
    private let end: UInt64

    init(_ seeds: Range<UInt64>) {
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
            if let failure = checkLog(seed: seed) { failures.withLock { $0.append(failure) } }
        }
    }
}

/// A free function: a closure could inherit an actor, and a foreign thread may not run it.
private func takeSeeds(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<Round>.fromOpaque(context).takeRetainedValue().work()
    return nil
}
