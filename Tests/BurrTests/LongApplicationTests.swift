// SPDX-License-Identifier: Apache-2.0
// Applications that live long: their program changes, their lists grow.

import EventLog
import Replay
import Testing
import Tracking

@testable import Burr

@Suite struct LongApplicationTests {
    private func history(_ folder: borrowing TemporaryFolder) throws -> History {
        try History(ApplicationName(project: "demo", appID: "app"), in: Store(root: folder.path))
    }

    private func state(_ history: History, _ step: Int) throws -> String {
        let text = try history.state(at: try history.resolve(try Ref("\(step)"), now: 0))
        return String(decoding: text, as: UTF8.self)
    }

    private func builder(
        _ folder: borrowing TemporaryFolder,
        _ action: ClosureAction,
        _ durability: TrackingDurability
    ) -> ApplicationBuilder {
        ApplicationBuilder().withActions(action)
            .withTransitions(Transition(action.name, to: action.name))
            .withState(["n": 0])
            .tracked(in: folder, durability)
    }

    @Test func `a program that changes is another graph for the steps after it`() throws {
        let folder = try TemporaryFolder()
        for source in ["version one", "version one", "version two"] {
            let action = ClosureAction("count", reads: ["n"], writes: ["n"], source: source) {
                state,
                _ in try state.incrementing("n")
            }
            let app = try builder(folder, action, .everyStep).initialize().build()
            _ = try app.step()
            try app.close()
        }
        let history = try history(folder)
        #expect(history.branches.count == 1)
        #expect(try state(history, 2).contains("\"n\":3"))
        var graphs: [(graph: String, before: Int)] = []
        var ended = 0
        _ = try history.newest.reader.scan(segment: 0) { record in
            if record.header.type == .stepEnd { ended += 1 }
            if record.header.type == .meta {
                let bytes = unsafe record.payload.withUnsafeBytes { unsafe Array($0) }
                graphs.append((String(decoding: bytes, as: UTF8.self), ended))
            }
            return .proceed
        }
        #expect(graphs.map(\.before) == [0, 2])
        #expect(graphs.first?.graph.contains("version one") == true)
        #expect(graphs.last?.graph.contains("version two") == true)
    }

    @Test func `a chat of 100,000 messages is replayed as it was`() throws {
        let folder = try TemporaryFolder()
        let talk = ClosureAction("talk", reads: ["n"], writes: ["n", "messages"]) { state, _ in
            let number = try state.value("n", as: Int.self)
            var state = try state.incrementing("n")
            for message in 0..<1_000 {
                state = try state.appending("messages", "message \(number * 1_000 + message)")
            }
            return state
        }
        let app = try builder(folder, talk, .buffered(milliseconds: 250)).build()
        var states: [Int: String] = [:]
        for step in 0..<100 {
            _ = try app.step()
            if step % 33 == 0 { states[step] = app.state.json }
        }
        #expect(try app.state.count(of: "messages") == 100_000)
        try app.close()
        let history = try history(folder)
        for (step, expected) in states { #expect(try state(history, step) == expected) }
    }
}
