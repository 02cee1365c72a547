// SPDX-License-Identifier: Apache-2.0
// Changes that a program tells instead of a state: taken where they are to the last state only.

import EventLog
import Replay
import Simulation
import Synchronization
import Testing
import Tracking

@Suite struct KnownChangesTests {
    private let storage = SimulatedStorage()
    private let store: Store

    init() {
        store = Store(root: "/store", storage: storage)
    }

    @Test func `changes to the last state are taken, and the text is not read then`() throws {
        let tracker = try tracker("app")
        let first = try end(tracker, 0, "{\"n\":0}")
        let second = try end(tracker, 1, "{\"n\":9}", from: first.version, n: "1")
        let third = try end(tracker, 2, "{\"n\":9}", from: second.version, n: "2")
        #expect([first, second, third].map(\.isAsked) == [false, true, true])
        #expect(Set([0, first.version, second.version, third.version]).count == 4)
        #expect(try states("app", 3) == ["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"])
    }

    @Test func `changes to a state before the last one are not taken`() throws {
        let tracker = try tracker("app")
        let first = try end(tracker, 0, "{\"n\":0,\"m\":0}")
        let second = try end(tracker, 1, "{\"n\":0,\"m\":1}")
        let third = try end(tracker, 2, "{\"n\":2,\"m\":1}", from: first.version, n: "2")
        let last = try end(tracker, 3, "{\"n\":3,\"m\":1}", from: second.version, n: "3")
        #expect(!third.isAsked && !last.isAsked)
        #expect(try states("app", 4).suffix(2) == ["{\"n\":2,\"m\":1}", "{\"n\":3,\"m\":1}"])
    }

    @Test func `changes to a state of another application are not taken`() throws {
        let one = try tracker("one")
        let other = try tracker("other")
        let first = try end(one, 0, "{\"n\":0,\"of\":\"one\"}")
        _ = try end(other, 0, "{\"n\":0,\"of\":\"other\"}")
        let mixed = try end(other, 1, "{\"n\":1,\"of\":\"one\"}", from: first.version, n: "1")
        #expect(!mixed.isAsked)
        #expect(try state("other", "1") == "{\"n\":1,\"of\":\"one\"}")
    }

    @Test func `where no state is known no changes are taken`() throws {
        let tracker = try tracker("app")
        _ = try end(tracker, 0, "{\"n\":0}")
        let lost = try end(tracker, 1, "{\"n\":")
        let next = try end(tracker, 2, "{\"n\":2}", from: lost.version, n: "2")
        #expect(lost.version == 0 && !next.isAsked)
        #expect(try state("app", "2") == "{\"n\":2}")
    }

    @Test func `a step that could not be written has no version, nor counts one before`() throws {
        let tracker = try tracker("app")
        let first = try end(tracker, 0, "{\"n\":0,\"m\":0}")
        storage.faults.withLock { $0.write = .io }
        let missed = try end(tracker, 1, "{\"n\":0,\"m\":1}", from: first.version)
        storage.faults.withLock { $0.write = nil }
        storage.pass(.seconds(1))
        let next = try end(tracker, 2, "{\"n\":2,\"m\":1}", from: first.version, n: "2")
        #expect(missed.version == 0 && !next.isAsked)
        #expect(try state("app", "2") == "{\"n\":2,\"m\":1}")
    }

    @Test func `changes to a state that another process went on from are not taken`() throws {
        let tracker = try tracker("app")
        let first = try end(tracker, 0, "{\"n\":0,\"m\":0}")
        try tracker.release()
        let other = try self.tracker("app", state: "{\"n\":0,\"m\":0}", continuing: 0)
        _ = try end(other, 1, "{\"n\":0,\"m\":1}")
        try other.close()
        let next = try end(tracker, 1, "{\"n\":1,\"m\":0}", from: first.version, n: "1")
        #expect(!next.isAsked)
        #expect(try state("app", "1.1") == "{\"n\":0,\"m\":1}")
        #expect(try state("app", "1.2") == "{\"n\":1,\"m\":0}")
    }

    // MARK: What the tests are made of

    /// A tracker in a process of its own.
    private func tracker(
        _ appID: String,
        state: String = "{}",
        continuing step: Int64? = nil
    ) throws -> Tracker {
        let storage = storage
        storage.pass(.seconds(1))
        let name = ApplicationName(project: "demo", appID: appID)
        var options = TrackerOptions(durability: .os, program: "test", warn: { _ in })
        options.peers = OpenTrackers(syncer: Syncer { storage.monotonicTime })
        return try Tracker(
            TrackedApplication(store: store, name: name),
            start: TrackerStart(state: Array(state.utf8), continuing: step),
            options: options
        )
    }

    /// Ends a step: tells its state's text, and that since a version only `n` has changed.
    ///
    /// - Returns: the state's version, and whether the tracker asked for the changes.
    private func end(
        _ tracker: Tracker,
        _ step: Int64,
        _ text: String,
        from version: UInt64 = 0,
        n value: String = "0"
    ) throws -> (version: UInt64, isAsked: Bool) {
        let time = EventTime(nanoseconds: 1_000 * step)
        let state = Array(text.utf8)
        var event = StepEnd(step: step, action: Array("act".utf8), time: time)
        var isAsked = false
        let reached = try tracker.end(&event, state: state.rawSpan, from: version) { edits in
            isAsked = true
            edits.set(Array("n".utf8), Array(value.utf8))
        }
        return (reached, isAsked)
    }

    private func states(_ appID: String, _ count: Int) throws -> [String] {
        try (0..<count).map { try state(appID, "\($0)") }
    }

    private func state(_ appID: String, _ ref: String) throws -> String {
        let history = try History(ApplicationName(project: "demo", appID: appID), in: store)
        let text = try history.state(at: history.resolve(Ref(ref), now: 0))
        return String(decoding: text, as: UTF8.self)
    }
}
