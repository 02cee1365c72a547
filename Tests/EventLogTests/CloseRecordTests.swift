import EventLog
import Glibc
import Simulation
import Synchronization
import Testing

/// Records that follow each other closely are stored in memory that is the file's.
@Suite struct CloseRecordTests {
    private static func create(in folder: String, after burst: Int = 2) throws -> LogWriter {
        var options = LogOptions(durability: .os)
        options.burst = burst
        return try LogFixture.create(in: folder, options: options)
    }

    private static func steps(in folder: String) throws -> [[UInt8]] {
        let branch = LogFixture.branch
        let reader = try LogReader(storage: FileSystem(), directory: folder, branch: branch)
        var seen: [[UInt8]] = []
        for segment in reader.segments {
            _ = try reader.scan(segment: segment.header.segment) { record in
                if record.type == .stepEnd { seen.append(record.payload.array) }
                return .proceed
            }
        }
        return seen
    }

    private static func expected(_ steps: Range<Int64>) -> [[UInt8]] {
        steps.map { LogFixture.stepEnd($0, "delta of step \($0)") }
    }

    private static func verdict(of folder: String) -> VerifyReport.Verdict {
        let branch = LogFixture.branch
        return verify(storage: FileSystem(), directory: folder, branch: branch, deep: true).verdict
    }

    private static func size(_ writer: borrowing LogWriter) throws -> UInt64 {
        try #require(try FileSystem().fileSize(writer.path))
    }

    @Test func `each is in the file when append returns, and so is a large one among them`()
        throws
    {
        let folder = try TempFolder()
        var writer = try Self.create(in: folder.path)
        let large = [UInt8](repeating: 7, count: 90_000)
        for step in 0..<4_000 as Range<Int64> {
            try LogFixture.appendSteps(step..<step + 1, to: &writer)
            guard step % 500 == 3 else { continue }
            #expect(writer.visibleEnd == writer.dataEnd)
            #expect(try Self.steps(in: folder.path) == Self.expected(0..<step + 1))
            #expect(Self.verdict(of: folder.path) == .clean)
            try writer.append(RecordType(rawValue: 139), time: step, payload: large.rawSpan)
        }
        try writer.close()
        #expect(try Self.steps(in: folder.path) == Self.expected(0..<4_000))
        #expect(Self.verdict(of: folder.path) == .clean)
    }

    @Test func `the file has room for more of them until the lock is given up`() throws {
        let folder = try TempFolder()
        var writer = try Self.create(in: folder.path)
        try LogFixture.appendSteps(0..<10, to: &writer)
        #expect(try Self.size(writer) > writer.dataEnd + 30_000)
        #expect(try Self.size(writer) % 4_096 == 0)
        try writer.releaseLock()
        #expect(try Self.size(writer) == writer.dataEnd)
        #expect(try writer.retakeLock() == .unchanged)
        try LogFixture.appendSteps(10..<11, to: &writer)
        #expect(try Self.size(writer) == writer.dataEnd)
        try LogFixture.appendSteps(11..<20, to: &writer)
        #expect(try Self.size(writer) > writer.dataEnd)
        try writer.close()
        #expect(try Self.steps(in: folder.path) == Self.expected(0..<20))
        #expect(Self.verdict(of: folder.path) == .clean)
    }

    @Test func `a segment is sealed at the end of its data, and its successor is written anew`()
        throws
    {
        let folder = try TempFolder()
        var writer = try Self.create(in: folder.path)
        for part in 0..<3 as Range<Int64> {
            try LogFixture.appendSteps(part * 50..<(part + 1) * 50, to: &writer)
            try writer.roll(opening: LogFixture.opening(step: part * 50 + 49))
        }
        try writer.close()
        #expect(try Self.steps(in: folder.path) == Self.expected(0..<150))
        #expect(Self.verdict(of: folder.path) == .clean)
    }

    @Test func `those that come seldom are written, and reserve nothing`() throws {
        let folder = try TempFolder()
        var writer = try Self.create(in: folder.path)
        for step in 0..<50 as Range<Int64> {
            let payload = LogFixture.stepEnd(step)
            try writer.append(.stepEnd, time: step * 20_000_000, payload: payload.rawSpan)
            #expect(try Self.size(writer) == writer.dataEnd)
        }
        // Nor do a few that come fast, in a log that is otherwise at rest.
        try writer.close()
        let other = try TempFolder()
        var calm = try Self.create(in: other.path, after: 256)
        try LogFixture.appendSteps(0..<256, to: &calm)
        #expect(try Self.size(calm) == calm.dataEnd)
        try LogFixture.appendSteps(256..<258, to: &calm)
        #expect(try Self.size(calm) > calm.dataEnd)
        try calm.close()
    }

    @Test func `large ones are written`() throws {
        let folder = try TempFolder()
        var writer = try Self.create(in: folder.path, after: 16)
        let large = [UInt8](repeating: 7, count: 600)
        for step in 0..<100 as Range<Int64> {
            try writer.append(RecordType(rawValue: 139), time: step, payload: large.rawSpan)
            #expect(try Self.size(writer) == writer.dataEnd)
        }
        // Small ones that follow them are not, nor what is large among these.
        try LogFixture.appendSteps(0..<60, to: &writer)
        #expect(try Self.size(writer) > writer.dataEnd)
        try writer.append(RecordType(rawValue: 139), time: 100, payload: large.rawSpan)
        #expect(try Self.size(writer) > writer.dataEnd)
        try writer.close()
        #expect(Self.verdict(of: folder.path) == .clean)
    }

