// Numbers near the ends of their types, with right checksums: refused where they are decoded.

import EventLog
import Testing

@Suite struct HostileNumberTests {
    private static let steps: [Int64] = [Limits.step + 1, -Limits.step - 1, .max, .min]
    private static let sequences: [UInt64] = [Limits.sequence, .max]

    private func header(sequence: UInt64 = 1, step: Int64 = -1) -> SegmentHeader {
        SegmentHeader(
            branch: LogFixture.branch,
            segment: 0,
            baseSequence: sequence,
            baseStep: step,
            created: 0,
            session: 1
        )
    }

    private func trailer(sequence: UInt64 = 1, step: Int64 = 0) -> [UInt8] {
        SegmentTrailer(
            indexOffset: 512,
            indexLength: 32,
            lastSequence: sequence,
            lastStep: step,
            recordCount: 1,
            bodyCRC: 0,
            indexCRC: 0
        ).encoded()
    }

    @Test func `steps are numbered up to 2 to the 53rd, either way`() throws {
        for step in [Limits.step, -Limits.step] + Self.steps {
            var writer = ByteWriter()
            writer.zigzag(step)
            let bytes = writer.finish()
            var reader = ByteReader(bytes.rawSpan)
            #expect((try? reader.step()) == (Limits.isStep(step) ? step : nil))
        }
    }

    @Test func `a segment header with a number beyond the limits is damaged`() {
        let whole = header(sequence: Limits.sequence - 1, step: Limits.step)
        #expect(SegmentHeader.decode(whole.encoded().rawSpan) == .header(whole))
        var refused = Self.steps.map { header(step: $0) }
        refused += Self.sequences.map { header(sequence: $0) } + [header(sequence: 0)]
        for sequence in Self.sequences {
            var other = header()
            other.predecessorLastSequence = sequence
            refused.append(other)
        }
        for step in Self.steps {
            var other = header()
            other.parent = ParentPoint(branch: LogFixture.branch, sequence: 1, step: step)
            refused.append(other)
        }
        for header in refused {
            #expect(SegmentHeader.decode(header.encoded().rawSpan) == .damaged, "\(header)")
        }
    }

    @Test func `a trailer with a number beyond the limits is none`() {
        let size: UInt64 = 512 + 32 + 32 + 64
        #expect(SegmentTrailer(decoding: trailer().rawSpan, fileSize: size) != nil)
        let refused =
            Self.steps.map { trailer(step: $0) } + Self.sequences.map { trailer(sequence: $0) }
        for bytes in refused {
            #expect(SegmentTrailer(decoding: bytes.rawSpan, fileSize: size) == nil)
        }
    }

    @Test func `an index whose rows go backwards is encoded as it is read`() throws {
        var index = SegmentIndex()
        for (offset, sequence) in [(UInt64.max, UInt64.max), (512, 1)] {
            index.blocks.append(IndexBlock(offset: offset, sequence: sequence, step: 0))
            index.snapshots.append(
                SnapshotEntry(
                    step: 0,
                    offset: offset,
                    rawLength: 1,
                    storedLength: 1,
                    hash: 0,
                    isAbsent: false
                )
            )
        }
        #expect(try SegmentIndex(decoding: index.encoded().rawSpan) == index)
    }

    @Test func `an index with a step beyond the limits is none`() {
        for step in Self.steps {
            var blocks = SegmentIndex()
            blocks.blocks = [IndexBlock(offset: 512, sequence: 1, step: step)]
            var snapshots = SegmentIndex()
            snapshots.snapshots = [
                SnapshotEntry(
                    step: step,
                    offset: 512,
                    rawLength: 1,
                    storedLength: 1,
                    hash: 0,
                    isAbsent: false
                )
            ]
            for index in [blocks, snapshots] {
                let bytes = index.encoded()
                #expect(throws: FormatError.self) { try SegmentIndex(decoding: bytes.rawSpan) }
            }
        }
    }

    /// A segment of records with right checksums, the first one with sequence `first`.
    private func segment(
        first: UInt64,
        _ payloads: [[UInt8]],
        flags: RecordFlags = []
    ) -> LogFixture {
        var bytes = header(sequence: first).encoded()
        let salt = LogFixture.branch.salt(segment: 0)
        for (index, payload) in payloads.enumerated() {
            let record = RecordHeader(
                payloadCRC: CRC32C.checksum(seed: salt, payload.rawSpan),
                payloadLength: UInt32(payload.count),
                type: .stepBegin,
                flags: flags,
                session: 1,
                sequence: first + UInt64(index),
                time: 0
            )
            bytes += record.encoded(salt: salt) + payload
            bytes += [UInt8](repeating: 0, count: record.stride - 32 - payload.count)
        }
        let path = SegmentName(branch: LogFixture.branch, number: 0).path(in: LogFixture.directory)
        return LogFixture([path: bytes])
    }

    @Test func `records are read up to the last sequence that there is`() throws {
        let log = segment(first: Limits.sequence - 2, [[1], [2], [3], [4]])
        #expect(try log.records(0).map(\.payload) == [[1], [2]])
        #expect(log.verify().verdict != .clean)
    }

    @Test func `a snapshot of a step beyond the limits is none`() throws {
        for step in [Limits.step] + Self.steps {
            let records = try SnapshotPayload.records(step: step, text: nil, names: [], time: 0)
            let payload = records[0].payload
            let head = try? SnapshotPayload(decodingHead: payload.rawSpan)
            #expect((head != nil) == Limits.isStep(step))
        }
    }

    @Test func `a length that the bytes cannot give is refused`() throws {
        var writer = ByteWriter()
        writer.varint(Limits.rawPayload)
        writer.raw([UInt8](repeating: 0x1F, count: 200))
        let log = segment(first: 1, [writer.finish()], flags: .lz4)
        #expect(try log.records(0).isEmpty)
        // What a payload of this length takes at most is what decides before memory is taken.
        #expect(!LZ4.mayGive(Limits.rawPayload, 200))
        for count in [1_024, 1 << 20, 16 << 20] {
            let zeros = [UInt8](repeating: 0, count: count)
            let frame = unsafe zeros.withUnsafeBytes { unsafe LZ4.compressFrame($0) }
            #expect(LZ4.mayGive(count, frame.count))
        }
    }
}
