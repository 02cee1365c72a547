import EventLog
import Simulation
import Synchronization
import Testing

@Suite struct FaultTests {
    @Test(arguments: [1, 7, 100])
    func `short writes are continued`(longest: Int) throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        fixture.storage.faults.withLock { $0.longestWrite = longest }
        try LogFixture.appendSteps(0..<20, to: &writer)
        try writer.close()
        #expect(fixture.verify().verdict == .clean)
        #expect(try fixture.records(0).count { $0.type == .stepEnd } == 20)
    }

    @Test func `a full disk costs the record and nothing else, at any byte`() throws {
        for space in 0..<200 {
            let fixture = LogFixture()
            var writer = try fixture.create()
            fixture.storage.faults.withLock { $0.space = space }
            var written: Int64 = 0
            do {
                while true {
                    try LogFixture.appendSteps(written..<written + 1, to: &writer)
                    written += 1
                }
            } catch let error as LogError {
                #expect(error == .noSpace(path: fixture.path(0)))
            }
            #expect(writer.isHealthy == true)
            #expect(fixture.verify().verdict == .clean, "\(space)")
            fixture.storage.faults.withLock { $0.space = nil }
            try LogFixture.appendSteps(written..<written + 2, to: &writer)
            try writer.close()
            let steps = try fixture.records(0).filter { $0.type == .stepEnd }
            #expect(Int64(steps.count) == written + 2)
            #expect(fixture.verify(deep: true).verdict == .clean)
        }
    }

    @Test func `a group that fails is taken back as a whole`() throws {
        var fixture = LogFixture()
        fixture.options.bufferCapacity = 64 << 10
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<2, to: &writer)
        let end = writer.dataEnd
        let sequence = writer.appendedSequence
        let index = writer.index
        fixture.storage.faults.withLock { $0.space = 100_000 }
        let large = [UInt8](repeating: 1, count: 60_000)
        #expect(throws: LogError.noSpace(path: fixture.path(0))) {
            try writer.append(
                .stepEnd,
                flags: .groupContinues,
                time: 0,
                payload: LogFixture.stepEnd(2).rawSpan
            )
            for _ in 0..<4 {
                try writer.append(
                    .snapshotPart,
                    flags: .groupContinues,
                    time: 0,
                    payload: large.rawSpan
                )
            }
        }
        #expect(writer.dataEnd == end && writer.appendedSequence == sequence)
        #expect(writer.index == index && writer.lastStep == 1)
        fixture.storage.faults.withLock { $0.space = nil }
        try LogFixture.appendSteps(2..<4, to: &writer)
        try writer.seal()
        try writer.close()
        #expect(fixture.verify(deep: true).verdict == .clean)
    }

    @Test func `a record that cannot be taken back poisons`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        fixture.storage.faults.withLock {
            $0.write = .io
            $0.truncate = .io
        }
        let poisoned = LogError.poisoned(path: fixture.path(0))
        #expect(throws: poisoned) { try LogFixture.appendSteps(0..<1, to: &writer) }
        fixture.storage.faults.withLock { $0 = Faults() }
        #expect(throws: poisoned) { try LogFixture.appendSteps(0..<1, to: &writer) }
        #expect(writer.isPoisoned == true)
    }

    @Test func `a failed sync poisons and is never tried again`() throws {
        var fixture = LogFixture()
        fixture.options.durability = .everyStep
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<1, to: &writer)
        let durable = writer.durableSequence
        fixture.storage.faults.withLock { $0.sync = .io }
        #expect(throws: LogError.poisoned(path: fixture.path(0))) { try writer.sync() }
        fixture.storage.faults.withLock { $0.sync = nil }
        #expect(throws: LogError.poisoned(path: fixture.path(0))) { try writer.sync() }
        #expect(writer.durableSequence == durable)
    }

    @Test func `a full disk while sealing leaves the segment open`() throws {
        for space in stride(from: 0, to: 300, by: 8) {
            let fixture = LogFixture()
            var writer = try fixture.create()
            try LogFixture.appendSteps(0..<3, to: &writer)
            fixture.storage.faults.withLock { $0.space = space }
            do {
                try writer.roll(opening: LogFixture.opening(step: 2))
                Issue.record("there is no space for a new segment")
            } catch let error as LogError {
                guard case .noSpace = error else { throw error }
            }
            fixture.storage.faults.withLock { $0.space = nil }
            if writer.isHealthy { try LogFixture.appendSteps(3..<4, to: &writer) }
            try writer.roll(opening: LogFixture.opening(step: 3))
            try LogFixture.appendSteps(4..<5, to: &writer)
            try writer.close()
            #expect(fixture.verify(deep: true).verdict == .clean, "\(space)")
        }
    }

    @Test func `a buffered log keeps what it could not write and writes it later`() throws {
        var fixture = LogFixture()
        fixture.options = LogOptions(
            durability: .buffered(maxDelay: .seconds(60)),
            bufferCapacity: 64 << 10
        )
        var writer = try fixture.create()
        fixture.storage.faults.withLock { $0.space = 0 }
        var accepted: Int64 = 0
        #expect(throws: LogError.noSpace(path: fixture.path(0))) {
            while true {
                try LogFixture.appendSteps(accepted..<accepted + 1, to: &writer)
                accepted += 1
            }
        }
        #expect(accepted > 500)
        fixture.storage.faults.withLock { $0.space = nil }
        try LogFixture.appendSteps(accepted..<accepted + 1, to: &writer)
        try writer.close()
        let steps = try fixture.records(0).filter { $0.type == .stepEnd }
        #expect(Int64(steps.count) == accepted + 1)
        #expect(fixture.verify().verdict == .clean)
    }

    @Test func `a lock is kept while what is in memory cannot be written`() throws {
        var fixture = LogFixture()
        fixture.options = LogOptions(durability: .buffered(maxDelay: .seconds(60)))
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<3, to: &writer)
        fixture.storage.faults.withLock { $0.space = 0 }
        #expect(throws: LogError.noSpace(path: fixture.path(0))) { try writer.releaseLock() }
        // Another writer would append where the three steps belong.
        #expect(throws: LogError.lockedByAnotherWriter(path: fixture.path(0))) {
            _ = try fixture.open()
        }
        fixture.storage.faults.withLock { $0.space = nil }
        try writer.releaseLock()
        var other = try fixture.open()
        try LogFixture.appendSteps(3..<4, to: &other)
        try other.close()
        #expect(try fixture.records(0).filter { $0.type == .stepEnd }.count == 4)
        #expect(fixture.verify().verdict == .clean)
    }
}
