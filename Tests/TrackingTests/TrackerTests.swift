// SPDX-License-Identifier: Apache-2.0
// What a tracker promises: one history per application, and a program that never notices it.

import EventLog
import Glibc
import StateDelta
import Synchronization
import Testing
import Tracking

@Suite struct TrackerTests {
    let name = ApplicationName(project: "demo", appID: "app")

    private func tracker(
        _ folder: borrowing TemporaryFolder,
        appID: String = "app",
        state: String = "{\"n\":-1}",
        continuing step: Int64? = nil,
        durability: Durability = .os,
        parent: ParentPointer? = nil,
        onFailure: FailurePolicy = .raise,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> Tracker {
        let store = Store(root: folder.path)
        let name = ApplicationName(project: "demo", appID: appID)
        var application = TrackedApplication(store: store, name: name)
        application.actions = ActionNames(["act"])
        application.parent = parent
        return try Tracker(
            application,
            start: TrackerStart(state: Array(state.utf8), continuing: step),
            options: TrackerOptions(
                durability: durability,
                onFailure: onFailure,
                program: "test",
                warn: warn
            )
        )
    }

    private func run(_ tracker: Tracker, _ step: Int64, state: String) throws {
        let time = EventTime(nanoseconds: Tracker.now)
        try tracker.begin(StepBegin(step: step, action: Array("act".utf8), time: time))
        let end = StepEnd(step: step, action: Array("act".utf8), time: time)
        try tracker.end(end, state: Array(state.utf8).rawSpan)
    }

    /// The branches in the folder, each with the point it continues and its states by step.
    private func branches(
        _ folder: borrowing TemporaryFolder,
        appID: String = "app"
    ) throws -> [(id: BranchID, continues: Int64?, states: [String])] {
        let store = Store(root: folder.path)
        let directory = store.directory(of: ApplicationName(project: "demo", appID: appID))
        let files = BranchFiles.among(try store.storage.list(directory))
        return try files.map { files in
            let reader = try LogReader(
                storage: store.storage,
                directory: directory,
                branch: files.branch
            )
            var state = LogState()
            var states: [String] = []
            for segment in reader.segments {
                _ = try reader.scan(segment: segment.header.segment) { record in
                    if case .ended(let step) = state.take(record) {
                        let text = state.cursor?.text() ?? []
                        states.append("\(step):\(String(decoding: text, as: UTF8.self))")
                    }
                    return .proceed
                }
            }
            return (files.branch, reader.segments[0].header.parent?.step, states)
        }
    }

    @Test func `an application goes on from the branch that has the step`() throws {
        let folder = try TemporaryFolder()
        let first = try tracker(folder)
        for step in 0..<4 as Range<Int64> { try run(first, step, state: "{\"n\":\(step)}") }
        try first.close()
        // Another process has begun anew meanwhile.
        let second = try tracker(folder)
        try run(second, 0, state: "{\"n\":100}")
        try second.close()
        let third = try tracker(folder, state: "{\"n\":3}", continuing: 3)
        try run(third, 4, state: "{\"n\":4}")
        try third.close()
        let store = Store(root: folder.path)
        let directory = store.directory(of: name)
        let files = BranchFiles.among(try store.storage.list(directory))
        #expect(files.count == 3)
        let reader = try LogReader(
            storage: store.storage,
            directory: directory,
            branch: files[2].branch
        )
        let parent = reader.segments[0].header.parent
        #expect(parent?.branch == files[0].branch)
        #expect(parent?.step == 3)
    }

    @Test func `an application opened again goes on in the same branch`() throws {
        let folder = try TemporaryFolder()
        let first = try tracker(folder)
        try run(first, 0, state: "{\"n\":0}")
        try first.close()
        let second = try tracker(folder, state: "{\"n\":0}", continuing: 0)
        try run(second, 1, state: "{\"n\":1}")
        try second.close()
        let found = try branches(folder)
        #expect(found.count == 1)
        #expect(found[0].states == ["0:{\"n\":0}", "1:{\"n\":1}"])
    }

    @Test func `one that is being written is continued in a branch of its own`() throws {
        let folder = try TemporaryFolder()
        let first = try tracker(folder)
        try run(first, 0, state: "{\"n\":0}")
        try first.begin(
            StepBegin(step: 1, action: Array("act".utf8), time: EventTime(nanoseconds: Tracker.now))
        )
        let second = try tracker(folder, state: "{\"n\":0}", continuing: 0)
        try run(second, 1, state: "{\"n\":100}")
        let end = StepEnd(
            step: 1,
            action: Array("act".utf8),
            time: EventTime(nanoseconds: Tracker.now)
        )
        try first.end(end, state: Array("{\"n\":1}".utf8).rawSpan)
        let found = try branches(folder)
        #expect(found.map(\.states) == [["0:{\"n\":0}", "1:{\"n\":1}"], ["1:{\"n\":100}"]])
        #expect(found.map(\.continues) == [nil, 0])
    }

    @Test func `an earlier step is continued in a branch of its own`() throws {
        let folder = try TemporaryFolder()
        let first = try tracker(folder)
        for step in 0..<3 { try run(first, Int64(step), state: "{\"n\":\(step)}") }
        try first.close()
        let second = try tracker(folder, state: "{\"n\":1}", continuing: 1)
        try run(second, 2, state: "{\"n\":20}")
        try second.close()
        let third = try tracker(folder)
        try run(third, 0, state: "{\"n\":0}")
        let found = try branches(folder)
        #expect(found.map(\.continues) == [nil, 1, nil])
        #expect(found.map(\.states.count) == [3, 1, 1])
    }

    @Test func `the lock is free between execute calls, and branches are for true concurrency`()
        throws
    {
        let folder = try TemporaryFolder()
        let first = try tracker(folder)
        try first.runBegin(method: "run", time: Tracker.now)
        try run(first, 0, state: "{\"n\":0}")
        try first.runEnd(method: "run", exception: nil, time: Tracker.now)
        // Another worker takes the next request of the conversation.
        let second = try tracker(folder, state: "{\"n\":0}", continuing: 0)
        try second.runBegin(method: "run", time: Tracker.now)
        try run(second, 1, state: "{\"n\":1}")
        try second.runEnd(method: "run", exception: nil, time: Tracker.now)
        #expect(try branches(folder).count == 1)
        // The first one did not reload: it goes on from where it was.
        try run(first, 1, state: "{\"n\":50}")
        let found = try branches(folder)
        #expect(found.map(\.states) == [["0:{\"n\":0}", "1:{\"n\":1}"], ["1:{\"n\":50}"]])
        #expect(found[1].continues == 0)
    }

    @Test func `a link from a child is no reason for a branch`() throws {
        let folder = try TemporaryFolder()
        let first = try tracker(folder)
        try run(first, 0, state: "{\"n\":0}")
        try first.release()
        let pointer = ParentPointer(appID: "app", step: 0)
        let child = try tracker(
            folder,
            appID: "fork",
            state: "{\"n\":0}",
            continuing: 0,
            parent: pointer
        )
        try run(child, 1, state: "{\"n\":7}")
        try run(first, 1, state: "{\"n\":1}")
        #expect(try branches(folder).map(\.states) == [["0:{\"n\":0}", "1:{\"n\":1}"]])
        #expect(try branches(folder, appID: "fork").map(\.states) == [["1:{\"n\":7}"]])
    }

    @Test func `a state that is no JSON is warned of once and nothing else is lost`() throws {
        let folder = try TemporaryFolder()
        let warnings = Mutex<[String]>([])
        let tracker = try tracker(folder, onFailure: .ignore) { text in
            warnings.withLock { $0.append(text) }
        }
        try run(tracker, 0, state: "{\"n\":NaN}")
        try run(tracker, 1, state: "{\"n\":1}")
        try run(tracker, 2, state: "{")
        #expect(warnings.withLock { $0.count } == 1)
        #expect(tracker.failureCount == 2)
        let states = try branches(folder)[0].states
        #expect(states.contains("1:{\"n\":1}"))
    }

    @Test func `a folder that cannot be made is one warning, and the program goes on`() throws {
        let folder = try TemporaryFolder()
        let file = try FileSystem().open("\(folder.path)/demo", .createNew)
        try file.close()
        let warnings = Mutex<[String]>([])
        let tracker = try tracker(folder, onFailure: .ignore) { text in
            warnings.withLock { $0.append(text) }
        }
        for step in 0..<5 { try run(tracker, Int64(step), state: "{\"n\":\(step)}") }
        #expect(warnings.withLock { $0.count } == 1)
        #expect(tracker.failureCount == 11)
        #expect(throws: TrackingError.self) { try self.tracker(folder) }
    }

    @Test func `many threads record one application`() async throws {
        let folder = try TemporaryFolder()
        let tracker = try tracker(folder, durability: .standard)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    let line = Array("{\"type\":\"attribute\",\"key\":\"\(thread)\"}".utf8)
                    for _ in 0..<200 {
                        let time = Tracker.now
                        try tracker.event(.attribute, step: 0, time: time, text: line.rawSpan)
                    }
                }
            }
            try await group.waitForAll()
        }
        try tracker.flush()
        #expect(tracker.failureCount == 0)
    }
}
