// SPDX-License-Identifier: Apache-2.0
// What becomes of a tracked program when the machine gives out.

import EventLog
import Glibc
import StateDelta
import Synchronization
import Testing
import Tracking

/// A tracked program and what its log says of it.
struct Program {
    let store: Store
    let name: ApplicationName

    init(_ root: String, appID: String = "app") {
        store = Store(root: root)
        name = ApplicationName(project: "demo", appID: appID)
    }

    func tracker(
        state: String = "{\"n\":-1}",
        continuing step: Int64? = nil,
        durability: Durability = .os,
        segmentTarget: UInt64 = 64 << 20,
        warn: @escaping @Sendable (String) -> Void = { Issue.record("\($0)") }
    ) throws -> Tracker {
        var options = TrackerOptions(durability: durability, program: "test", warn: warn)
        options.log.segmentTarget = segmentTarget
        options.snapshots = SnapshotPolicy(floor: min(segmentTarget, 64 << 10))
        return try Tracker(
            TrackedApplication(store: store, name: name),
            start: TrackerStart(state: Array(state.utf8), continuing: step),
            options: options
        )
    }

    static func run(_ tracker: Tracker, _ step: Int64, _ text: String = "") throws {
        let time = EventTime(nanoseconds: Tracker.now)
        try tracker.begin(StepBegin(step: step, action: Array("act".utf8), time: time))
        let end = StepEnd(step: step, action: Array("act".utf8), time: time)
        try tracker.end(end, state: state(step, text).rawSpan)
    }

    static func state(_ step: Int64, _ text: String = "") -> [UInt8] {
        Array("{\"n\":\(step),\"text\":\"\(text)\"}".utf8)
    }

    /// What a branch holds.
    struct Told {
        var states: [Int64: [UInt8]] = [:]
        var types: [RecordType] = []
        var report: VerifyReport
    }

    /// The branches, oldest first.
    func told() throws -> [Told] {
        let directory = store.directory(of: name)
        return try BranchFiles.among(store.storage.list(directory)).map { files in
            let (storage, branch) = (store.storage, files.branch)
            let reader = try LogReader(storage: storage, directory: directory, branch: branch)
            var told = Told(
                report: verify(storage: storage, directory: directory, branch: branch, deep: true)
            )
            var state = LogState()
            for segment in reader.segments {
                _ = try reader.scan(segment: segment.header.segment) { record in
                    told.types.append(record.type)
                    if case .ended(let step) = state.take(record) {
                        told.states[step] = state.cursor?.text()
                    }
                    return .proceed
                }
            }
            return told
        }
    }
}

/// A file system of 16 MiB in memory, where the machine allows to mount one.
private struct SmallDisk: ~Copyable {
    let path: String

    static var isAllowed: Bool {
        guard let disk = try? SmallDisk() else { return false }
        return !disk.path.isEmpty
    }

    init() throws {
        let path = "/tmp/burr-disk-\(getpid())-\(try FileSystem().random().0)"
        try FileSystem().makeDirectories(path)
        guard unsafe mount("none", path, "tmpfs", 0, "size=16m") == 0 else {
            _ = unsafe rmdir(path)
            throw Errno(errno)
        }
        self.path = path
    }

    /// Writes a file until there is no byte left.
    func fill() throws {
        let file = try FileSystem().open("\(path)/filler", .createNew)
        var block = [UInt8](repeating: 1, count: 1 << 20)
        var offset: UInt64 = 0
        while !block.isEmpty {
            do throws(Errno) {
                try unsafe block.rawSpan.withUnsafeBytes { (bytes) throws(Errno) in
                    try unsafe file.pwrite(bytes, at: offset)
                }
                offset += UInt64(block.count)
            } catch {
                offset = try file.size()
                block.removeLast(block.count - block.count / 2)
            }
        }
    }

    func empty() throws {
        try FileSystem().remove("\(path)/filler")
    }

    func setReadOnly(_ isReadOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
        if unsafe mount("none", path, "tmpfs", flags, "size=16m") != 0 { throw Errno(errno) }
    }

    deinit {
        _ = unsafe umount2(path, Int32(MNT_DETACH))
        _ = unsafe rmdir(path)
    }
}

