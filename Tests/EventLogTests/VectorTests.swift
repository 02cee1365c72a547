import EventLog
import Testing

/// `Formats/vectors/log.json`, written from the specification without this code.
private struct Vectors: Decodable {
    struct CRC: Decodable { var seed: UInt32, bytes: Hex, crc: Hex }
    struct Hash: Decodable { var bytes: Hex, hash: Hex }
    struct Number: Decodable { var value: String, bytes: Hex }
    struct Salt: Decodable { var branch: String, segment: UInt64, salt: Hex }
    struct Parent: Decodable { var branch: String, sequence: UInt64, step: Int64 }
    struct Header: Decodable {
        var segment: UInt64, baseSequence: UInt64, baseStep: Int64, created: Int64
        var session: UInt64, predecessorLastSequence: UInt64, predecessorDataEnd: UInt64
        var predecessorTrailerCRC: UInt32, parent: Parent?, bytes: Hex
    }
    struct Record: Decodable {
        var segment: UInt64, type: UInt8, flags: UInt8, session: UInt16, sequence: UInt64
        var time: Int64, payload: Hex, raw: Hex?, bytes: Hex
    }
    struct Snapshot: Decodable {
        var step: Int64, absent: Bool, text: String?, names: [String], hash: Hex, bytes: Hex
    }
    struct Mark: Decodable { var durableOffset: UInt64, durableSequence: UInt64, bytes: Hex }
    struct Recovery: Decodable {
        var verdict: UInt8, segment: UInt64, offset: UInt64, count: UInt64
        var firstLostSequence: UInt64, bytes: Hex
    }
    struct Entry: Decodable {
        var step: Int64, offset: UInt64, rawLength: UInt64, storedLength: UInt64, hash: Hex
        var absent: Bool
    }
    struct Index: Decodable {
        var blocks: [[Int64]], snapshots: [Entry], counts: [String: UInt64], table: Hex, bytes: Hex
    }
    struct Trailer: Decodable {
        var indexOffset: UInt64, indexLength: UInt64, lastSequence: UInt64, lastStep: Int64
        var recordCount: UInt64, bodyCRC: UInt32, indexCRC: UInt32, fileSize: UInt64, bytes: Hex
    }
    var crc32c: [CRC], xxh64: [Hash], varint: [Number], zigzag: [Number], salt: [Salt]
    var segmentHeader: [Header], record: [Record], snapshot: [Snapshot], syncMark: [Mark]
    var recovered: [Recovery], index: [Index], trailer: [Trailer]
}

@Suite struct VectorTests {
    private let vectors: Vectors
    private let branch = LogFixture.branch

    init() throws {
        vectors = try Formats.vectors(Vectors.self)
    }

    @Test func `checksums and hashes are the standard ones`() {
        for vector in vectors.crc32c {
            let bytes = vector.bytes.bytes
            #expect(UInt64(CRC32C.checksum(seed: vector.seed, bytes.rawSpan)) == vector.crc.number)
        }
        for vector in vectors.xxh64 {
            let bytes = vector.bytes.bytes
            #expect(XXH64.hash(bytes.rawSpan) == vector.hash.number)
        }
        for vector in vectors.salt {
            #expect(vector.branch == branch.description)
            #expect(UInt64(branch.salt(segment: vector.segment)) == vector.salt.number)
        }
    }

