// SPDX-License-Identifier: Apache-2.0
// Branches of one application and forks of another: each step is on its own line.

import EventLog
import Generators
import Replay
import StateDelta
import Testing
import Tracking

@Suite struct BranchTests {
    let app = ApplicationName(project: "random", appID: "app")

    /// A branch and the states on its line, `states[0]` before step 0.
    private struct Written {
        var id: BranchID
        var states: [[UInt8]]
        /// The first step of its own.
        var first = 0
    }

    @Test func `each of many branches has its own line of descent`() throws {
        let recorded = try RecordedHistory()
        var random = Random("branches")
        let states = RandomHistory(.mixed, steps: 60).states
        var all = [Written(id: try recorded.write(app, states[...]), states: states)]
        for _ in 0..<8 {
            let origin = random.pick(all)
            // The state after this step is where the new branch begins.
            let step = random.below(origin.states.count - 1)
            let own = RandomHistory(random.pick(Shape.allCases), steps: 20).states
            let opening = origin.states[step + 1]
            let branch = try recorded.write(
                app,
                ([opening] + own)[...],
                first: Int64(step) + 1,
                continuing: BranchPoint(branch: origin.id, step: Int64(step))
            )
            let line = origin.states[...(step + 1)] + own
            all.append(Written(id: branch, states: Array(line), first: step + 1))
        }
        let history = try recorded.history(app)
        #expect(history.branches.count == 9)
        #expect(history.newest.id == all.last?.id)
        for written in all.shuffled(using: &random) {
            for step in 0..<(written.states.count - 1) {
                let ref = "\(step)@\(written.id)"
                #expect(try history.text(ref) == written.states[step + 1], "\(ref)")
                #expect(try history.text(ref, side: .before) == written.states[step], "\(ref)")
            }
            #expect(try history.text("head@\(written.id)") == written.states.last)
        }
        for step in 0..<60 {
            let runs = all.filter { $0.first <= step && step < $0.states.count - 1 }
            for (index, run) in runs.enumerated() {
                #expect(try history.text("\(step).\(index + 1)") == run.states[step + 1])
            }
            #expect(throws: ReplayError.self) { try history.text("\(step).\(runs.count + 1)") }
        }
    }

    @Test func `steps before a fork are the parent's, through forks of forks`() throws {
        let recorded = try RecordedHistory()
        var random = Random("forks")
        var states = RandomHistory(.mixed, steps: 60).states
        var parent = ApplicationName(project: "random", appID: "fork 0")
        try recorded.write(parent, states[...])
        for number in 1...6 {
            let child = ApplicationName(project: "random", appID: "fork \(number)")
            let step = random.below(states.count - 1)
            let own = RandomHistory(random.pick(Shape.allCases), steps: 25).states
            try recorded.write(
                child,
                ([states[step + 1]] + own)[...],
                first: Int64(step) + 1,
                parent: ParentPointer(appID: parent.appID, step: Int64(step))
            )
            states = states[...(step + 1)] + own
            let history = try recorded.history(child)
            for step in (0..<(states.count - 1)).shuffled(using: &random) {
                #expect(try history.text("\(step)") == states[step + 1], "fork \(number), \(step)")
                #expect(try history.text("\(step)", side: .before) == states[step])
            }
            let open = try OpenApplication(child, in: recorded.store)
            let whole = try open.wholeSteps()
            #expect(whole.rows.map(\.step) == Array(0..<Int64(states.count - 1)))
            #expect(zip(whole.rows, states.dropFirst()).allSatisfy { Int($0.size) == $1.count })
            let owners = try open.owners()
            #expect(owners.last?.name == child && owners.first?.first == 0)
            for (owner, next) in zip(owners, owners.dropFirst()) {
                #expect(owner.last.map { $0 + 1 } == next.first)
            }
            parent = child
        }
    }

    @Test func `what a parent did anew after a fork is no part of the fork's line`() throws {
        let recorded = try RecordedHistory()
        let child = ApplicationName(project: "random", appID: "child")
        let texts = (0..<12).map { Array("{\"n\":\($0)}".utf8) }
        let old = try recorded.write(app, texts[0..<8])
        waitForTheNextID()
        try recorded.write(
            child,
            texts[5..<8],
            first: 5,
            parent: ParentPointer(appID: app.appID, step: 4)
        )
        waitForTheNextID()
        let anew = [texts[2]] + (100..<103).map { Array("{\"n\":\($0)}".utf8) }
        try recorded.write(
            app,
            anew[...],
            first: 2,
            continuing: BranchPoint(branch: old, step: 1)
        )
        let history = try recorded.history(child)
        for step in 0..<5 { #expect(try history.text("\(step)") == texts[step + 1]) }
        let rows = try OpenApplication(child, in: recorded.store).wholeSteps().rows
        #expect(rows.map { Int($0.size) } == texts[1..<8].map(\.count))
        #expect(try recorded.history(app).text("3") == anew[2])
    }

    /// Writes a branch as a program does.
    private func write(
        _ recorded: borrowing RecordedHistory,
        closing: Bool = true,
        _ body: (inout BranchWriter) throws -> Void
    ) throws -> History {
        var writer = try BranchWriter.create(
            recorded.place(app),
            meta: Meta(name: app),
            continuing: nil,
            opening: .text(Array("{\"n\":-1}".utf8), before: 0),
            time: 1
        )
        try body(&writer)
        if closing { try writer.close() }
        return try recorded.history(app)
    }

    private func begin(_ step: Int64) -> StepBegin {
        StepBegin(step: step, action: Array("act".utf8), time: EventTime(nanoseconds: 1_000))
    }

    private func run(_ writer: inout BranchWriter, _ step: Int64) throws {
        try writer.begin(begin(step))
        let end = StepEnd(
            step: step,
            action: Array("act".utf8),
            time: EventTime(nanoseconds: 2_000)
        )
        try writer.end(end, state: Array("{\"n\":\(step)}".utf8).rawSpan)
    }

    @Test func `a step that has not ended saw the state that held when it began`() throws {
        let recorded = try RecordedHistory()
        let history = try write(recorded, closing: false) { writer in
            for step in 0..<3 as Range<Int64> { try run(&writer, step) }
            try writer.begin(begin(7))
            try run(&writer, 3)
        }
        let position = try history.resolve(try Ref("7@\(history.newest.id)"), now: 0)
        let text = try history.state(at: position, side: .before)
        #expect(String(decoding: text, as: UTF8.self) == "{\"n\":2}")
    }

    @Test func `gaps without a known state hide no state before them`() throws {
        let recorded = try RecordedHistory()
        let history = try write(recorded) { writer in
            for step in 0..<2 as Range<Int64> { try run(&writer, step) }
            for _ in 0..<3 {
                writer.forgetState()
                try writer.gap(count: 1, reason: "test", time: 3_000)
            }
        }
        let position = try history.resolve(try Ref("1"), now: 0)
        #expect(try String(decoding: history.state(at: position), as: UTF8.self) == "{\"n\":1}")
    }
}

/// Ids of one millisecond are in no order.
private func waitForTheNextID() {
    let storage = FileSystem()
    let now = storage.currentTime / 1_000_000
    while storage.currentTime / 1_000_000 == now {}
}
