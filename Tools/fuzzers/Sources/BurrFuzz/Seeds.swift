// SPDX-License-Identifier: Apache-2.0
// First inputs: the golden files and the vectors of Formats, and what this version writes.

import EventLog
import StateDelta
import Tracking

/// Writes the seeds of a target.
struct Seeds {
    let formats: String
    let folder: String

    func write(_ target: FuzzTarget) throws {
        let golden = "\(formats)/golden/v1"
        let segments = try FileSystem().list(golden).filter { $0.name.hasSuffix(".burr") }
            .map { try bytes("\(golden)/\($0.name)") }
        switch target {
        case .segment, .records: try save(segments)
        case .index: try save(segments.flatMap(payloads))
        case .lz4:
            try save(segments.flatMap(payloads) + [[16, 0, 0, 0] + frame("0123456789abcdef")])
        case .delta:
            try save(Self.states.map { Array($0.utf8) + [0, 0, 0, 1, 0x31] })
            try save(deltas())
        case .json:
            let texts = try bytes("\(formats)/vectors/json/accept.txt").split(separator: 10)
            try save(texts.map(Array.init))
            try save(zip(texts, texts.dropFirst()).map { Array($0) + [0] + Array($1) })
        case .lines: try save([Array(Self.lines.utf8)])
        }
    }

    private static let states = [
        #"{"a":1,"b":[1,2,3],"c":"text"}"#, #"{"a":1,"b":[1,2,3,4],"c":"text and more","d":{}}"#,
        #"{"__SEQUENCE_ID":3,"b":[3],"c":null}"#, "[]", #""x""#,
    ]

    private static let lines = """
        {"type":"begin_entry","start_time":"2026-11-23T21:14:01.180582","action":"a",\
        "inputs":{},"sequence_id":0}
        {"type":"begin_span","start_time":"2026-11-23T21:14:01.180582","action":"a",\
        "action_sequence_id":0,"span_id":"0:0","span_name":"s","parent_span_id":null}
        {"type":"end_entry","end_time":"2026-11-23T21:14:01.190582","action":"a","result":{},\
        "exception":null,"state":{"n":1,"__SEQUENCE_ID":0,"__PRIOR_STEP":"a"},"sequence_id":0}
        {"type":"end_entry","end_time":"2026-11-23T21:14:01.190582","action":"a","result":null,\
        "exception":"boom","state":{"n":2},"sequence_id":1}

        """

    /// The payloads of a segment's records.
    private func payloads(_ segment: [UInt8]) -> [[UInt8]] {
        var found: [[UInt8]] = [Array(segment.suffix(64)), Array(segment.prefix(512))]
        var at = SegmentHeaderLayout.size
        while at + RecordLayout.size <= segment.count {
            let length = Int(segment[at + 8]) | Int(segment[at + 9]) << 8
            let end = at + RecordLayout.size + length
            guard end <= segment.count else { break }
            found.append(Array(segment[at + RecordLayout.size..<end]))
            at = (end + 7) & ~7
        }
        return found
    }

    private func deltas() throws -> [[UInt8]] {
        try zip(Self.states, Self.states.dropFirst()).map { old, new in
            var document = try StateDocument(validating: Array(old.utf8))
            var names = NameTable()
            var delta: [UInt8] = []
            let text = Array(new.utf8)
            _ = try document.update(to: text.rawSpan, names: &names, delta: &delta)
            return Array(old.utf8) + [0] + delta
        }
    }

    private func frame(_ text: String) -> [UInt8] {
        unsafe Array(text.utf8).withUnsafeBytes { unsafe LZ4.compressFrame($0) }
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        let size = Int(try FileSystem().fileSize(path) ?? 0)
        return try FileBytes.read(path, from: 0, count: size, FileSystem())
    }

    private func save(_ seeds: [[UInt8]]) throws {
        for seed in seeds {
            let random = try FileSystem().random()
            let file = try FileSystem().open("\(folder)/seed-\(random.0)", .createNew)
            try unsafe seed.withUnsafeBytes { try unsafe file.pwrite($0, at: 0) }
        }
    }
}