@Suite struct TrackerFaultTests {
    @Test(
        .enabled(if: SmallDisk.isAllowed, "needs a right to mount"),
        arguments: [
            Durability.os, .everyStep, .standard,
        ]
    )
    func `on a full disk the program goes on, and tracking with it when there is space`(
        durability: Durability
    ) throws {
        let disk = try SmallDisk()
        let program = Program(disk.path)
        let warnings = Mutex<[String]>([])
        let tracker = try program.tracker(durability: durability, segmentTarget: 32 << 10) { text in
            warnings.withLock { $0.append(text) }
        }
        for step in 0..<20 { try Program.run(tracker, Int64(step)) }
        try disk.fill()
        let text = String(repeating: "long ", count: 2_000)
        for step in 20..<40 { try Program.run(tracker, Int64(step), "\(step) \(text)") }
        #expect(warnings.withLock { $0.count } == 1)
        let failures = tracker.failureCount
        #expect(failures > 0)
        #expect(try program.told()[0].report.verdict <= .tornTail)

        try disk.empty()
        for step in 40..<60 { try Program.run(tracker, Int64(step)) }
        #expect(tracker.failureCount == failures)
        try tracker.close()
        let told = try program.told()
        #expect(told.count == 1)
        #expect(told[0].report.verdict == .clean)
        let gap = try #require(told[0].types.firstIndex(of: .gap))
        #expect(told[0].types[gap + 1] == .snapshot)
        for step in Array(0..<20) + Array(40..<60) as [Int64] {
            #expect(told[0].states[step] == Program.state(step), "\(step)")
        }
        for (step, state) in told[0].states where (20..<40).contains(step) {
            #expect(state == Program.state(step, "\(step) \(text)"), "\(step)")
        }
    }

    @Test(.enabled(if: SmallDisk.isAllowed, "needs a right to mount"))
    func `with no byte free a killed writer's log is opened, read and verified`() throws {
        let disk = try SmallDisk()
        let program = Program(disk.path)
        do {
            let tracker = try program.tracker()
            for step in 0..<20 { try Program.run(tracker, Int64(step)) }
            try tracker.close()
        }
        let directory = program.store.directory(of: program.name)
        let files = try BranchFiles.among(program.store.storage.list(directory))
        let path = SegmentName(branch: files[0].branch, number: 0).path(in: directory)
        let handle = try FileSystem().open(path, .readWrite)
        try handle.truncate(to: try handle.size() - 13)
        try handle.close()
        try disk.fill()
        #expect(try program.told()[0].report.verdict == .tornTail)
        let warnings = Mutex<[String]>([])
        let next = try program.tracker(state: "{}", continuing: 19) { text in
            warnings.withLock { $0.append(text) }
        }
        for step in 20..<25 { try Program.run(next, Int64(step)) }
        #expect(warnings.withLock { $0.count } <= 1)
        try disk.empty()
        // A branch that could not be opened is left alone for a moment.
        let failures = next.failureCount
        while next.failureCount > 0, failures > 0 {
            let before = next.failureCount
            try Program.run(next, 25)
            if next.failureCount == before { break }
        }
        try next.close()
        let told = try program.told()
        #expect(told.allSatisfy { $0.report.verdict <= .tornTail })
        #expect(told.contains { $0.states[25] == Program.state(25) })
        #expect(told[0].states[18] == Program.state(18))
    }

    @Test(.enabled(if: SmallDisk.isAllowed, "needs a right to mount"))
    func `on a disk that can only be read the program goes on`() throws {
        let disk = try SmallDisk()
        let program = Program(disk.path)
        try disk.setReadOnly(true)
        let warnings = Mutex<[String]>([])
        let tracker = try program.tracker { text in warnings.withLock { $0.append(text) } }
        for step in 0..<5 { try Program.run(tracker, Int64(step)) }
        #expect(warnings.withLock { $0.count } == 1)
        try disk.setReadOnly(false)
        var step: Int64 = 5
        while tracker.branch == nil {
            try Program.run(tracker, step)
            step += 1
        }
        try Program.run(tracker, step)
        try tracker.close()
        let told = try program.told()
        #expect(told.count == 1 && told[0].report.verdict == .clean)
        #expect(told[0].types.contains(.gap))
        #expect(told[0].states[step] == Program.state(step))
    }

