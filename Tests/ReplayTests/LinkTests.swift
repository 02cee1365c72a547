// SPDX-License-Identifier: Apache-2.0
// Children and what started them: no link is lost, whoever writes the parent's log just then.

import EventLog
import Replay
import Simulation
import Testing
import Tracking

@Suite struct LinkTests {
    private let storage = SimulatedStorage()
    private let store: Store
    private let parent = ApplicationName(project: "demo", appID: "whole")
    private let act = Array("act".utf8)

    init() {
        store = Store(root: "/store", storage: storage)
    }

    @Test func `a link to an application that is being written stands beside its log`() throws {
        let whole = try tracker("whole")
        try begin(whole)
        let part = try tracker("part", spawned: true)
        #expect(try children() == ["part"])
        #expect(try branches() == 1)
        #expect(try branches(in: BranchFiles.linksFolder) == 1)
        try end(whole)
        try part.close()
        try whole.close()
        #expect(try children() == ["part"])
        let history = try History(parent, in: store)
        let state = try history.state(at: history.resolve(Ref("0"), now: 0))
        #expect(state == Array("{\"n\":0}".utf8))
    }

    @Test func `a link to an application that nobody writes stands in its log`() throws {
        let whole = try tracker("whole")
        try begin(whole)
        try end(whole)
        try whole.release()
        _ = try tracker("part", spawned: true)
        #expect(try children() == ["part"])
        #expect(throws: Errno.noEntry) { try branches(in: BranchFiles.linksFolder) }
    }

    @Test func `children that come at once have a log of links each`() throws {
        let whole = try tracker("whole")
        try begin(whole)
        _ = try tracker("first", spawned: true)
        // Another process is just writing its link.
        let folder = "\(store.directory(of: parent))/\(BranchFiles.linksFolder)"
        let file = try #require(try storage.list(folder).first { $0.name.hasSuffix(".burr") })
        let handle = try storage.open("\(folder)/\(file.name)", .readWrite)
        #expect(try handle.tryLock())
        _ = try tracker("second", spawned: true)
        try handle.close()
        _ = try tracker("third", spawned: true)
        #expect(try children() == ["first", "second", "third"])
        #expect(try branches(in: BranchFiles.linksFolder) == 2)
        #expect(try branches() == 1)
    }

    @Test func `links in the log and beside it are read in the order in which they came`() throws {
        let whole = try tracker("whole")
        for number in 0..<6 {
            if number % 2 == 0 { try begin(whole) }
            _ = try tracker("part \(number)", spawned: true)
            if number % 2 == 0 {
                try end(whole)
                try whole.release()
            }
        }
        #expect(try children() == (0..<6).map { "part \($0)" })
        #expect(try branches() == 1)
    }

    // MARK: What the tests are made of

    /// A tracker in a process of its own, a second after what was done before.
    private func tracker(_ appID: String, spawned: Bool = false) throws -> Tracker {
        let storage = storage
        storage.pass(.seconds(1))
        let name = ApplicationName(project: parent.project, appID: appID)
        var application = TrackedApplication(store: store, name: name)
        if spawned {
            application.spawningParent = ParentPointer(appID: parent.appID, step: 0)
        }
        var options = TrackerOptions(durability: .os, onFailure: .raise, program: "test")
        options.peers = OpenTrackers(syncer: Syncer { storage.monotonicTime })
        let start = TrackerStart(state: Array("{}".utf8))
        return try Tracker(application, start: start, options: options)
    }

    private func begin(_ tracker: Tracker) throws {
        try tracker.begin(StepBegin(step: 0, action: act, time: EventTime(nanoseconds: 0)))
    }

    private func end(_ tracker: Tracker) throws {
        let event = StepEnd(step: 0, action: act, time: EventTime(nanoseconds: 0))
        try tracker.end(event, state: Array("{\"n\":0}".utf8).rawSpan)
    }

    /// The names of the children, as the parent's links tell them.
    private func children() throws -> [String] {
        try History(parent, in: store).texts(.child).map { link in
            let words = String(decoding: link.text, as: UTF8.self).split(separator: "\"")
            let place = try #require(words.firstIndex(of: "app_id"))
            return String(words[place + 2])
        }
    }

    /// How many logs there are in the parent's folder, or in one below it.
    private func branches(in folder: String? = nil) throws -> Int {
        let below = folder.map { "/\($0)" } ?? ""
        return BranchFiles.among(try storage.list(store.directory(of: parent) + below)).count
    }
}
