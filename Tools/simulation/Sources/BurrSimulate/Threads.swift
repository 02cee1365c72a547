// Many threads on few trackers, for a build that looks for data races.

internal import EventLog
internal import Glibc
internal import StateDelta
internal import Synchronization
internal import Tracking

/// The command: `threads --rounds N`: each of 8 threads records N steps in each of 4 applications.
final class Threads: Sendable {
    private static let count: Int64 = 8
    private let trackers: [Tracker]
    private let rounds: Int64
    private let nextThread = Atomic<Int64>(0)
    private let warnings = Atomic<Int>(0)

    /// Opens the applications in a folder.
    init(rounds: Int64, root: String) throws {
        self.rounds = rounds
        let modes: [Durability] = [
            .everyStep, .interval(.milliseconds(1)), .os, .buffered(maxDelay: .milliseconds(1)),
        ]
        trackers = try modes.enumerated().map { number, mode in
            let name = ApplicationName(project: "threads", appID: "app-\(number)")
            var options = TrackerOptions(durability: mode, program: "threads") { print($0) }
            options.log.segmentTarget = 64 << 10
            options.log.burst = 8
            return try Tracker(
                TrackedApplication(store: Store(root: root), name: name),
                start: TrackerStart(state: Array("{}".utf8)),
                options: options
            )
        }
    }

    /// Runs the threads.
    ///
    /// - Returns: 0 when every event was recorded, else 1.
    func run() -> Int32 {
        var handles: [pthread_t] = []
        for _ in 0..<Self.count {
            var handle = pthread_t()
            let context = unsafe Unmanaged.passRetained(self)
            if unsafe pthread_create(&handle, nil, record, context.toOpaque()) == 0 {
                handles.append(handle)
            }
        }
        for handle in handles { pthread_join(handle, nil) }
        for tracker in trackers { try? tracker.close() }
        let failures = trackers.reduce(0) { $0 + $1.failureCount }
        print("\(Self.count) threads, \(rounds) rounds, \(failures) events not recorded")
        return failures == 0 && handles.count == Self.count ? 0 : 1
    }

    fileprivate func work() {
        let thread = nextThread.add(1, ordering: .relaxed).oldValue
        for round in 0..<rounds {
            let step = thread * rounds + round
            for tracker in trackers {
                let time = EventTime(nanoseconds: Tracker.now)
                let begin = StepBegin(step: step, action: KilledWriter.action, time: time)
                let end = StepEnd(step: step, action: KilledWriter.action, time: time)
                try? tracker.begin(begin)
                try? tracker.end(end, state: KilledWriter.state(after: step).rawSpan)
                if round % 16 == thread { try? tracker.flush() }
                if round % 16 == thread + 8 { try? tracker.release() }
            }
        }
    }
}

/// A free function: a closure could inherit an actor, and a foreign thread may not run it.
private func record(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<Threads>.fromOpaque(context).takeRetainedValue().work()
    return nil
}
