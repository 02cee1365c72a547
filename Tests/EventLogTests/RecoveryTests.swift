import EventLog
import Simulation
import Synchronization
import Testing

/// A log with marks in it, and what an undamaged reading gives.
private struct Sample {
    let image: [String: [UInt8]]
    let path: String
    let records: [Seen]
    let mark: UInt64

    /// Segment 1 of two: META, SNAPSHOT, steps, a mark, more steps.
    init() throws {
        var fixture = LogFixture()
        fixture.options = LogOptions(durability: .everyStep)
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<3, to: &writer)
        try writer.roll(opening: LogFixture.opening(step: 2))
        try LogFixture.appendSteps(3..<5, to: &writer)
        try writer.sync()
        try LogFixture.appendSteps(5..<7, to: &writer)
        try writer.append(
            .stepEnd,
            flags: .groupContinues,
            time: 0,
            payload: LogFixture.stepEnd(7).rawSpan
        )
        try writer.append(.gap, time: 0, payload: [9, 9].rawSpan)
        try LogFixture.appendSteps(8..<9, to: &writer)
        path = fixture.path(1)
        records = try fixture.records(1)
        image = fixture.storage.image
        mark =
            try records.filter { $0.type == .syncMark }
            .map { try SyncMark(decoding: $0.payload.rawSpan).durableOffset }.max() ?? 0
        try writer.close()
    }

    var bytes: [UInt8] { image[path] ?? [] }

    func changed(_ bytes: [UInt8]) -> LogFixture {
        var image = image
        image[path] = bytes
        return LogFixture(image)
    }

    /// The records that end at or before `offset`, whole groups only.
    func prefix(_ offset: UInt64) -> [Seen] {
        var prefix = records.filter { $0.range.upperBound <= offset }
        // Step 7 and the gap after it are one group.
        if let last = prefix.last, last.payload == LogFixture.stepEnd(7) { prefix.removeLast() }
        return prefix
    }

    /// Where the opening snapshot ends: nothing before it is a usable segment.
    var openingEnd: UInt64 { records[1].range.upperBound }
}

@Suite struct RecoveryTests {
    @Test func `a segment cut at any byte gives the exact prefix`() throws {
        let sample = try Sample()
        for size in 0...sample.bytes.count {
            let fixture = sample.changed(Array(sample.bytes[..<size]))
            let expected = sample.prefix(UInt64(size))
            let end = expected.last?.range.upperBound ?? 512
            let report = fixture.verify()
            if UInt64(size) < sample.openingEnd {
                #expect(report.verdict == .damaged, "\(size)")
            } else {
                #expect(report.verdict == (end == UInt64(size) ? .clean : .tornTail), "\(size)")
            }
            #expect(try fixture.records(1).starts(with: expected), "\(size)")

            guard UInt64(size) >= sample.openingEnd else { continue }
            var seen: [Seen] = []
            let writer = try fixture.open { seen.append(Seen($0)) }
            #expect(seen == expected, "\(size)")
            #expect(writer.recovery.verdict == (end == UInt64(size) ? .clean : .tornTail))
            if let torn = writer.recovery.tornPath {
                #expect(fixture.storage.image[torn] == Array(sample.bytes[Int(end)..<size]))
            }
            try writer.close()
            #expect(fixture.verify(deep: true).verdict == .clean, "\(size)")
        }
    }

    @Test func `a cut inside header or opening goes on in a new segment or says damaged`() throws {
        let sample = try Sample()
        for size in 0..<Int(sample.openingEnd) {
            let fixture = sample.changed(Array(sample.bytes[..<size]))
            do {
                let writer = try fixture.open()
                #expect(writer.recovery.verdict == .damaged && writer.segmentNumber == 2)
                #expect(fixture.storage.image[sample.path]?.count == size)
                try writer.close()
            } catch let error as LogError {
                #expect(error == .damaged(path: sample.path, offset: 0), "\(size)")
            }
        }
    }

    @Test func `any flipped bit costs at most its record and is called by its name`() throws {
        let sample = try Sample()
        #expect(sample.mark > sample.openingEnd)
        for bit in 0..<sample.bytes.count * 8 {
            var bytes = sample.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let fixture = sample.changed(bytes)
            let report = fixture.verify()
            let at = UInt64(bit / 8)
            if at < 512 {
                // Not even one of the version makes it another version's.
                #expect(report.verdict == .damaged, "bit \(bit)")
                continue
            }
            let hit = sample.records.first { $0.range.contains(at) }
            // What follows valid records is no tail; below the mark it never was.
            let isTail = sample.records.allSatisfy { $0.range.lowerBound <= at }
            let damaged = at < sample.mark || at < sample.openingEnd || !isTail
            #expect(report.verdict == (damaged ? .damaged : .tornTail), "bit \(bit)")
            let seen = try fixture.records(1)
            #expect(seen.allSatisfy { sample.records.contains($0) }, "bit \(bit)")
            if damaged {
                #expect(seen.count >= sample.records.count - 1, "bit \(bit)")
            } else {
                #expect(seen == sample.prefix(hit?.range.lowerBound ?? 0), "bit \(bit)")
            }
        }
    }

