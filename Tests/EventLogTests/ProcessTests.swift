import EventLog
import Glibc
import Testing

@Suite struct ProcessTests {
    @Test func `a killed process loses nothing that it had appended, and its lock`() async throws {
        let folder = try TempFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            var writer = try LogFixture.create(in: path)
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
        let writer = try LogFixture.create(in: folder.path)
        await #expect(processExitsWith: .exitCode(7)) { [path = folder.path as String] in
            do {
                try LogFixture.open(in: path).close()
            } catch let error as LogError {
                if case .lockedByAnotherWriter = error { exit(7) }
            }
        }
        try writer.close()
        try LogFixture.open(in: folder.path).close()
    }
}
