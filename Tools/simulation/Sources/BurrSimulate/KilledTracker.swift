// The child that is killed while it tracks as a program does.

internal import EventLog
internal import Glibc
internal import Replay
internal import StateDelta
internal import Tracking

/// A program that goes on from where its application stands and tracks every step.
struct KilledTracker {
    let root: String
    let name: ApplicationName
    let durability: Durability

    /// How long a buffered tracker may keep a step to itself.
    static let maxDelay = Duration.milliseconds(20)
    /// How late its thread may be woken on a busy machine, in nanoseconds.
    static let lateness: Int64 = 150_000_000

    /// Tracks until somebody ends it.
    ///
    /// - Parameter witness: a file that gets the time at which each step's call has returned.
    /// - Throws: what the tracker throws; `damaged` when the last state is not what it was.
    func run(witness: String) throws {
        let witness = Witness(witness)
        let last = try lastStep()
        var options = TrackerOptions(
            durability: durability.mayLose ? .buffered(maxDelay: Self.maxDelay) : durability,
            onFailure: .raise,
            program: "killed"
        )
        options.log.segmentTarget = 128 << 10
        options.log.burst = 8
        options.snapshots = SnapshotPolicy(floor: 8 << 10)
        let tracker = try Tracker(
            TrackedApplication(store: Store(root: root), name: name),
            start: TrackerStart(
                state: KilledWriter.state(after: last),
                continuing: last < 0 ? nil : last
            ),
            options: options
        )
        var step = last + 1
        while true {
            let isRunBegin = step % 100 == 0 && !durability.mayLose
            if isRunBegin { try tracker.runBegin(method: "run", time: Tracker.now) }
            try track(step, tracker)
            witness.note(step)
            if step % 100 == 99, !durability.mayLose {
                try tracker.runEnd(method: "run", exception: nil, time: Tracker.now)
            }
            // Every other run lets go after each step, as calls of one step do.
            if step / 100 % 2 == 1, !durability.mayLose { try tracker.release() }
            // Slow enough that the delay hands the steps over, and not a full buffer.
            if durability.mayLose { usleep(100) }
            step += 1
        }
    }

    private func track(_ step: Int64, _ tracker: Tracker) throws(TrackingError) {
        let time = EventTime(nanoseconds: Tracker.now)
        try tracker.begin(StepBegin(step: step, action: KilledWriter.action, time: time))
        try tracker.end(
            StepEnd(step: step, action: KilledWriter.action, time: time),
            state: KilledWriter.state(after: step).rawSpan
        )
    }

    /// The last step of the application; -1 at its beginning.
    private func lastStep() throws -> Int64 {
        guard let history = try? History(name, in: Store(root: root)) else { return -1 }
        let line = history.line(of: history.newest)
        guard let last = try? history.head(line) else { return -1 }
        var isRight = false
        try history.eachState(line, last...last) { step in
            isRight = step.state?.text() == KilledWriter.state(after: last)
            return true
        }
        guard isRight else { throw TrackingError.log(.damaged(path: root, offset: 0)) }
        return last
    }
}
