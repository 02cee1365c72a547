// What a random program writes: each record says which one it is, and the rest follows from that.

internal import EventLog

/// A record of a random program, known by its number.
struct Item: Equatable, Sendable {
    let number: Int64
    let type: RecordType
    let payload: [UInt8]
    /// Whether the writer is asked to compress it.
    let isCompressed: Bool

    private static let types: [RecordType] = [
        .stepBegin, .stepEnd, .stepEnd, .gap, RecordType(rawValue: 130), RecordType(rawValue: 200),
    ]

    /// The item that a program of this seed writes as its `number`th.
    init(number: Int64, seed: UInt64) {
        var random = SeededRandom(seed: seed &+ UInt64(number) &* 0x1_0000_0001)
        self.number = number
        type = random.pick(Self.types)
        // STEP_END begins with flags and step; the others may as well.
        var writer = ByteWriter()
        writer.varint(0 as UInt64)
        writer.zigzag(number)
        let limits = [0, 8, 64, 64, 200, 600, 3_000, 9_000]
        let limit = random.chance(1, of: 200) ? 150_000 : random.pick(limits)
        let count = random.below(limit + 1)
        isCompressed = random.chance(1, of: 4)
        if isCompressed {
            writer.raw([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: count))
        } else {
            writer.raw(random.bytes(count))
        }
        payload = writer.finish()
    }

    /// The number in a payload; nil when it is none of ours.
    static func number(of payload: RawSpan) -> Int64? {
        var reader = ByteReader(payload)
        guard (try? reader.varint()) == 0 else { return nil }
        return try? reader.zigzag()
    }

    /// Whether a record of this type is one that a program writes.
    static func isItem(_ type: RecordType) -> Bool {
        types.contains(type)
    }
}

/// A fixed opening of a segment.
enum Opening {
    static func records(step: Int64) throws(LogError) -> [OpeningRecord] {
        let meta = OpeningRecord(type: .meta, time: 0, payload: Array("meta".utf8))
        return try [meta] + snapshot(step: step)
    }

    static func snapshot(step: Int64) throws(LogError) -> [OpeningRecord] {
        let text = Array("{\"step\":\(step)}".utf8)
        return try SnapshotPayload.records(step: step, text: text.rawSpan, names: [], time: 0)
    }
}
