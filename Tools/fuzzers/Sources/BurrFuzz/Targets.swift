// SPDX-License-Identifier: Apache-2.0
// What each target does with its bytes.

import EventLog
import StateDelta
import Tracking

extension FuzzTarget {
    /// Takes one input; it may refuse it, and must not crash, hang or take much memory.
    func body() -> ([UInt8]) -> Void {
        switch self {
        case .segment:
            let folder = SegmentFolder()
            return { folder.check($0) }
        case .records:
            let folder = SegmentFolder()
            return { folder.check(Fixing.all($0)) }
        case .index: return Decoders.index
        case .delta: return Decoders.delta
        case .json: return Decoders.json
        case .lz4: return Decoders.lz4
        case .lines:
            let folder = LinesFolder()
            return { folder.check($0) }
        }
    }
}

/// Decoders that need no file.
enum Decoders {
    /// Index, trailer, step table and every payload.
    static func index(_ bytes: [UInt8]) {
        if let index = try? SegmentIndex(decoding: bytes.rawSpan) {
            promise((try? SegmentIndex(decoding: index.encoded().rawSpan)) == index, "index")
        }
        if let table = try? StepTable(decoding: bytes) {
            for row in table.rows.indices { _ = table.changedKeys(ofRow: row) }
        }
        _ = SegmentTrailer(decoding: bytes.rawSpan, fileSize: UInt64(bytes.count))
        _ = SegmentHeader.decode(bytes.rawSpan)
        _ = try? SnapshotAssembly(bytes.rawSpan).text()
        let actions = ActionNames([Array("act".utf8)])
        var reader = ByteReader(bytes.rawSpan)
        if let meta = try? Meta(decoding: &reader) {
            var writer = ByteWriter()
            meta.encode(to: &writer)
            let again = writer.finish()
            var second = ByteReader(again.rawSpan)
            promise((try? Meta(decoding: &second)) == meta, "meta")
        }
        reader = ByteReader(bytes.rawSpan)
        _ = try? StepBegin(decoding: &reader, time: 0, actions: actions)
        reader = ByteReader(bytes.rawSpan)
        _ = try? StepEnd(decoding: &reader, time: 0, actions: actions)
        reader = ByteReader(bytes.rawSpan)
        _ = try? Session(decoding: &reader)
        _ = try? SyncMark(decoding: bytes.rawSpan)
        _ = try? Recovered(decoding: bytes.rawSpan)
    }

    /// A state, a zero byte, a delta: applied, it gives a valid state or an error.
    static func delta(_ bytes: [UInt8]) {
        let (state, delta) = split(bytes)
        guard var document = try? StateDocument(validating: state) else { return }
        var names = NameTable()
        var other = NameTable()
        _ = try? DeltaReader.changedTopLevelKeys(of: delta.rawSpan, names: &other)
        do throws(DeltaError) {
            try document.apply(delta.rawSpan, names: &names)
        } catch {
            return
        }
        let text = document.text()
        promise(text.count == document.byteCount, "the length of a state")
        promise((try? StateDocument(validating: text)) != nil, "a delta made an invalid state")
    }

    /// Two texts: valid ones come back as they are, and one leads to the other.
    static func json(_ bytes: [UInt8]) {
        let (first, second) = split(bytes)
        if let pointer = try? JSONPointer(String(decoding: second, as: UTF8.self)),
            let document = try? StateDocument(validating: first)
        {
            _ = document.value(at: pointer)
        }
        guard var document = try? StateDocument(validating: first) else { return }
        promise(document.text() == first, "a text is its own value")
        guard (try? StateDocument(validating: second)) != nil else { return }
        var names = NameTable()
        var delta: [UInt8] = []
        guard (try? document.update(to: second.rawSpan, names: &names, delta: &delta)) != nil
        else { return promise(false, "a valid text is refused") }
        promise(document.text() == second, "an update gives the text")
        if var replayed = try? StateDocument(validating: first) {
            var table = NameTable()
            promise((try? replayed.apply(delta.rawSpan, names: &table)) != nil, "a delta applies")
            promise(replayed.text() == second, "a delta gives the text")
        }
        guard let patch = try? JSONPatch.diff(from: first, to: second) else {
            return promise(false, "two texts have no patch")
        }
        guard var patched = try? StateDocument(validating: first) else { return }
        promise(
            (try? JSONPatch.apply(patch: patch.rawSpan, to: &patched)) != nil,
            "a patch does not apply"
        )
    }

    /// A length and a block, or a frame.
    static func lz4(_ bytes: [UInt8]) {
        let dictionary = Array(bytes.prefix(64))
        _ = try? PackedDelta.unpack(bytes.rawSpan, dictionary: dictionary)
        _ = try? SnapshotAssembly(bytes.rawSpan).text()
        guard bytes.count >= 4 else { return }
        let length = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16 | Int(bytes[3]) << 24
        let rest = Array(bytes.dropFirst(4))
        unsafe rest.withUnsafeBytes { frame in
            _ = try? unsafe LZ4.decompressFrame(frame, rawLength: length, limit: Limits.stateText)
        }
    }

    private static func split(_ bytes: [UInt8]) -> (first: [UInt8], second: [UInt8]) {
        guard let zero = bytes.firstIndex(of: 0) else { return (bytes, []) }
        return (Array(bytes[..<zero]), Array(bytes[(zero + 1)...]))
    }
}