    @Test(arguments: [Durability.everyStep, .interval(.milliseconds(1)), .standard])
    func `in every mode that syncs the marks say so, further with each sync`(
        durability: Durability
    ) throws {
        let folder = try TemporaryFolder()
        let program = Program(folder.path)
        let tracker = try program.tracker(durability: durability)
        for step in 0..<5 as Range<Int64> {
            try Program.run(tracker, step)
            try tracker.flush()
        }
        let branch = try #require(tracker.branch)
        try tracker.close()
        let reader = try LogReader(
            storage: program.store.storage,
            directory: program.store.directory(of: program.name),
            branch: branch
        )
        var marks: [UInt64] = []
        _ = try reader.scan(segment: 0) { record in
            if record.type == .syncMark, let mark = try? SyncMark(decoding: record.payload) {
                marks.append(mark.durableOffset)
            }
            return .proceed
        }
        #expect(marks.count >= 5 && marks[0] > 0)
        #expect(zip(marks, marks.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `a folder that is removed is made again, and later steps are in it`() throws {
        let folder = try TemporaryFolder()
        let program = Program(folder.path)
        let tracker = try program.tracker(segmentTarget: 4 << 10) { _ in }
        for step in 0..<5 { try Program.run(tracker, Int64(step)) }
        let directory = program.store.directory(of: program.name)
        for entry in try FileSystem().list(directory) {
            try FileSystem().remove("\(directory)/\(entry.name)")
        }
        _ = unsafe rmdir(directory)
        let text = String(repeating: "text ", count: 200)
        for step in 5..<40 { try Program.run(tracker, Int64(step), "\(step) \(text)") }
        try tracker.close()
        let told = try program.told()
        #expect(told.allSatisfy { $0.report.verdict == .clean })
        #expect(told.contains { $0.states[39] == Program.state(39, "39 \(text)") })
    }

    @Test(arguments: [64, 128])
    func `a thousand logs are written with few descriptors, and nothing is lost`(
        limit: Int
    ) async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .success) {
            [limit = limit as Int, path = folder.path as String] in
            var few = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &few)
            let trackers = try (0..<1_000).map { number in
                try Program(path, appID: "app-\(number)").tracker { print($0) }
            }
            for step in 0..<2 {
                for tracker in trackers { try Program.run(tracker, Int64(step)) }
            }
            for tracker in trackers { try tracker.close() }
            exit(trackers.allSatisfy { $0.failureCount == 0 } ? 0 : 1)
        }
        for number in 0..<1_000 {
            let told = try Program(folder.path, appID: "app-\(number)").told()
            #expect(told.count == 1 && told[0].report.verdict == .clean)
            #expect(told[0].states == [0: Program.state(0), 1: Program.state(1)])
        }
    }

    @Test func `eight processes track, re-run and rewind one application at once`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await withTaskGroup(of: Void.self) { group in
            for process in 0..<8 {
                group.addTask {
                    await #expect(processExitsWith: .success) {
                        [process = process as Int, path = path as String] in
                        try Self.beOneOfMany(process, path)
                    }
                }
            }
        }
        var seen: Set<String> = []
        for told in try Program(path).told() {
            #expect(told.report.verdict == .clean)
            for (step, state) in told.states {
                let text = String(decoding: state, as: UTF8.self)
                #expect(text.hasPrefix("{\"n\":\(step),"))
                seen.insert(text)
            }
        }
        for process in 0..<8 {
            for run in 0..<3 {
                for step in 0..<30 as Range<Int64> {
                    let state = Program.state(step, "\(process).\(run)")
                    #expect(seen.contains(String(decoding: state, as: UTF8.self)))
                }
            }
        }
    }

    /// A run from the beginning, one more, and one that goes back to step 9.
    private static func beOneOfMany(_ process: Int, _ path: String) throws {
        for run in 0..<3 {
            let program = Program(path)
            let tracker = try program.tracker { print($0) }
            for step in 0..<10 as Range<Int64> {
                try Program.run(tracker, step, "\(process).\(run)")
            }
            try tracker.close()
            let state = String(decoding: Program.state(9, "\(process).\(run)"), as: UTF8.self)
            let rewound = try program.tracker(state: state, continuing: 9) { print($0) }
            for step in 10..<30 as Range<Int64> {
                try Program.run(rewound, step, "\(process).\(run)")
            }
            try rewound.close()
            if tracker.failureCount + rewound.failureCount > 0 { exit(1) }
        }
        exit(0)
    }
}
