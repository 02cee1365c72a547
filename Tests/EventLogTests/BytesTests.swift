import EventLog
import Testing

@Suite struct BytesTests {
    @Test func `varints and zigzags of every length come back`() throws {
        var writer = ByteWriter()
        let numbers = (0..<64).flatMap { [UInt64(1) << $0, (UInt64(1) << $0) &- 1] } + [.max]
        for number in numbers { writer.varint(number) }
        let signed = numbers.map { Int64(bitPattern: $0) } + [.min, .max, -1]
        for number in signed { writer.zigzag(number) }
        let bytes = writer.finish()
        var reader = ByteReader(bytes.rawSpan)
        for number in numbers { #expect(try reader.varint() == number) }
        for number in signed { #expect(try reader.zigzag() == number) }
        #expect(reader.remaining == 0)
    }

    @Test func `a varint that is too long or cut is refused`() {
        for bytes in [
            [UInt8](repeating: 0xFF, count: 11), [UInt8](repeating: 0x80, count: 9) + [2],
        ] {
            var reader = ByteReader(bytes.rawSpan)
            #expect(throws: FormatError.invalid(offset: 0)) { try reader.varint() }
        }
        let cut: [UInt8] = [0x80, 0x80]
        var reader = ByteReader(cut.rawSpan)
        #expect(throws: FormatError.truncated(offset: 0)) { try reader.varint() }
    }

    @Test func `a reader never passes the end`() throws {
        let bytes: [UInt8] = [5, 1, 2]
        var reader = ByteReader(bytes.rawSpan)
        #expect(throws: FormatError.truncated(offset: 0)) { try reader.u32() }
        #expect(throws: FormatError.truncated(offset: 0)) { _ = try reader.string().byteCount }
        #expect(throws: FormatError.tooLarge(offset: 1)) {
            var other = ByteReader(bytes.rawSpan)
            _ = try other.u8()
            _ = try other.count(limit: 0)
        }
    }

    @Test func `the instruction and the tables agree at every length and alignment`() {
        let bytes = (0..<14_000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 5) }
        for length in Array(0..<1100) + [4095, 12_287, 12_288, 12_289, 13_900] {
            for start in [0, 1, 5] {
                let span = bytes.rawSpan.extracting(start..<start + length)
                let seed = UInt32(truncatingIfNeeded: length &* 2_654_435_761)
                #expect(
                    CRC32C.checksum(seed: seed, span) == CRC32C.tableChecksum(seed: seed, span)
                )
            }
        }
    }

    @Test func `the checksum of a header's words is the one of its bytes`() {
        for salt in [0, 1, 0xDEAD_BEEF, UInt32.max] {
            let header = RecordHeader(
                payloadCRC: salt ^ 0x0123_4567,
                payloadLength: 0x89AB_CDEF,
                type: .stepEnd,
                flags: .lz4,
                session: 0xFEDC,
                sequence: 0x1122_3344_5566_7788,
                time: -0x0102_0304_0506_0708
            )
            let bytes = header.encoded(salt: salt)
            let rest = CRC32C.tableChecksum(seed: salt, bytes.rawSpan.extracting(4..<32))
            var written = ByteWriter()
            written.u32(rest)
            #expect(written.finish() == Array(bytes[..<4]))
        }
    }

    @Test func `the decimal text of a number is the one that Swift gives`() {
        let powers = (0..<19).map { (0..<$0).reduce(1) { power, _ in power * 10 } }
        let numbers = powers.flatMap { [$0 - 1, $0, $0 + 1, 7 * ($0 / 9), -$0, 1 - $0] }
        for number in numbers + Array(-1_100...1_100) + [.min, .max] {
            var writer = ByteWriter()
            writer.decimal(number)
            #expect(writer.finish() == Array("\(number)".utf8))
        }
    }

    @Test func `checksums continue where they stopped`() {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = CRC32C.checksum(bytes.rawSpan)
        for cut in [0, 1, 8, 777, 4999, 5000] {
            let first = CRC32C.checksum(bytes.rawSpan.extracting(0..<cut))
            #expect(CRC32C.checksum(seed: first, bytes.rawSpan.extracting(cut..<5000)) == whole)
        }
    }

    @Test func `LZ4 blocks with and without a dictionary come back`() throws {
        let dictionary = Array(String(repeating: "role: user, content: ", count: 5000).utf8)
        var stream = LZ4DictionaryStream()
        stream.load(dictionary.rawSpan)
        for size in [1, 10, 100, 5000] {
            let text = Array(String(repeating: "content: user", count: size).utf8)
            let plain = LZ4.compressBlock(text.rawSpan)
            unsafe #expect(
                try LZ4.decompressBlock(plain.rawSpan, rawLength: text.count, limit: 1 << 20)
                    == text
            )
            var packed: [UInt8] = []
            stream.compressBlock(text.rawSpan, to: &packed)
            let back = unsafe try stream.withDictionary { known in
                Result { () throws(LZ4.Failure) in
                    try unsafe LZ4.decompressBlock(
                        packed.rawSpan,
                        rawLength: text.count,
                        limit: 1 << 20,
                        dictionary: known
                    )
                }
            }.get()
            #expect(back == text)
            #expect(packed.count <= plain.count)
        }
    }

    @Test func `a frame that is cut, longer or of another length is refused`() throws {
        let text = Array(String(repeating: "state ", count: 50_000).utf8)
        let frame = unsafe text.withUnsafeBytes { unsafe LZ4.compressFrame($0) }
        func decompress(_ frame: [UInt8], _ length: Int, _ limit: Int = 1 << 20) throws -> [UInt8] {
            unsafe try frame.withUnsafeBytes { bytes in
                try unsafe LZ4.decompressFrame(bytes, rawLength: length, limit: limit)
            }
        }
        #expect(try decompress(frame, text.count) == text)
        #expect(throws: LZ4.Failure.self) { try decompress(Array(frame.dropLast()), text.count) }
        #expect(throws: LZ4.Failure.self) { try decompress(frame + [0], text.count) }
        #expect(throws: LZ4.Failure.self) { try decompress(frame, text.count - 1) }
        #expect(throws: LZ4.Failure.self) { try decompress(frame, text.count + 1) }
        #expect(throws: LZ4.Failure.self) { try decompress(frame, text.count, 1000) }
        #expect(throws: LZ4.Failure.self) { try decompress([], 0) }
    }

    @Test func `a few compressed bytes do not take the memory they claim to need`() {
        #expect(LZ4.mayGive(255 * 40, 40) && !LZ4.mayGive(Limits.rawPayload, 40))
        // More than any machine has: to ask for it would end the process.
        let claimed = 1 << 50
        let few = [UInt8](repeating: 0x1F, count: 40)
        #expect(throws: LZ4.Failure.self) {
            unsafe try LZ4.decompressBlock(few.rawSpan, rawLength: claimed, limit: .max)
        }
        #expect(throws: LZ4.Failure.self) {
            unsafe try few.withUnsafeBytes { bytes in
                try unsafe LZ4.decompressFrame(bytes, rawLength: claimed, limit: .max)
            }
        }
    }

    @Test func `branch ids are UUIDv7 in hex and sort by time`() throws {
        let early = BranchID(time: 1_000_000_000_000, random: (.max, .max))
        let late = BranchID(time: 2_000_000_000_000, random: (0, 0))
        #expect(early < late)
        #expect(early.description.count == 32)
        #expect(BranchID(hex: early.description) == early)
        #expect(Array(early.description)[12] == "7")
        #expect("89ab".contains(Array(early.description)[16]))
        #expect(BranchID(hex: early.description.uppercased()) == nil)
        #expect(BranchID(hex: "12") == nil)
        let first = try BranchID.generate(on: FileSystem())
        #expect(try BranchID.generate(on: FileSystem()) != first)
    }

    @Test func `segment names are read back and nothing else is`() {
        let name = SegmentName(branch: LogFixture.branch, number: 1_234_567)
        #expect(SegmentName(name.description) == name)
        #expect("\(SegmentName(branch: LogFixture.branch, number: 3))".hasSuffix(".000003.burr"))
        for other in ["\(name).tmp", "x.000000.burr", "\(LogFixture.branch).1.burr", "log.jsonl"] {
            #expect(SegmentName(other) == nil)
        }
    }
}
