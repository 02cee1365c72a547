import EventLog
import Simulation
import Synchronization
import Testing

@Suite struct WriterTests {
    @Test func `what is appended is read back in order`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<20, to: &writer)
        try writer.close()

        let seen = try fixture.records(0)
        #expect(seen.map(\.sequence) == Array(1...UInt64(seen.count)))
        let steps = seen.filter { $0.type == .stepEnd }
        #expect(steps.count == 20)
        #expect(steps[7].payload == LogFixture.stepEnd(7, "delta of step 7"))
        #expect(fixture.verify(deep: true).verdict == .clean)
    }

    @Test func `a segment is rolled, indexed and replaced by its successor`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<3000, to: &writer)
        let sequence = writer.appendedSequence
        try writer.roll(table: [1, 2, 3], opening: LogFixture.opening(step: 2999))
        #expect(writer.segmentNumber == 1)
        // INDEX and SEAL, then META and SNAPSHOT of the next segment.
        #expect(writer.appendedSequence == sequence + 4)
        try LogFixture.appendSteps(3000..<3010, to: &writer)
        try writer.close()

        let reader = try fixture.reader()
        #expect(reader.segments.map(\.isSealed) == [true, false])
        let index = try reader.index(of: 0)
        #expect(index.table == [1, 2, 3])
        #expect(index.counts[4] == 3000)
        #expect(index.snapshots.map(\.step) == [-1])
        #expect(index.blocks.count > 5)
        let block = try #require(index.block(beforeStep: 1500))
        #expect(block.step < 1500 && block.step > 1000)
        var first: Seen?
        _ = try reader.scan(segment: 0, from: block.offset) { record in
            first = Seen(record)
            return .stop
        }
        #expect(first?.sequence == block.sequence)
        let location = try #require(try reader.snapshot(atOrBefore: 3005))
        #expect(location.segment == 1)
        #expect(try reader.loadSnapshot(at: location).text == Array(#"{"counter":0}"#.utf8))
        #expect(fixture.verify(deep: true) == fixture.verify(deep: false))
        #expect(fixture.verify(deep: true).verdict == .clean)
    }

    @Test(arguments: [Durability.os, .everyStep, .buffered(maxDelay: .seconds(10))])
    func `payloads larger than the stage are written whole`(durability: Durability) throws {
        var fixture = LogFixture()
        fixture.options = LogOptions(durability: durability, bufferCapacity: 64 << 10)
        var writer = try fixture.create()
        var payloads: [[UInt8]] = []
        for size in [0, 1, 7, 8, 9, 4095, 4096, 65_504, 65_536, 65_537, 300_001, 5] {
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
            try writer.append(RecordType(rawValue: 139), time: 0, payload: payload.rawSpan)
            payloads.append(payload)
        }
        try writer.close()
        let seen = try fixture.records(0).filter { $0.type.rawValue == 139 }
        #expect(seen.map(\.payload) == payloads)
        #expect(fixture.verify(deep: true).verdict == .clean)
    }

    @Test func `a payload above 16 MiB is refused and nothing of it remains`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        let payload = [UInt8](repeating: 0, count: (16 << 20) + 1)
        #expect(throws: LogError.tooLarge(bytes: payload.count, limit: 16 << 20)) {
            try writer.append(.stepEnd, time: 0, payload: payload.rawSpan)
        }
        try LogFixture.appendSteps(0..<1, to: &writer)
        try writer.close()
        #expect(fixture.verify().verdict == .clean)
    }

    @Test func `a group is one write and invisible until it closes`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<1, to: &writer)
        let writes = fixture.storage.faults.withLock { $0.writes }
        let size = writer.visibleEnd
        try writer.append(
            .stepEnd,
            flags: .groupContinues,
            time: 0,
            payload: LogFixture.stepEnd(1).rawSpan
        )
        #expect(writer.visibleEnd == size && writer.groupIsOpen)
        try writer.append(.gap, time: 0, payload: [1].rawSpan)
        #expect(writer.visibleEnd == writer.dataEnd)
        #expect(fixture.storage.faults.withLock { $0.writes } == writes + 1)
        try writer.close()
    }

    @Test func `a large snapshot is split into parts and loaded whole`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        var state: UInt64 = 7
        let text = (0..<9_000_000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        let records = try SnapshotPayload.records(step: 5, text: text.rawSpan, names: [], time: 0)
        #expect(records.count == 3)
        for record in records { try writer.append(record) }
        try LogFixture.appendSteps(6..<8, to: &writer)
        try writer.close()
        let reader = try fixture.reader()
        let location = try #require(try reader.snapshot(atOrBefore: 6))
        let snapshot = try reader.loadSnapshot(at: location)
        #expect(snapshot.text == text)
        var next: Seen?
        _ = try reader.scan(segment: 0, from: snapshot.end) { record in
            next = Seen(record)
            return .stop
        }
        #expect(next?.sequence == snapshot.nextSequence)
    }

    @Test func `a snapshot of an unknown state loads as absent, and one before it is found`()
        throws
    {
        let fixture = LogFixture()
        var writer = try fixture.create()
        for record in try SnapshotPayload.records(step: 3, text: nil, names: [[65]], time: 0) {
            try writer.append(record)
        }
        try writer.close()
        let reader = try fixture.reader()
        let entry = try #require(try reader.index(of: 0).snapshots.last)
        #expect(entry.isAbsent)
        let snapshot = try reader.loadSnapshot(at: SnapshotLocation(segment: 0, entry: entry))
        #expect(snapshot.text == nil && snapshot.names == [[65]])
        #expect(try reader.snapshot(atOrBefore: 9)?.entry.step == -1)
    }

    @Test func `a payload that compresses is stored under codec 1 and read back raw`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        var codec = CodecBuffer()
        let text = Array(String(repeating: "the same words again ", count: 200).utf8)
        let start = writer.dataEnd
        try writer.appendCompressed(
            RecordType(rawValue: 139),
            time: 0,
            payload: text.rawSpan,
            codec: &codec
        )
        #expect(writer.dataEnd - start < UInt64(text.count / 4))
        try writer.appendCompressed(
            .stepEnd,
            time: 0,
            payload: LogFixture.stepEnd(0).rawSpan,
            codec: &codec
        )
        try writer.close()
        let seen = try fixture.records(0)
        #expect(seen.last { $0.type.rawValue == 139 }?.payload == text)
        #expect(try fixture.reader().index(of: 0).counts[139] == 1)
    }

    @Test func `the last records are found from the end of the file`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<1000, to: &writer)
        let reader = try fixture.reader()
        var tail = SegmentTail()
        var seen: [Seen] = []
        let file = try #require(reader.lastSegment)
        let count = try tail.visitLastRecords(of: file, minimum: 3) { seen.append(Seen($0)) }
        #expect(count == seen.count && count >= 3)
        #expect(seen.last?.payload == LogFixture.stepEnd(999, "delta of step 999"))
        #expect(seen.map(\.sequence) == Array(seen[0].sequence...writer.appendedSequence))
        let all = try tail.visitLastRecords(of: file, minimum: .max) { _ in }
        #expect(UInt64(all) == writer.appendedSequence)
        try writer.close()
    }

    @Test func `a reader follows the active segment and its successors`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        let reader = try fixture.reader()
        #expect(try reader.index(of: 0).counts[4] == 0)
        try LogFixture.appendSteps(0..<5, to: &writer)
        #expect(try reader.refresh())
        #expect(try reader.index(of: 0).counts[4] == 5)
        #expect(try !reader.refresh())
        try writer.roll(opening: LogFixture.opening(step: 4))
        try LogFixture.appendSteps(5..<7, to: &writer)
        #expect(try reader.refresh())
        #expect(reader.segments.map(\.isSealed) == [true, false])
        #expect(try reader.index(of: 0).counts[4] == 5)
        #expect(try reader.index(of: 1).counts[4] == 2)
        try writer.close()
    }
}
