import EventLog
import Testing

@Suite struct LockTests {
    private static let branch = LogFixture.branch

    @Test func `a second writer is told that the branch is taken, whatever was closed meanwhile`()
        throws
    {
        let folder = try TempFolder()
        let writer = try LogFixture.create(in: folder.path)
        let path = writer.path
        for _ in 0..<2 {
            #expect(throws: LogError.lockedByAnotherWriter(path: path)) {
                try LogFixture.open(in: folder.path).close()
            }
        }
        // Closing another description of the file must not drop the lock.
        try FileSystem().open(path, .read).close()
        let probe = try FileSystem().open(path, .readWrite)
        #expect(try probe.isLockedByAnother())
        #expect(try !probe.tryLock())
        try probe.close()
        try writer.close()
        try LogFixture.open(in: folder.path).close()
    }

    @Test func `a branch id is created once`() throws {
        let folder = try TempFolder()
        let writer = try LogFixture.create(in: folder.path)
        #expect(throws: LogError.lockedByAnotherWriter(path: writer.path)) {
            try LogFixture.create(in: folder.path).close()
        }
        try writer.close()
        let names = try FileSystem().list(folder.path).map(\.name)
        #expect(names == ["\(Self.branch).000000.burr"])
    }

    @Test func `a released lock is taken again when nothing has happened`() throws {
        let folder = try TempFolder()
        var writer = try LogFixture.create(in: folder.path)
        try LogFixture.appendSteps(0..<3, to: &writer)
        try writer.releaseLock()
        #expect(throws: LogError.closed(path: writer.path)) {
            try LogFixture.appendSteps(3..<4, to: &writer)
        }
        #expect(try writer.retakeLock() == .unchanged)
        try LogFixture.appendSteps(3..<5, to: &writer)
        try writer.close()
        let report = verify(storage: FileSystem(), directory: folder.path, branch: Self.branch)
        #expect(report.verdict == .clean)
    }

    @Test(arguments: [1, 40_000, 300_000])
    func `a released lock is not taken again where other bytes are in place of the last record`(
        length: Int
    ) throws {
        let folder = try TempFolder()
        var writer = try LogFixture.create(in: folder.path)
        try LogFixture.appendSteps(0..<3, to: &writer)
        let size = try FileSystem().open(writer.path, .read).size()
        let payload = LogFixture.stepEnd(3, String(repeating: "x", count: length))
        try writer.append(.stepEnd, time: 0, payload: payload.rawSpan)
        try writer.releaseLock()
        #expect(try writer.retakeLock() == .unchanged)
        try writer.releaseLock()
        // The sequence of its header, which stands behind eight bytes of checksums and eight more.
        let file = try FileSystem().open(writer.path, .readWrite)
        try unsafe [UInt8(0xff)].withUnsafeBytes { try unsafe file.pwrite($0, at: size + 16) }
        try file.close()
        #expect(try writer.retakeLock() == .moved)
    }

    @Test func `a released lock is not taken again where another found damage and went on`() throws
    {
        let folder = try TempFolder()
        var writer = try LogFixture.create(in: folder.path)
        try LogFixture.appendSteps(0..<1, to: &writer)
        let size = try FileSystem().open(writer.path, .read).size()
        try LogFixture.appendSteps(1..<4, to: &writer)
        try writer.releaseLock()
        let file = try FileSystem().open(writer.path, .readWrite)
        try unsafe [UInt8(0xff)].withUnsafeBytes { try unsafe file.pwrite($0, at: size + 16) }
        try file.close()
        // The other leaves the segment as it is.
        try LogFixture.open(in: folder.path).close()
        #expect(try writer.retakeLock() == .moved)
    }

    @Test func `a loose lock keeps others out, and tells them that waiting may help`() throws {
        let folder = try TempFolder()
        var writer = try LogFixture.create(in: folder.path)
        let probe = try FileSystem().open(writer.path, .readWrite)
        #expect(try probe.foreignLock() == .firm)
        try writer.loosenLock()
        #expect(try probe.foreignLock() == .loose)
        #expect(try !probe.tryLock())
        try LogFixture.appendSteps(0..<3, to: &writer)
        writer.tightenLock()
        #expect(try probe.foreignLock() == .firm)
        try writer.loosenLock()
        // The lock of the segment that follows is another one.
        try writer.roll(opening: LogFixture.opening(step: 2))
        let next = try FileSystem().open(writer.path, .readWrite)
        #expect(try next.foreignLock() == .firm)
        try writer.loosenLock()
        #expect(try next.foreignLock() == .loose)
        try writer.releaseLock()
        #expect(try next.foreignLock() == .none)
        #expect(try writer.retakeLock() == .unchanged)
        #expect(try next.foreignLock() == .firm)
        try probe.close()
        try next.close()
        try writer.close()
    }

    @Test func `a loose lock that is not given up is taken for a firm one`() throws {
        let folder = try TempFolder()
        var writer = try LogFixture.create(in: folder.path)
        try writer.loosenLock()
        #expect(throws: LogError.lockedByAnotherWriter(path: writer.path)) {
            try LogFixture.open(in: folder.path).close()
        }
        try writer.close()
    }

    @Test func `a released lock that another took or used is not taken again`() throws {
        let folder = try TempFolder()
        var writer = try LogFixture.create(in: folder.path)
        try writer.releaseLock()
        var other = try LogFixture.open(in: folder.path)
        #expect(try writer.retakeLock() == .lockedByAnother)
        try LogFixture.appendSteps(0..<1, to: &other)
        try other.releaseLock()
        #expect(try writer.retakeLock() == .moved)
        // The other may go on where it was: taking the lock changed nothing.
        #expect(try other.retakeLock() == .unchanged)
        try other.roll(opening: LogFixture.opening(step: 0))
        try other.close()
        #expect(try writer.retakeLock() == .moved)
        try writer.close()
    }
}
