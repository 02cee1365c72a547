import EventLog
import Glibc
import Simulation
import Synchronization
import Testing

@Suite struct DurabilityTests {
    @Test func `each sync moves the durable end and the next record is preceded by a mark`() throws
    {
        var fixture = LogFixture()
        fixture.options.durability = .everyStep
        var writer = try fixture.create()
        #expect(writer.durableOffset > 0)
        var last: UInt64 = 0
        for step in 0..<5 as Range<Int64> {
            try LogFixture.appendSteps(step..<step + 1, to: &writer)
            try writer.sync()
            #expect(writer.durableOffset == writer.dataEnd && writer.durableOffset > last)
            #expect(writer.durableSequence == writer.appendedSequence)
            last = writer.durableOffset
        }
        try writer.close()
        let marks = try fixture.records(0).filter { $0.type == .syncMark }
        // One before each step, and one at the close.
        #expect(marks.count == 6)
        let decoded = try marks.map { mark in
            let payload = mark.payload
            return try SyncMark(decoding: payload.rawSpan)
        }
        #expect(decoded.map(\.durableOffset) == decoded.map(\.durableOffset).sorted())
        #expect(decoded.last?.durableOffset == last)
        #expect(zip(marks, decoded).allSatisfy { $1.durableOffset <= $0.range.lowerBound })
    }

    @Test func `a mark alone asks for no other mark`() throws {
        var fixture = LogFixture()
        fixture.options.durability = .everyStep
        var writer = try fixture.create()
        try writer.writeMark(time: 0)
        let end = writer.dataEnd
        for _ in 0..<3 {
            try writer.sync()
            try writer.writeMark(time: 0)
        }
        #expect(writer.dataEnd == end)
        try writer.close()
    }

