import EventLog
import Simulation
import Synchronization
import Testing

/// What must be there after the power was cut at the worst moment.
@Suite struct PowerCutTests {
    private static let nothingKept = PowerCut(kept: 0, tearsSectors: false, leavesGarbage: false)

    /// A log whose steps are waited for.
    private static func fixture() -> LogFixture {
        var fixture = LogFixture()
        fixture.options.durability = .everyStep
        return fixture
    }

    private static func steps(_ fixture: LogFixture, _ segment: UInt64 = 0) throws -> Int {
        try fixture.records(segment).count { $0.type == .stepEnd }
    }

    @Test func `what was synced is there, with the folders above it`() throws {
        let fixture = Self.fixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<2, to: &writer)
        try writer.sync()
        try LogFixture.appendSteps(2..<3, to: &writer)
        fixture.storage.cutPower(Self.nothingKept)
        #expect(try Self.steps(fixture) == 2)
        #expect(fixture.verify(deep: true).verdict == .clean)
    }

    @Test func `a folder that another made and did not sync is made durable`() throws {
        let fixture = Self.fixture()
        try fixture.storage.makeDirectories("/store", durably: true)
        try fixture.storage.makeDirectory("/store/project")
        fixture.storage.kill()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<1, to: &writer)
        try writer.sync()
        fixture.storage.cutPower(Self.nothingKept)
        #expect(try Self.steps(fixture) == 1)
    }

    @Test func `a segment whose writer was killed before it synced the name keeps its name`() throws
    {
        for calls in 1..<40 {
            let fixture = Self.fixture()
            var writer = try fixture.create()
            try LogFixture.appendSteps(0..<2, to: &writer)
            fixture.storage.die(afterCalls: calls)
            try? writer.roll(opening: LogFixture.opening(step: 1))
            fixture.storage.kill()
            var next = try fixture.open()
            try LogFixture.appendSteps(2..<3, to: &next)
            try next.sync()
            let number = next.segmentNumber
            fixture.storage.cutPower(Self.nothingKept)
            #expect(try Self.steps(fixture, 0) == (number == 0 ? 3 : 2), "\(calls)")
            #expect(number == 0 ? true : try Self.steps(fixture, number) == 1, "\(calls)")
            #expect(fixture.verify(deep: true).verdict == .clean, "\(calls)")
        }
    }

    @Test func `bytes whose sync failed are written again before the next one is believed`() throws
    {
        let fixture = Self.fixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<40, to: &writer)
        fixture.storage.faults.withLock { $0.sync = .io }
        #expect(throws: LogError.poisoned(path: fixture.path(0))) { try writer.sync() }
        fixture.storage.faults.withLock { $0.sync = nil }
        try? writer.finish()
        var next = try fixture.open()
        #expect(next.durableSequence == next.appendedSequence)
        try LogFixture.appendSteps(40..<41, to: &next)
        try next.sync()
        fixture.storage.cutPower(Self.nothingKept)
        #expect(try Self.steps(fixture) == 41)
        #expect(fixture.verify(deep: true).verdict == .clean)
    }

    @Test func `a seal whose sync failed is written again by the next writer`() throws {
        let fixture = Self.fixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<40, to: &writer)
        fixture.storage.faults.withLock { $0.sync = .io }
        #expect(throws: LogError.poisoned(path: fixture.path(0))) { try writer.seal() }
        fixture.storage.faults.withLock { $0.sync = nil }
        try? writer.finish()
        try fixture.open().close()
        fixture.storage.cutPower(Self.nothingKept)
        #expect(try Self.steps(fixture) == 40)
        #expect(fixture.verify(deep: true).verdict == .clean)
    }

    @Test func `a trailer is never on the disk before what it seals`() throws {
        let anyOrder = PowerCut(kept: 50, tearsSectors: false, leavesGarbage: false)
        for seed in 0..<200 as Range<UInt64> {
            var fixture = LogFixture([:], seed: seed)
            fixture.options.durability = .everyStep
            var writer = try fixture.create()
            try LogFixture.appendSteps(0..<40, to: &writer)
            fixture.storage.die(afterCalls: 1 + Int(seed % 7))
            try? writer.seal()
            fixture.storage.cutPower(anyOrder)
            if try fixture.reader().segments[0].isSealed {
                #expect(fixture.verify(deep: true).verdict == .clean, "\(seed)")
            }
        }
    }

    @Test func `a successor whose header is lost hides no loss`() throws {
        let fixture = Self.fixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<2, to: &writer)
        try writer.roll(opening: LogFixture.opening(step: 1))
        try writer.close()
        var image = fixture.storage.image
        let size = image[fixture.path(0)]?.count ?? 0
        image[fixture.path(0)]?.replaceSubrange(
            512..<size,
            with: repeatElement(0, count: size - 512)
        )
        image[fixture.path(1)]?[100] ^= 1
        let broken = LogFixture(image)
        let report = broken.verify()
        #expect(report.damages.contains { $0.segment == 0 && $0.bytes == 512..<UInt64(size) })
        let end = try broken.reader().scan(segment: 0) { _ in .proceed }
        #expect(end.verdict == .damaged)
    }
}

@Suite struct ModelCheckTests {
    @Test func `random programs keep what they were promised, whatever the disk does`() {
        for seed in 0..<300 as Range<UInt64> {
            if let failure = checkLog(seed: seed) { Issue.record("\(failure)") }
        }
    }

    @Test func `a seed gives the same program and the same disk every time`() {
        let traces = (0..<2).map { _ in traceOfLog(seed: 7) }
        #expect(traces[0] == traces[1] && traces[0].count > 20)
    }
}