    @Test func `a log from which a record was taken back goes on as before`() throws {
        var fixture = LogFixture()
        fixture.options.burst = 0
        var writer = try fixture.create()
        let payload = [UInt8](repeating: 3, count: 1_000)
        // Longer than the first window, and too large for another one.
        for time in 0..<100 as Range<Int64> {
            try writer.append(.gap, time: time, payload: payload.rawSpan)
        }
        fixture.storage.faults.withLock { $0.space = 500 }
        #expect(throws: LogError.noSpace(path: fixture.path(0))) {
            try writer.append(.gap, time: 100, payload: payload.rawSpan)
        }
        fixture.storage.faults.withLock { $0.space = nil }
        for time in 0..<3 as Range<Int64> {
            try writer.append(.gap, time: time + 100, payload: [1, 2].rawSpan)
        }
        try writer.close()
        #expect(fixture.verify(deep: true).verdict == .clean)
        #expect(try fixture.records(0).count { $0.type == .gap } == 103)
    }

    @Test func `one that was stored shows in the end of the data, not in the size`() throws {
        let folder = try TempFolder()
        var writer = try Self.create(in: folder.path)
        try LogFixture.appendSteps(0..<10, to: &writer)
        let size = try Self.size(writer)
        let before = FileSystem().dataEnd(writer.path, size: size)
        try LogFixture.appendSteps(10..<11, to: &writer)
        #expect(try Self.size(writer) == size)
        #expect(FileSystem().dataEnd(writer.path, size: size) > before)
        #expect(FileSystem().dataEnd(writer.path, size: size - 8) == size - 8)

        var tail = SegmentTail()
        let name = SegmentName(branch: LogFixture.branch, number: 0)
        let file = try SegmentFile.open(name, in: folder.path, on: FileSystem())
        var last: [UInt8] = []
        _ = try tail.visitLastRecords(of: file) { last = $0.payload.array }
        #expect(last == LogFixture.stepEnd(10, "delta of step 10"))
        try writer.close()
    }

    @Test func `a flush tells of them: the file's time moves on`() throws {
        let folder = try TempFolder()
        var writer = try Self.create(in: folder.path)
        try LogFixture.appendSteps(0..<10, to: &writer)
        for step in 10..<13 as Range<Int64> {
            let times = [timespec(), timespec()]
            #expect(unsafe utimensat(AT_FDCWD, writer.path, times, 0) == 0)
            try LogFixture.appendSteps(step..<step + 1, to: &writer)
            try writer.flush()
            var status = stat()
            #expect(unsafe stat(writer.path, &status) == 0)
            #expect(status.st_mtim.tv_sec > 0)
        }
        try writer.close()
        #expect(try Self.steps(in: folder.path) == Self.expected(0..<13))
    }

    @Test func `a killed process loses none of them`() async throws {
        let folder = try TempFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            var writer = try Self.create(in: path)
            try LogFixture.appendSteps(0..<3_000, to: &writer)
            kill(getpid(), SIGKILL)
        }
        #expect(try Self.steps(in: folder.path) == Self.expected(0..<3_000))
        #expect(Self.verdict(of: folder.path) == .clean)
        var writer = try LogFixture.open(in: folder.path)
        #expect(writer.recovery.verdict == .clean)
        #expect(try Self.size(writer) == writer.dataEnd)
        try LogFixture.appendSteps(3_000..<3_010, to: &writer)
        try writer.close()
        #expect(try Self.steps(in: folder.path) == Self.expected(0..<3_010))
    }

    @Test func `a file that somebody cuts costs records, not the program`() async throws {
        let folder = try TempFolder()
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            var writer = try Self.create(in: path)
            try LogFixture.appendSteps(0..<1_000, to: &writer)
            try FileSystem().open(writer.path, .readWrite).truncate(to: 1_000)
            try LogFixture.appendSteps(1_000..<9_000, to: &writer)
            guard writer.isHealthy else { exit(3) }
            try writer.close()
        }
        // What was appended behind the cut is there, and what is lost is named.
        #expect(Self.verdict(of: folder.path) == .damaged)
        #expect(try Self.steps(in: folder.path).suffix(7_000) == Self.expected(2_000..<9_000)[...])
    }

    @Test func `a bus error that is none of ours stays the program's`() async throws {
        let folder = try TempFolder()
        await #expect(processExitsWith: .signal(SIGBUS)) { [path = folder.path as String] in
            var writer = try Self.create(in: path)
            try LogFixture.appendSteps(0..<10, to: &writer)
            raise(SIGBUS)
        }
        await #expect(processExitsWith: .exitCode(9)) { [path = folder.path as String] in
            signal(SIGBUS) { _ in _exit(9) }
            var writer = try Self.create(in: path + "/own")
            try LogFixture.appendSteps(0..<10, to: &writer)
            raise(SIGBUS)
        }
    }
}