    @Test func `of two copies that went astray the one that stands first is followed`() throws {
        let sample = try Sample()
        // Two steps over the opening, as many records of the opening behind everything.
        let steps = sample.records.filter { $0.type == .stepEnd }
        let places = try #require(steps.first).range.lowerBound..<steps[1].range.upperBound
        let copy = sample.bytes[Int(places.lowerBound)..<Int(places.upperBound)]
        let opening = sample.bytes[512..<Int(sample.records[1].range.upperBound)]
        var bytes = sample.bytes[..<512] + [UInt8](repeating: 9, count: 8) + copy
        bytes += [UInt8](repeating: 9, count: 8) + opening
        let fixture = sample.changed(Array(bytes))
        #expect(try fixture.records(1).map(\.sequence) == steps[..<2].map(\.sequence))
        let writer = try fixture.open()
        #expect(writer.segmentHeader.baseSequence > steps[1].sequence)
        try writer.close()
    }

    @Test func `a record that is gone without a trace is missed`() throws {
        let sample = try Sample()
        let steps = sample.records.filter { $0.type == .stepEnd }
        var bytes = sample.bytes
        bytes.removeSubrange(Int(steps[1].range.lowerBound)..<Int(steps[1].range.upperBound))
        let report = sample.changed(bytes).verify()
        #expect(report.verdict == .damaged)
        #expect(report.damages.first?.lostSequences == steps[1].sequence..<steps[1].sequence + 1)
    }

