// What a tracker promises that lets go of its lock many times a second.

import EventLog
import Simulation
import Synchronization
import Testing
import Tracking

/// Some processes that track the same application on one machine.
private struct Machine {
    let storage = SimulatedStorage()
    let name = ApplicationName(project: "demo", appID: "app")
    var store: Store { Store(root: "/store", storage: storage) }

    struct Process {
        let syncer: Syncer
        let tracker: Tracker

        /// Runs steps of one execute call each.
        func run(_ steps: Range<Int64>) throws {
            for step in steps {
                try begin(step)
                try end(step)
                try tracker.release()
            }
        }

        func begin(_ step: Int64) throws {
            let time = EventTime(nanoseconds: 1_000 * step)
            try tracker.begin(StepBegin(step: step, action: [97], time: time))
        }

        func end(_ step: Int64) throws {
            let event = StepEnd(
                step: step,
                action: [97],
                time: EventTime(nanoseconds: 1_000 * step)
            )
            try tracker.end(event, state: Array("{\"n\":\(step)}".utf8).rawSpan)
        }
    }

    /// A process that has its lock loosely after four calls in a row.
    func process(after step: Int64? = nil) throws -> Process {
        let storage = storage
        let syncer = Syncer { storage.monotonicTime }
        var options = TrackerOptions(durability: .os, onFailure: .raise, program: "test")
        options.log.burst = 4
        options.peers = OpenTrackers(syncer: syncer)
        let state = "{\"n\":\(step ?? -1)}"
        let tracker = try Tracker(
            TrackedApplication(store: store, name: name),
            start: TrackerStart(state: Array(state.utf8), continuing: step),
            options: options
        )
        return Process(syncer: syncer, tracker: tracker)
    }

    /// The lock of the first branch.
    func lock() throws -> ForeignLock {
        let path = try #require(storage.image.keys.sorted().first { $0.hasSuffix(".burr") })
        let file = try storage.open(path, .read)
        let lock = try file.foreignLock()
        try file.close()
        return lock
    }

    func pass(_ process: Process) {
        storage.pass(.milliseconds(20))
        process.syncer.step()
    }
}

@Suite struct RestingLockTests {
    @Test func `the lock is given up after each call, until calls follow each other closely`()
        throws
    {
        let machine = Machine()
        let process = try machine.process()
        try process.run(0..<2)
        #expect(try machine.lock() == .none)
        try process.run(2..<20)
        #expect(try machine.lock() == .loose)
        machine.pass(process)
        try process.run(20..<21)
        machine.pass(process)
        #expect(try machine.lock() == .loose)
        machine.pass(process)
        #expect(try machine.lock() == .none)
        try process.run(21..<22)
        #expect(try machine.lock() == .loose)
        #expect(process.tracker.failureCount == 0)
    }

    @Test func `another process waits until it is given up, and goes on in the same branch`() throws
    {
        let machine = Machine()
        let first = try machine.process()
        try first.run(0..<20)
        #expect(try machine.lock() == .loose)
        machine.storage.whileWaiting.withLock { $0 = { first.syncer.step() } }
        let second = try machine.process(after: 19)
        #expect(second.tracker.branch == first.tracker.branch)
        try second.run(20..<40)
        // Back to the first, which also waits, and finds that another has gone on.
        machine.storage.whileWaiting.withLock { $0 = { second.syncer.step() } }
        try first.run(20..<21)
        #expect(second.tracker.branch != first.tracker.branch)
        #expect(first.tracker.failureCount == 0)
    }

    @Test func `another process that comes in the middle of many calls begins a branch`() throws {
        let machine = Machine()
        let first = try machine.process()
        try first.run(0..<20)
        let next = Mutex<Int64>(20)
        machine.storage.whileWaiting.withLock {
            $0 = {
                let step = next.withLock { next in
                    defer { next += 1 }
                    return next
                }
                try? first.run(step..<step + 1)
                first.syncer.step()
            }
        }
        let second = try machine.process(after: 19)
        #expect(second.tracker.branch != first.tracker.branch)
        #expect(first.tracker.failureCount == 0)
        #expect(next.withLock { $0 } > 100)
    }

    @Test func `nobody waits for a step that is under way`() throws {
        let machine = Machine()
        let first = try machine.process()
        try first.run(0..<20)
        try first.begin(20)
        machine.pass(first)
        machine.pass(first)
        #expect(try machine.lock() == .firm)
        let waited = Mutex(false)
        machine.storage.whileWaiting.withLock { $0 = { waited.withLock { $0 = true } } }
        let second = try machine.process(after: 19)
        #expect(second.tracker.branch != first.tracker.branch)
        #expect(!waited.withLock { $0 })
        try first.end(20)
        try first.tracker.release()
        #expect(try machine.lock() == .loose)
    }

    @Test func `a tracker that is closed has no lock, and is not looked after any more`() throws {
        let machine = Machine()
        let first = try machine.process()
        try first.run(0..<20)
        try first.tracker.close()
        #expect(try machine.lock() == .none)
        machine.pass(first)
        machine.pass(first)
        #expect(try machine.lock() == .none)
    }
}
