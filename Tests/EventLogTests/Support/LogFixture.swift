// Small logs to break.

import EventLog
import Simulation

/// Makes and reads small logs in memory.
struct LogFixture {
    static let directory = "/store/project/app"
    static let branch = BranchID(high: 0x0192_F0A1_B2C3_7D4E, low: 0x8F90_A1B2_C3D4_E5F6)

    let storage: SimulatedStorage
    var options = LogOptions(durability: .os)

    init(_ image: [String: [UInt8]] = [:], seed: UInt64 = 0) {
        storage = SimulatedStorage(image, seed: seed)
    }

    /// META and SNAPSHOT of a state text.
    static func opening(
        step: Int64 = -1,
        state: String = #"{"counter":0}"#
    ) throws -> [OpeningRecord] {
        let meta = OpeningRecord(
            type: .meta,
            time: 1_790_000_000_000_000_000,
            payload: Array("meta".utf8)
        )
        let snapshot = try SnapshotPayload.records(
            step: step,
            text: Array(state.utf8).rawSpan,
            names: [Array("counter".utf8)],
            time: 1_790_000_000_000_000_000
        )
        return [meta] + snapshot
    }

    /// A payload like that of STEP_END: flags, step, then anything.
    static func stepEnd(_ step: Int64, _ text: String = "delta") -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(0 as UInt64)
        writer.zigzag(step)
        writer.raw(Array(text.utf8))
        return writer.finish()
    }

    func path(_ segment: UInt64) -> String {
        SegmentName(branch: Self.branch, number: segment).path(in: Self.directory)
    }

    func create() throws -> LogWriter {
        try LogWriter.create(
            storage: storage,
            directory: Self.directory,
            branch: Self.branch,
            options: options,
            baseStep: -1,
            opening: Self.opening()
        )
    }

    func open(
        visit: (borrowing RecordView) -> Void = { _ in }
    ) throws -> LogWriter {
        try LogWriter.open(
            storage: storage,
            directory: Self.directory,
            branch: Self.branch,
            options: options,
            visit: { (record) throws(LogError) in visit(record) },
            reopening: { (context) throws(LogError) in
                do {
                    return try Self.opening(step: context.lastStep)
                } catch {
                    throw .closed(path: "opening")
                }
            }
        )
    }

    /// Begins a log on the real file system.
    static func create(
        in folder: String,
        options: LogOptions = LogOptions(durability: .os)
    ) throws -> LogWriter {
        try LogWriter.create(
            storage: FileSystem(),
            directory: folder,
            branch: branch,
            options: options,
            baseStep: -1,
            opening: opening()
        )
    }

    /// Opens a log on the real file system.
    static func open(
        in folder: String,
        options: LogOptions = LogOptions(durability: .os)
    ) throws -> LogWriter {
        try LogWriter.open(
            storage: FileSystem(),
            directory: folder,
            branch: branch,
            options: options,
            reopening: { _ throws(LogError) in [] }
        )
    }

    func reader() throws -> LogReader {
        try LogReader(storage: storage, directory: Self.directory, branch: Self.branch)
    }

    func verify(deep: Bool = false) -> VerifyReport {
        EventLog.verify(
            storage: storage,
            directory: Self.directory,
            branch: Self.branch,
            deep: deep
        )
    }

    /// Sequence, type and payload of every record of a segment that a reader sees.
    func records(_ segment: UInt64) throws -> [Seen] {
        var seen: [Seen] = []
        _ = try reader().scan(segment: segment) { record in
            seen.append(Seen(record))
            return .proceed
        }
        return seen
    }

    /// Appends STEP_END records for steps `range`.
    static func appendSteps(_ range: Range<Int64>, to writer: inout LogWriter) throws {
        for step in range {
            try writer.append(
                .stepEnd,
                time: 1_790_000_000_000_000_000 + step,
                payload: stepEnd(step, "delta of step \(step)").rawSpan
            )
        }
    }
}

/// A record kept.
struct Seen: Equatable, Sendable {
    var sequence: UInt64
    var type: RecordType
    var payload: [UInt8]
    var range: Range<UInt64>

    init(_ record: borrowing RecordView) {
        sequence = record.sequence
        type = record.type
        payload = record.payload.array
        range = record.offset..<record.end
    }
}