    @Test(arguments: [Durability.everyStep, .interval(.milliseconds(1))])
    func `waiting returns when the record is durable, in many threads at once`(
        durability: Durability
    ) async throws {
        var fixture = LogFixture()
        fixture.options.durability = durability
        let log = Log(try fixture.create(), syncer: Syncer())
        let stamps = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var last: UInt64 = 0
                    for step in 0..<20 as Range<Int64> {
                        last = try log.append(
                            .stepEnd,
                            time: 0,
                            payload: LogFixture.stepEnd(step).rawSpan
                        )
                        try log.waitDurable(last)
                        if log.durableSequence < last { Issue.record("not durable") }
                    }
                    return last
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(stamps).count == 8)
        try log.close()
        #expect(try fixture.records(0).count { $0.type == .stepEnd } == 160)
        #expect(fixture.verify().verdict == .clean)
    }

    @Test func `several logs share the rounds of one syncer`() async throws {
        let syncer = Syncer()
        let fixtures = (0..<6).map { _ in LogFixture() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for var fixture in fixtures {
                fixture.options.durability = .everyStep
                let log = Log(try fixture.create(), syncer: syncer)
                group.addTask {
                    for step in 0..<10 as Range<Int64> {
                        let sequence = try log.append(
                            .stepEnd,
                            time: 0,
                            payload: LogFixture.stepEnd(step).rawSpan
                        )
                        try log.waitDurable(sequence)
                    }
                    try log.close()
                }
            }
            try await group.waitForAll()
        }
        for fixture in fixtures { #expect(fixture.verify().verdict == .clean) }
    }

    @Test func `behind the program's back a log becomes durable and, when idle, marked`() throws {
        var fixture = LogFixture()
        fixture.options.durability = .interval(.milliseconds(1))
        let log = Log(try fixture.create(), syncer: Syncer(idle: .milliseconds(1)))
        let sequence = try log.append(
            .stepEnd,
            time: 0,
            payload: LogFixture.stepEnd(0).rawSpan
        )
        wait { log.durableSequence > sequence }
        let seen = try fixture.records(0)
        #expect(seen.last?.type == .syncMark && seen.last?.sequence == sequence + 1)
        try log.close()
    }

    @Test func `a buffered log reaches the file after its delay`() throws {
        var fixture = LogFixture()
        fixture.options.durability = .buffered(maxDelay: .milliseconds(1))
        let log = Log(try fixture.create(), syncer: Syncer())
        let sequence = try log.append(
            .stepEnd,
            time: 0,
            payload: LogFixture.stepEnd(0).rawSpan
        )
        try wait { try fixture.records(0).last?.sequence == sequence }
        try log.close()
    }

    @Test func `who waits for a sync that fails is told so`() throws {
        var fixture = LogFixture()
        fixture.options.durability = .everyStep
        let log = Log(try fixture.create(), syncer: Syncer())
        let sequence = try log.append(
            .stepEnd,
            time: 0,
            payload: LogFixture.stepEnd(0).rawSpan
        )
        fixture.storage.faults.withLock { $0.sync = .io }
        #expect(throws: LogError.self) { try log.waitDurable(sequence) }
        fixture.storage.faults.withLock { $0.sync = nil }
        #expect(throws: LogError.poisoned(path: fixture.path(0))) {
            try log.append(.stepEnd, time: 0, payload: LogFixture.stepEnd(1).rawSpan)
        }
        #expect(throws: LogError.closed(path: "\(LogFixture.branch)")) {
            try Log(fixture.storageIsFresh()).waitDurable(1 << 40)
        }
    }

    @Test func `before a fork the thread ends what it is at`() {
        let (syncer, log) = (Syncer(), LongFlush())
        syncer.enlist(log)
        wait { log.hasBegun.load(ordering: .acquiring) }
        syncer.holdStill(atMost: .seconds(60))
        let hasEnded = log.hasEnded.load(ordering: .acquiring)
        syncer.goOn()
        #expect(hasEnded)
    }

    @Test func `every mode gives the same records`() throws {
        let modes: [Durability] = [
            .os, .everyStep, .interval(.seconds(60)), .buffered(maxDelay: .seconds(60)),
        ]
        for mode in modes {
            var fixture = LogFixture()
            fixture.options.durability = mode
            var writer = try fixture.create()
            try LogFixture.appendSteps(0..<500, to: &writer)
            try writer.close()
            let steps = try fixture.records(0).filter { $0.type == .stepEnd }
            #expect(
                steps.map(\.payload)
                    == (0..<500).map {
                        LogFixture.stepEnd($0, "delta of step \($0)")
                    }
            )
            #expect(fixture.verify(deep: true).verdict == .clean)
        }
    }

    @Test func `a reservation is dropped when the lock is released and at the close`() throws {
        var fixture = LogFixture()
        fixture.options.durability = .everyStep
        var writer = try fixture.create()
        let payload = [UInt8](repeating: 3, count: 100_000)
        try writer.append(RecordType(rawValue: 139), time: 0, payload: payload.rawSpan)
        #expect(try fixture.storage.fileSize(fixture.path(0)) ?? 0 > writer.dataEnd + 50_000)
        #expect(fixture.verify().verdict == .clean)
        try writer.releaseLock()
        #expect(try fixture.storage.fileSize(fixture.path(0)) == writer.dataEnd)
        #expect(try writer.retakeLock() == .unchanged)
        try writer.append(RecordType(rawValue: 139), time: 0, payload: payload.rawSpan)
        let end = writer.dataEnd
        try writer.close()
        #expect(try fixture.storage.fileSize(fixture.path(0)) ?? 0 <= end + 48)
    }
}

/// Waits for what the syncer's thread does, and keeps its own: a test that gives it up has it again
/// only when others let it, which may be when all of them are over.
private func wait(until holds: () throws -> Bool) rethrows {
    let end = ContinuousClock.now + .seconds(60)
    while try !holds() {
        guard ContinuousClock.now < end else {
            Issue.record("nothing has happened in a minute")
            return
        }
        sched_yield()
    }
}

/// A log whose flush takes a while.
private final class LongFlush: SyncedLog {
    let hasBegun = Atomic(false)
    let hasEnded = Atomic(false)

    func flush() {
        hasBegun.store(true, ordering: .releasing)
        let end = ContinuousClock.now + .milliseconds(20)
        while ContinuousClock.now < end { sched_yield() }
        hasEnded.store(true, ordering: .releasing)
    }

    let path = "log"
    let durability = Durability.buffered(maxDelay: .zero)
    let wantsIdle = false
    let durableSequence: UInt64 = 0
    let hasFailed = false
    let isDirty = false
    func clearDirty() {}
    func isAwaited(_ sequence: UInt64) -> Bool { false }
    func beginSync() -> SyncTicket? { nil }
    func endSync(_ ticket: SyncTicket, failed: Bool) {}
    func idle() {}
}

extension LogFixture {
    fileprivate func storageIsFresh() throws -> LogWriter {
        try LogFixture().create()
    }
}
