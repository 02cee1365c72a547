// SPDX-License-Identifier: Apache-2.0
// Burr's lines in, the same states and lines out.

import EventLog
import Replay
import StateDelta
import Testing
import Tracking

/// A log as Burr writes it, and the states in it.
struct SampleLog {
    var lines: [String] = []
    var states: [String] = []

    /// A chat of so many turns.
    init(turns: Int) {
        var messages: [String] = []
        for step in 0..<turns {
            messages.append(
                "{\"role\":\"user\",\"content\":\"turn \(step) caf\u{e9} and \(step * 7)\"}"
            )
            let state =
                "{\"__SEQUENCE_ID\":\(step),\"chat\":[\(messages.joined(separator: ","))],"
                + "\"big\":1180591620717411303424,\"__PRIOR_STEP\":\"talk\"}"
            add(step, action: "talk", state: state)
        }
    }

    mutating func add(_ step: Int, action: String, state: String, exception: String = "null") {
        lines.append(
            "{\"type\":\"begin_entry\",\"start_time\":\"2026-11-23T21:14:01.180582\","
                + "\"action\":\"\(action)\",\"inputs\":{},\"sequence_id\":\(step)}"
        )
        lines.append(
            "{\"type\":\"end_entry\",\"end_time\":\"2026-11-23T21:14:01.190582\","
                + "\"action\":\"\(action)\",\"result\":{},\"exception\":\(exception),"
                + "\"state\":\(state),\"sequence_id\":\(step)}"
        )
        states.append(state)
    }

    var text: String { lines.map { $0 + "\n" }.joined() }
}

@Suite struct ImportTests {
    let demo = ApplicationName(project: "demo", appID: "chat")

    private func importAll(
        _ folder: borrowing TemporaryFolder,
        segmentTarget: UInt64 = 64 << 20
    ) throws -> (Store, ApplicationImport) {
        let store = Store(root: "\(folder.path)/store")
        let source = try BurrSource(at: "\(folder.path)/burr", for: store)
        let options = LogOptions(
            durability: .buffered(maxDelay: .milliseconds(250)),
            segmentTarget: segmentTarget
        )
        let importer = Importer(into: store, options: options)
        return (store, importer.run(source.folders[0]))
    }

    private func export(_ store: Store) throws -> String {
        var bytes: [UInt8] = []
        try LogExporter(History(demo, in: store)).run(problem: { Issue.record("\($0)") }) {
            bytes += $0
            return true
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func state(_ store: Store, _ ref: String, side: Side = .after) throws -> String {
        let history = try History(demo, in: store)
        let position = try history.resolve(Ref(ref), now: 0)
        return String(decoding: try history.state(at: position, side: side), as: UTF8.self)
    }

    @Test(arguments: [64 << 20, 1_000] as [UInt64])
    func `every state is rebuilt as it was logged`(segmentTarget: UInt64) throws {
        let folder = try TemporaryFolder()
        let log = SampleLog(turns: 300)
        try folder.write(log.text, to: "burr/demo/chat/log.jsonl")
        let (store, report) = try importAll(folder, segmentTarget: segmentTarget)
        #expect(report.failure == nil)
        #expect(report.stepsAdded == 300)
        #expect(report.problems.isEmpty)
        for step in 0..<300 {
            #expect(try state(store, "\(step)") == log.states[step])
            if step > 0 {
                #expect(try state(store, "\(step)", side: .before) == log.states[step - 1])
            }
        }
        #expect(try state(store, "head") == log.states[299])
        #expect(try state(store, "-3") == log.states[296])
        #expect(try export(store) == log.text)
    }

    @Test func `a second import adds only what is new`() throws {
        let folder = try TemporaryFolder()
        let log = SampleLog(turns: 40)
        let text = Array(log.text.utf8)
        for cut in stride(from: 1, to: text.count, by: 1_717) {
            try folder.write(Array(text[..<cut]), to: "burr/demo/chat/log.jsonl")
            let (_, report) = try importAll(folder)
            #expect(report.failure == nil)
        }
        try folder.write(text, to: "burr/demo/chat/log.jsonl")
        let (store, last) = try importAll(folder)
        #expect(last.failure == nil)
        let (_, again) = try importAll(folder)
        #expect(again.stepsAdded == 0 && again.eventsAdded == 0 && again.branchesAdded == 0)
        #expect(try export(store) == log.text)
    }

    @Test func `times and sequence ids beyond what is counted do not end an import`() throws {
        let folder = try TemporaryFolder()
        var log = SampleLog(turns: 3)
        log.lines = log.lines.map { $0.replacing("2026-11", with: "9999-11") }
        for number in [Limits.step + 1, 999_999_999_999_999_999, .max] as [Int64] {
            log.add(Int(number), action: "far", state: "{\"n\":2}")
        }
        try folder.write(log.text, to: "burr/demo/chat/log.jsonl")
        let (store, report) = try importAll(folder)
        #expect(report.failure == nil && report.stepsAdded == 3)
        #expect(try state(store, "head") == log.states[2])
        // Lines that are no steps are kept as they are.
        #expect(try export(store) == log.text)
    }

    @Test func `sequence ids that restart begin a branch`() throws {
        let folder = try TemporaryFolder()
        var log = SampleLog(turns: 5)
        log.add(2, action: "again", state: "{\"n\":2}")
        log.add(3, action: "again", state: "{\"n\":3}")
        try folder.write(log.text, to: "burr/demo/chat/log.jsonl")
        let (store, report) = try importAll(folder)
        #expect(report.branchesAdded == 2)
        #expect(try state(store, "1") == log.states[1])
        #expect(try state(store, "2") == "{\"n\":2}")
        #expect(try state(store, "head") == "{\"n\":3}")
        #expect(try state(store, "2", side: .before) == log.states[1])
        #expect(try export(store) == log.text)
    }
}
