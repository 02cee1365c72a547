import EventLog
import Testing

@Suite struct LayoutTests {
    /// The rows `| offset | size | name |` of the table that follows a heading.
    private func table(_ heading: String) throws -> [String: Int] {
        let text = try Formats.text("log.md")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("## ") && $0.contains(heading) })
        var rows: [String: Int] = [:]
        var next = 0
        for line in lines[(start + 1)...] {
            if line.hasPrefix("## ") { break }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.drop { $0 == " " }.prefix { $0 != " " } }
            guard cells.count > 4, let offset = Int(cells[1]), let size = Int(cells[2]) else {
                continue
            }
            #expect(offset == next, "a hole before \(cells[3])")
            next = offset + size
            rows[String(cells[3])] = offset
        }
        rows["end"] = next
        rows["zero"] = nil
        return rows
    }

    @Test func `the segment header is laid out as log md says`() throws {
        typealias Layout = SegmentHeaderLayout
        #expect(
            try table("Segment header") == [
                "magic": Layout.magic, "major": Layout.major, "minor": Layout.minor,
                "headerLength": Layout.headerLength, "compatible": Layout.compatible,
                "readOnlyCompatible": Layout.readOnlyCompatible,
                "incompatible": Layout.incompatible, "branch": Layout.branch,
                "segment": Layout.segment, "baseSequence": Layout.baseSequence,
                "baseStep": Layout.baseStep, "created": Layout.created,
                "session": Layout.session,
                "predecessorLastSequence": Layout.predecessorLastSequence,
                "predecessorDataEnd": Layout.predecessorDataEnd,
                "predecessorTrailerCRC": Layout.predecessorTrailerCRC,
                "parentBranch": Layout.parentBranch, "parentSequence": Layout.parentSequence,
                "parentStep": Layout.parentStep, "headerCRC": Layout.headerCRC,
                "end": Layout.size,
            ]
        )
    }

    @Test func `the record header is laid out as log md says`() throws {
        typealias Layout = RecordLayout
        #expect(
            try table("Record") == [
                "headerCRC": Layout.headerCRC, "payloadCRC": Layout.payloadCRC,
                "payloadLength": Layout.payloadLength, "type": Layout.type,
                "flags": Layout.flags, "session": Layout.session, "seq": Layout.seq,
                "time": Layout.time, "end": Layout.size,
            ]
        )
    }

    @Test func `the trailer is laid out as log md says`() throws {
        typealias Layout = SegmentTrailerLayout
        #expect(
            try table("the trailer") == [
                "magic": Layout.magic, "indexOffset": Layout.indexOffset,
                "indexLength": Layout.indexLength, "lastSequence": Layout.lastSequence,
                "lastStep": Layout.lastStep, "recordCount": Layout.recordCount,
                "bodyCRC": Layout.bodyCRC, "indexCRC": Layout.indexCRC, "flags": Layout.flags,
                "trailerCRC": Layout.trailerCRC, "end": Layout.size,
            ]
        )
    }
}