    @Test func `varints and zigzags are encoded as in the vectors`() throws {
        for vector in vectors.varint {
            var writer = ByteWriter()
            writer.varint(try #require(UInt64(vector.value)))
            #expect(writer.bytes == vector.bytes.bytes)
        }
        for vector in vectors.zigzag {
            var writer = ByteWriter()
            writer.zigzag(try #require(Int64(vector.value)))
            #expect(writer.bytes == vector.bytes.bytes)
        }
    }

    @Test func `segment headers decode and encode as in the vectors`() throws {
        for vector in vectors.segmentHeader {
            let parent = try vector.parent.map {
                ParentPoint(
                    branch: try #require(BranchID(hex: $0.branch)),
                    sequence: $0.sequence,
                    step: $0.step
                )
            }
            var header = SegmentHeader(
                branch: branch,
                segment: vector.segment,
                baseSequence: vector.baseSequence,
                baseStep: vector.baseStep,
                created: vector.created,
                session: vector.session,
                parent: parent
            )
            header.predecessorLastSequence = vector.predecessorLastSequence
            header.predecessorDataEnd = vector.predecessorDataEnd
            header.predecessorTrailerCRC = vector.predecessorTrailerCRC
            #expect(header.encoded() == vector.bytes.bytes)
            let bytes = vector.bytes.bytes
            #expect(SegmentHeader.decode(bytes.rawSpan) == .header(header))
        }
    }

    @Test func `records are read as the vectors say and their headers encode the same`() throws {
        for vector in vectors.record {
            let payload = vector.payload.bytes
            let salt = branch.salt(segment: vector.segment)
            let header = RecordHeader(
                payloadCRC: CRC32C.checksum(seed: salt, payload.rawSpan),
                payloadLength: UInt32(payload.count),
                type: RecordType(rawValue: vector.type),
                flags: RecordFlags(rawValue: vector.flags),
                session: vector.session,
                sequence: vector.sequence,
                time: vector.time
            )
            let whole = header.encoded(salt: salt) + payload
            #expect(vector.bytes.bytes.starts(with: whole))
            #expect(header.stride == vector.bytes.bytes.count)

            let none: [UInt8] = []
            // In a segment, with the end of the group where one is open.
            var segment = SegmentHeader(
                branch: branch,
                segment: 0,
                baseSequence: vector.sequence,
                baseStep: -1,
                created: 0,
                session: 1
            )
            segment.compatible = 1
            var bytes = segment.encoded() + vector.bytes.bytes
            if vector.flags & 4 != 0 {
                let last = RecordHeader(
                    payloadCRC: CRC32C.checksum(seed: salt, none.rawSpan),
                    payloadLength: 0,
                    type: .gap,
                    session: 1,
                    sequence: vector.sequence + 1,
                    time: 0
                )
                bytes += last.encoded(salt: salt)
            }
            let fixture = LogFixture([LogFixture().path(0): bytes])
            let seen = try fixture.records(0)
            // INDEX and SEAL are not shown to visitors.
            if vector.type == RecordType.seal.rawValue { continue }
            #expect(seen.first?.sequence == vector.sequence)
            #expect(seen.first?.payload == (vector.raw ?? vector.payload).bytes)
        }
    }

    @Test func `snapshots decode as in the vectors and come back from our own encoding`() throws {
        for vector in vectors.snapshot {
            let bytes = vector.bytes.bytes
            let snapshot = try SnapshotPayload(decodingHead: bytes.rawSpan)
            #expect(snapshot.step == vector.step && snapshot.isAbsent == vector.absent)
            #expect(snapshot.names == vector.names.map { Array($0.utf8) })
            #expect(snapshot.hash == vector.hash.number)
            let frame = Array(bytes[snapshot.headLength...])
            let text = try snapshot.text(frame: frame.rawSpan)
            #expect(text == vector.text.map { Array($0.utf8) })

            let ours: [OpeningRecord]
            if let text {
                ours = try SnapshotPayload.records(
                    step: vector.step,
                    text: text.rawSpan,
                    names: snapshot.names,
                    time: 0
                )
            } else {
                ours = try SnapshotPayload.records(
                    step: vector.step,
                    text: nil,
                    names: snapshot.names,
                    time: 0
                )
            }
            #expect(ours.count == 1)
            let payload = ours[0].payload
            // The frame may differ from one compressor to another; what it says may not.
            var again = try SnapshotPayload(decodingHead: payload.rawSpan)
            unsafe #expect(
                try again.text(frame: Array(payload[again.headLength...]).span.bytes) == text
            )
            again.storedLength = snapshot.storedLength
            #expect(again.entry(at: 0) == snapshot.entry(at: 0))
        }
    }

    @Test func `marks and recoveries decode and encode as in the vectors`() throws {
        for vector in vectors.syncMark {
            let mark = SyncMark(
                durableOffset: vector.durableOffset,
                durableSequence: vector.durableSequence
            )
            #expect(mark.encoded() == vector.bytes.bytes)
            let bytes = vector.bytes.bytes
            #expect(try SyncMark(decoding: bytes.rawSpan) == mark)
        }
        for vector in vectors.recovered {
            let recovered = Recovered(
                verdict: try #require(Recovered.Verdict(rawValue: vector.verdict)),
                segment: vector.segment,
                offset: vector.offset,
                bytes: vector.count,
                firstLostSequence: vector.firstLostSequence
            )
            #expect(recovered.encoded() == vector.bytes.bytes)
            let bytes = vector.bytes.bytes
            #expect(try Recovered(decoding: bytes.rawSpan) == recovered)
        }
    }

    @Test func `indexes and trailers decode and encode as in the vectors`() throws {
        for vector in vectors.index {
            let bytes = vector.bytes.bytes
            let index = try SegmentIndex(decoding: bytes.rawSpan)
            #expect(index.encoded() == bytes)
            #expect(
                index.blocks.map { [Int64($0.offset), Int64($0.sequence), $0.step] }
                    == vector.blocks
            )
            #expect(index.snapshots.map(\.offset) == vector.snapshots.map(\.offset))
            #expect(index.snapshots.map(\.hash) == vector.snapshots.map(\.hash.number))
            #expect(index.table == vector.table.bytes)
            for (type, count) in vector.counts {
                #expect(index.counts[try #require(Int(type))] == count)
            }
        }
        for vector in vectors.trailer {
            let trailer = SegmentTrailer(
                indexOffset: vector.indexOffset,
                indexLength: vector.indexLength,
                lastSequence: vector.lastSequence,
                lastStep: vector.lastStep,
                recordCount: vector.recordCount,
                bodyCRC: vector.bodyCRC,
                indexCRC: vector.indexCRC
            )
            #expect(trailer.encoded() == vector.bytes.bytes)
            let bytes = vector.bytes.bytes
            #expect(SegmentTrailer(decoding: bytes.rawSpan, fileSize: vector.fileSize) == trailer)
            #expect(SegmentTrailer(decoding: bytes.rawSpan, fileSize: vector.fileSize + 8) == nil)
        }
    }
}
