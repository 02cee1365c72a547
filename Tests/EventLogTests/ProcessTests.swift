import EventLog
import Glibc
import Testing

@Suite struct ProcessTests {
    private static func open(_ folder: String) throws -> LogWriter {
        try LogWriter.open(
            storage: FileSystem(),
            directory: folder,
            branch: LogFixture.branch,
            reopening: { _ throws(LogError) in [] }
        )
    }

    @Test func `a killed process loses nothing that it had appended, and its lock`() async throws {
        let folder = try TempFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            var writer = try LogWriter.create(
                storage: FileSystem(),
                directory: path,
                branch: LogFixture.branch,
                baseStep: -1,
                opening: LogFixture.opening()
            )
            try LogFixture.appendSteps(0..<100, to: &writer)
            kill(getpid(), SIGKILL)
        }
        var steps: Int64 = 0
        let writer = try LogWriter.open(
            storage: FileSystem(),
            directory: folder.path,
            branch: LogFixture.branch,
            visit: { record throws(LogError) in if record.type == .stepEnd { steps += 1 } },
            reopening: { _ throws(LogError) in [] }
        )
        #expect(steps == 100 && writer.recovery.verdict == .clean)
        try writer.close()
    }

    @Test func `another process is told that the branch is taken`() async throws {
        let folder = try TempFolder()
        let writer = try LogWriter.create(
            storage: FileSystem(),
            directory: folder.path,
            branch: LogFixture.branch,
            baseStep: -1,
            opening: LogFixture.opening()
        )
        await #expect(processExitsWith: .exitCode(7)) { [path = folder.path as String] in
            do {
                try Self.open(path).close()
            } catch let error as LogError {
                if case .lockedByAnotherWriter = error { exit(7) }
            }
        }
        try writer.close()
        try Self.open(folder.path).close()
    }
}