    @Test func `a record whose codec fails is the only one that is lost`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<2, to: &writer)
        // A raw length, and no block of that length.
        let flags: RecordFlags = .lz4
        try writer.append(.stepEnd, flags: flags, time: 0, payload: [200, 1, 2, 3].rawSpan)
        try LogFixture.appendSteps(3..<5, to: &writer)
        try writer.close()
        let steps = try fixture.records(0).filter { $0.type == .stepEnd }
        let expected = [0, 1, 3, 4].map { LogFixture.stepEnd($0, "delta of step \($0)") }
        #expect(steps.map(\.payload) == expected)
        let report = fixture.verify()
        #expect(report.verdict == .damaged && report.damages.count == 1)
        #expect(report.damages.first?.lostSequences.count == 1)
    }

    @Test func `a damaged segment is left as it is and the branch goes on in a new one`() throws {
        let sample = try Sample()
        var bytes = sample.bytes
        let hit = try #require(sample.records.first { $0.type == .stepEnd })
        bytes[Int(hit.range.lowerBound) + 40] ^= 1
        let fixture = sample.changed(bytes)
        var seen: [Seen] = []
        var writer = try fixture.open { seen.append(Seen($0)) }
        #expect(seen == sample.records.filter { $0 != hit })
        #expect(writer.recovery.verdict == .damaged)
        #expect(
            writer.recovery.damages == [
                Damage(
                    segment: 1,
                    bytes: hit.range,
                    lostSequences: hit.sequence..<hit.sequence + 1
                )
            ]
        )
        #expect(writer.segmentNumber == 2)
        #expect(fixture.storage.image[sample.path] == bytes)
        try LogFixture.appendSteps(9..<10, to: &writer)
        try writer.close()
        let next = try fixture.records(2)
        #expect(next.map(\.type) == [.meta, .snapshot, .recovered, .syncMark, .stepEnd])
        #expect(next[0].sequence == sample.records[sample.records.count - 1].sequence + 1)
        let payload = next[2].payload
        let recovered = try Recovered(decoding: payload.rawSpan)
        #expect(recovered.verdict == .damaged && recovered.firstLostSequence == hit.sequence)
        let report = fixture.verify()
        #expect(report.damages.map(\.bytes) == [hit.range])
    }

    @Test func `zeros after the data are a clean end and are cut away`() throws {
        let sample = try Sample()
        let fixture = sample.changed(sample.bytes + [UInt8](repeating: 0, count: 100_000))
        #expect(fixture.verify().verdict == .clean)
        let writer = try fixture.open()
        #expect(writer.recovery.verdict == .clean)
        #expect(fixture.storage.image[sample.path]?.count == sample.bytes.count)
        try writer.close()
    }

    @Test func `zeros from any byte to the end never show a wrong record`() throws {
        let sample = try Sample()
        for start in stride(from: Int(sample.openingEnd), to: sample.bytes.count, by: 1) {
            var bytes = sample.bytes
            for index in start..<bytes.count { bytes[index] = 0 }
            let fixture = sample.changed(bytes)
            let seen = try fixture.records(1)
            #expect(sample.records.starts(with: seen))
            #expect(seen.count >= sample.prefix(UInt64(start)).count)
            #expect([.clean, .tornTail].contains(fixture.verify().verdict))
        }
    }

    @Test func `swapped, doubled and foreign records are never taken for what they are not`() throws
    {
        let sample = try Sample()
        let steps = sample.records.filter { $0.type == .stepEnd }
        let first = steps[0].range
        let second = steps[1].range
        func slice(_ range: Range<UInt64>) -> ArraySlice<UInt8> {
            sample.bytes[Int(range.lowerBound)..<Int(range.upperBound)]
        }
        var swapped = sample.bytes
        swapped.replaceSubrange(
            Int(first.lowerBound)..<Int(second.upperBound),
            with: slice(second) + slice(first)
        )
        var doubled = sample.bytes
        doubled.replaceSubrange(Int(second.lowerBound)..<Int(second.upperBound), with: slice(first))
        var foreign = sample.bytes
        let other = try #require(sample.image[LogFixture().path(0)])
        foreign.replaceSubrange(
            Int(first.lowerBound)..<Int(first.upperBound),
            with: other[Int(first.lowerBound)..<Int(first.upperBound)]
        )
        for bytes in [swapped, doubled, foreign] {
            let fixture = sample.changed(bytes)
            #expect(fixture.verify().verdict == .damaged)
            let seen = try fixture.records(1)
            #expect(seen.count == sample.records.count - 1)
            #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
            #expect(
                seen.allSatisfy { record in
                    sample.records.contains {
                        $0.sequence == record.sequence && $0.payload == record.payload
                    }
                }
            )
        }
    }

    @Test func `the trailer of another segment at the end of one seals nothing`() throws {
        let sample = try Sample()
        let first = try #require(sample.image[LogFixture().path(0)])
        // The last sectors never reached the disk, which has there what the segment before had.
        var bytes = sample.bytes + [UInt8](repeating: 0, count: max(0, first.count))
        bytes.removeLast(bytes.count - first.count)
        let sector = (first.count - 64 - 32) / 512 * 512
        bytes.replaceSubrange(sector..<first.count, with: first[sector...])
        let fixture = sample.changed(bytes)
        #expect(try !fixture.reader().segments[1].isSealed)
        #expect(try fixture.records(1).starts(with: sample.prefix(UInt64(sector))))
    }

    @Test func `a sector that was written in place of another costs what it covers`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        for step in 0..<120 as Range<Int64> {
            let text = String(repeating: "x", count: Int(step * 7_919 % 401))
            let payload = LogFixture.stepEnd(step, text)
            try writer.append(.stepEnd, time: step, payload: payload.rawSpan)
        }
        try writer.close()
        let whole = try fixture.records(0)
        let image = fixture.storage.image
        let bytes = try #require(image[fixture.path(0)])
        for (target, source) in sectors(bytes.count / 512) {
            var damaged = bytes
            let place = target * 512..<target * 512 + 512
            damaged.replaceSubrange(place, with: Array(bytes[source * 512..<source * 512 + 512]))
            let seen = try LogFixture([fixture.path(0): damaged]).records(0)
            let covered = UInt64(place.lowerBound)..<UInt64(place.upperBound)
            let left = whole.filter { !$0.range.overlaps(covered) }.map(\.sequence)
            #expect(Set(seen.map(\.sequence)).isSuperset(of: left), "\(source) over \(target)")
            #expect(
                zip(seen, seen.dropFirst()).allSatisfy { $0.sequence < $1.sequence },
                "\(source) over \(target)"
            )
            #expect(
                seen.allSatisfy { whole[Int($0.sequence) - 1].payload == $0.payload },
                "\(source) over \(target)"
            )
        }
    }

    /// Each sector behind the opening records with each other one.
    private func sectors(_ count: Int) -> [(target: Int, source: Int)] {
        (2..<count).flatMap { target in
            (2..<count).filter { $0 != target }.map { (target, $0) }
        }
    }

    @Test func `a later record where an earlier one should stand says what is lost before it`()
        throws
    {
        let sample = try Sample()
        let steps = sample.records.filter { $0.type == .stepEnd }
        let (first, second) = (steps[0], steps[1])
        var bytes = sample.bytes
        let moved = bytes[Int(second.range.lowerBound)..<Int(second.range.upperBound)]
        bytes.replaceSubrange(
            Int(first.range.lowerBound)..<Int(first.range.upperBound),
            with: Array(moved)
        )
        let report = sample.changed(bytes).verify()
        #expect(report.damages.contains { $0.lostSequences.contains(first.sequence) })
    }

    @Test func `a torn tail that cannot be copied stays and the branch goes on beside it`() throws {
        let sample = try Sample()
        let bytes = Array(sample.bytes.dropLast(3))
        let fixture = sample.changed(bytes)
        fixture.storage.faults.withLock { $0.createSuffix = ".torn" }
        let writer = try fixture.open()
        #expect(writer.segmentNumber == 2)
        #expect(writer.recovery.verdict == .tornTail && writer.recovery.tornPath == nil)
        #expect(fixture.storage.image[sample.path] == bytes)
        try writer.close()
        #expect(fixture.verify().verdict == .tornTail)
        #expect(fixture.verify().damages.isEmpty)
    }

    @Test func `a seal cut anywhere is finished or taken for a torn tail`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<4, to: &writer)
        let dataEnd = Int(writer.dataEnd)
        let steps = try fixture.records(0)
        try writer.seal(table: [7])
        let whole = try #require(fixture.storage.image[fixture.path(0)])
        try writer.close()
        for size in dataEnd...whole.count {
            let cut = LogFixture([fixture.path(0): Array(whole[..<size])])
            var reopened = try cut.open()
            try LogFixture.appendSteps(4..<5, to: &reopened)
            try reopened.close()
            let seen = try cut.records(0).filter { $0.type == .stepEnd || $0.type == .meta }
            #expect(seen.starts(with: steps.filter { $0.type == .stepEnd || $0.type == .meta }))
            let report = cut.verify(deep: true)
            #expect(report.verdict == .clean, "\(size) \(report)")
        }
    }

    @Test func `a sealed branch goes on in a new segment`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<4, to: &writer)
        try writer.seal()
        try writer.close()
        let reopened = try fixture.open { _ in Issue.record("a sealed segment is not visited") }
        #expect(reopened.segmentNumber == 1 && reopened.recovery.isInNewSegment)
        #expect(reopened.session == 2)
        try reopened.close()
        #expect(fixture.verify(deep: true).verdict == .clean)
    }

    @Test func `damage in a sealed segment costs its record, and in its index nothing`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<4, to: &writer)
        let records = try fixture.records(0)
        try writer.roll(opening: LogFixture.opening(step: 3))
        try writer.close()
        let image = fixture.storage.image
        let whole = try #require(image[fixture.path(0)])
        let trailer = try #require(try fixture.reader().segments[0].trailer)
        for at in 512..<whole.count {
            var bytes = whole
            bytes[at] ^= 0x10
            var changed = image
            changed[fixture.path(0)] = bytes
            let broken = LogFixture(changed)
            #expect(broken.verify().verdict == .damaged, "\(at)")
            let seen = try broken.records(0).filter { $0.type != .index && $0.type != .seal }
            #expect(seen.count >= records.count - (UInt64(at) < trailer.indexOffset ? 1 : 0))
            #expect(seen.allSatisfy { records.contains($0) })
            #expect(try broken.reader().index(of: 0).counts[4] >= 3)
        }
    }

    @Test func `newer versions are refused by name, unknown events are passed over`() throws {
        let fixture = LogFixture()
        var writer = try fixture.create()
        try writer.append(RecordType(rawValue: 200), time: 0, payload: [1].rawSpan)
        try LogFixture.appendSteps(0..<1, to: &writer)
        try writer.close()
        #expect(fixture.verify().verdict == .clean)
        let path = fixture.path(0)

        var reopened = try fixture.open()
        try reopened.append(RecordType(rawValue: 100), time: 0, payload: [1].rawSpan)
        try reopened.close()
        #expect(fixture.verify().verdict == .newerVersion)
        #expect(throws: LogError.newerVersion(path: path)) { try fixture.records(0) }
        #expect(throws: LogError.newerVersion(path: path)) { try fixture.open().close() }

        // Where a newer major version has its CRC is not known; a bit of this one's is covered.
        for (at, hasOurCRC) in [(8, true), (8, false), (32, true), (39, true)] {
            var image = fixture.storage.image
            var bytes = try #require(image[path])
            bytes[at] = 2
            let crc = CRC32C.checksum(bytes.rawSpan.extracting(0..<508))
            for byte in 0..<4 where hasOurCRC {
                bytes[508 + byte] = UInt8(truncatingIfNeeded: crc >> (8 * UInt32(byte)))
            }
            image[path] = bytes
            let newer = LogFixture(image)
            #expect(newer.verify().verdict == .newerVersion)
            #expect(throws: LogError.newerVersion(path: path)) { try newer.open().close() }
        }
    }
}
