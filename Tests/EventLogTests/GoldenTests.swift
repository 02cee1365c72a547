import EventLog
import Simulation
import FoundationEssentials
import Testing

/// What `Formats/golden/v1/expected.json` says of the files beside it.
private struct Golden: Codable, Equatable {
    struct Segment: Codable, Equatable {
        var name: String
        var sealed: Bool
        var records: [Record]
        var snapshots: [Snapshot]
        var table: Hex
    }
    struct Record: Codable, Equatable {
        var sequence: UInt64, type: UInt8, time: Int64, payload: Hex
    }
    struct Snapshot: Codable, Equatable { var step: Int64, text: String?, names: [String] }
    var branch: String
    var segments: [Segment]

    /// Reads a branch as this version does.
    init(reading storage: any Storage, _ directory: String, _ branch: BranchID) throws {
        self.branch = branch.description
        let reader = try LogReader(storage: storage, directory: directory, branch: branch)
        segments = try reader.segments.map { file in
            let number = file.header.segment
            var records: [Record] = []
            let end = try reader.scan(segment: number) { record in
                records.append(
                    Record(
                        sequence: record.sequence,
                        type: record.type.rawValue,
                        time: record.time,
                        payload: Hex(record.payload.array)
                    )
                )
                return .proceed
            }
            #expect(end.verdict == .clean)
            let index = try reader.index(of: number)
            let snapshots = try index.snapshots.map { entry in
                let loaded = try reader.loadSnapshot(
                    at: SnapshotLocation(segment: number, entry: entry)
                )
                return Snapshot(
                    step: loaded.step,
                    text: loaded.text.map { String(decoding: $0, as: UTF8.self) },
                    names: loaded.names.map { String(decoding: $0, as: UTF8.self) }
                )
            }
            return Segment(
                name: SegmentName(branch: branch, number: number).description,
                sealed: file.isSealed,
                records: records,
                snapshots: snapshots,
                table: Hex(index.table)
            )
        }
    }
}

@Suite struct GoldenTests {
    private static let folder = Formats.folder + "/golden/v1"

    /// Writes the golden log: codec 1, a group, an absent snapshot, an unknown event.
    private static func write() throws -> LogFixture {
        var fixture = LogFixture()
        fixture.options.durability = .everyStep
        var writer = try fixture.create()
        try LogFixture.appendSteps(0..<6, to: &writer)
        try writer.sync()
        let text = Array(String(repeating: "the quick brown fox ", count: 100).utf8)
        var codec = CodecBuffer()
        try writer.appendCompressed(
            RecordType(rawValue: 139),
            time: 42,
            payload: text.rawSpan,
            codec: &codec
        )
        try writer.roll(
            table: [1, 2, 3],
            opening: LogFixture.opening(step: 5, state: #"{"counter":5}"#)
        )
        try writer.append(
            .stepEnd,
            flags: .groupContinues,
            time: 43,
            payload: LogFixture.stepEnd(6).rawSpan
        )
        let empty: [UInt8] = []
        let state = Array(#"{"counter":6,"name":"\u00e9"}"#.utf8)
        for record in try SnapshotPayload.records(
            step: 6,
            text: state.rawSpan,
            names: [Array("counter".utf8), Array("name".utf8)],
            time: 43
        ) {
            try writer.append(record)
        }
        try writer.append(RecordType(rawValue: 255), time: 44, payload: empty.rawSpan)
        try writer.roll(opening: LogFixture.opening(step: 6, state: #"{"counter":6}"#))
        for record in try SnapshotPayload.records(step: 7, text: nil, names: [], time: 45) {
            try writer.append(record)
        }
        try LogFixture.appendSteps(8..<10, to: &writer)
        try writer.close()
        return fixture
    }

    @Test func `the golden log of version 1 is read as it always was`() throws {
        let expected = try JSONDecoder().decode(
            Golden.self,
            from: Data(try Formats.text("golden/v1/expected.json").utf8)
        )
        let branch = try #require(BranchID(hex: expected.branch))
        #expect(try Golden(reading: FileSystem(), Self.folder, branch) == expected)
        let report = verify(
            storage: FileSystem(),
            directory: Self.folder,
            branch: branch,
            deep: true
        )
        #expect(report.verdict == .clean)
    }

    @Test func `what this version writes reads as the golden log does`() throws {
        let fixture = try Self.write()
        let ours = try Golden(reading: fixture.storage, LogFixture.directory, LogFixture.branch)
        let expected = try JSONDecoder().decode(
            Golden.self,
            from: Data(try Formats.text("golden/v1/expected.json").utf8)
        )
        #expect(ours.segments.map(\.snapshots) == expected.segments.map(\.snapshots))
        #expect(
            ours.segments.map { $0.records.map(\.type) }
                == expected.segments.map { $0.records.map(\.type) }
        )
    }

    /// Writes the files once per version of the format: `BURR_WRITE_GOLDEN=1 swift test`.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["BURR_WRITE_GOLDEN"] != nil))
    func `the golden log is written when a new version of the format begins`() throws {
        let fixture = try Self.write()
        try FileSystem().makeDirectories(Self.folder)
        for (path, bytes) in fixture.storage.image {
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            try Data(bytes).write(to: URL(filePath: "\(Self.folder)/\(name)"))
        }
        let golden = try Golden(reading: fixture.storage, LogFixture.directory, LogFixture.branch)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(golden).write(to: URL(filePath: "\(Self.folder)/expected.json"))
    }
}
