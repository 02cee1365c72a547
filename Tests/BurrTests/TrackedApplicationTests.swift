// SPDX-License-Identifier: Apache-2.0
// A tracked application: its log holds every state exactly, and the application goes on from it.

import EventLog
import Replay
import Testing
import Tracking

@testable import Burr

@Suite struct TrackedApplicationTests {
    private func builder(
        _ folder: borrowing TemporaryFolder,
        appID: String = "app"
    ) -> ApplicationBuilder {
        let chat = ClosureAction("chat", reads: ["n"], writes: ["n", "messages"]) {
            state,
            context in
            let number = try state.value("n", as: Int.self)
            if context.inputs["fails"] == true { throw BurrError.state("on purpose") }
            try context.withSpan("think") { span in try span.log(["number": JSONValue(number)]) }
            return try state.incrementing("n")
                .appending("messages", ["role": "user", "content": "message \(number)"])
        }
        return ApplicationBuilder()
            .withActions(
                ClosureAction(
                    "chat",
                    reads: chat.reads,
                    writes: chat.writes,
                    optionalInputs: ["fails"],
                    body: chat.body
                )
            )
            .withTransitions(Transition("chat", to: "chat"))
            .withState(["n": 0, "messages": [], "note": "é\"\\"])
            .withIdentifiers(appID: appID, partitionKey: "user:1")
            .withTracker(
                project: "demo",
                store: folder.path,
                durability: .os,
                raisesFailures: true
            )
    }

    private func history(
        _ folder: borrowing TemporaryFolder,
        _ appID: String = "app"
    ) throws -> History {
        try History(
            ApplicationName(project: "demo", appID: appID),
            in: Store(root: folder.path)
        )
    }

    private func state(_ history: History, _ step: Int) throws -> String {
        let text = try history.state(at: try history.resolve(try Ref("\(step)"), now: 0))
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `every state of the log is the state the program had`() throws {
        let folder = try TemporaryFolder()
        let app = try builder(folder).build()
        var states: [String] = []
        for _ in 0..<300 {
            _ = try app.step()
            states.append(app.state.json)
        }
        #expect(throws: BurrError.self) { try app.step(inputs: ["fails": true]) }
        states.append(app.state.json)
        try app.close()
        let history = try history(folder)
        for (step, expected) in states.enumerated() {
            #expect(try state(history, step) == expected)
        }
        #expect(history.branches.count == 1)
    }

    @Test func `states are exact through steps that fail, that never began, and keys that come`()
        throws
    {
        /// Refuses to let some steps begin.
        struct Refusing: LifecycleHook {
            func stepBegan(_ step: StepInfo, state: State, inputs: [String: JSONValue]) throws {
                if [9, 99, 100, 120].contains(step.sequence) { throw BurrError.state("not now") }
            }
        }
        let folder = try TemporaryFolder()
        let keys = ["a", "b", "c"]
        let change = ClosureAction("change", reads: ["n"], writes: ["n"] + keys) {
            state,
            context in
            let number = context.step.sequence
            if number % 7 == 3 { throw BurrError.state("on purpose") }
            let key = keys[number % 3]
            var next = try state.incrementing("n", by: number * number)
            next = number % 5 == 0 ? next.removing(key) : next.updating(key, [number])
            return keys.reduce(next) { $0.contains($1) ? $0 : $0.updating($1, "new") }
        }
        let app = try ApplicationBuilder()
            .withActions(change)
            .withTransitions(Transition("change", to: "change"))
            .withState(["n": 0, "a": 0, "b": 0, "c": 0])
            .withHooks(Refusing())
            .tracked(in: folder)
            .build()
        var states: [Int: String] = [:]
        while app.sequence < 200 {
            let before = app.sequence
            let failure = Result { try app.step() }
            if case .failure(BurrError.state("not now")) = failure { continue }
            #expect(app.sequence == before + 1)
            states[app.sequence] = app.state.json
        }
        try app.close()
        let history = try history(folder)
        for (step, expected) in states { #expect(try state(history, step) == expected) }
        #expect(states.count == 197)
    }

    @Test func `an application goes on at the next action, a failed one runs again`() throws {
        let folder = try TemporaryFolder()
        let first = try builder(folder).build()
        _ = try first.step()
        #expect(throws: BurrError.self) { try first.step(inputs: ["fails": true]) }
        let second = try builder(folder).initialize().build()
        #expect(second.sequence == 1)
        #expect(second.nextAction == "chat")
        _ = try second.step()
        #expect(try second.state.value("n", as: Int.self) == 2)
        let history = try history(folder)
        #expect(history.branches.count == 1)
        #expect(try state(history, 2) == second.state.json)
    }

    @Test func `other calls are recorded, a call of one step is that step`() throws {
        let folder = try TemporaryFolder()
        let app = try builder(folder).build()
        for _ in 0..<5 { _ = try app.step() }
        #expect(throws: BurrError.self) { try app.step(inputs: ["fails": true]) }
        #expect(try calls(folder) == 0)
        // Nobody has the lock between two calls.
        let other = try builder(folder).initialize().build()
        _ = try other.step()
        try other.iterate { _ in false }
        try other.close()
        #expect(try calls(folder) == 2)
        #expect(try history(folder).branches.count == 1)
    }

    /// How many records of execute calls there are.
    private func calls(_ folder: borrowing TemporaryFolder) throws -> Int {
        let store = Store(root: folder.path)
        let reader = try LogReader(
            storage: store.storage,
            directory: store.directory(of: ApplicationName(project: "demo", appID: "app")),
            branch: try #require(try history(folder).branches.first?.id)
        )
        var count = 0
        _ = try reader.scan(segment: 0) { record in
            if [.runBegin, .runEnd].contains(record.type) { count += 1 }
            return .proceed
        }
        return count
    }

    @Test func `a program that changed says so, and earlier steps keep their graph`() throws {
        let folder = try TemporaryFolder()
        let first = try builder(folder).build()
        for _ in 0..<3 { _ = try first.step() }
        try first.close()
        let before = try #require(try history(folder).meta()?.graph)
        let second = try builder(folder)
            .withActions(ClosureAction("rest") { state, _ in state })
            .withTransitions(Transition("rest", to: "chat"))
            .initialize()
            .build()
        for _ in 0..<3 { _ = try second.step() }
        try second.close()
        let history = try history(folder)
        #expect(history.branches.count == 1)
        let after = try #require(try history.meta()?.graph)
        #expect(after != before)
        #expect(String(decoding: after, as: UTF8.self).contains("\"rest\""))
        for step in 0..<6 {
            let position = try history.resolve(try Ref("\(step)"), now: 0)
            let graph = try history.detail(at: position, withEvents: false).meta?.graph
            #expect(graph == (step < 3 ? before : after), "\(step)")
        }
    }

    @Test func `a fork knows its parent, and its parent knows it`() throws {
        let folder = try TemporaryFolder()
        let first = try builder(folder).build()
        for _ in 0..<4 { _ = try first.step() }
        let fork = try builder(folder, appID: "fork")
            .initialize(from: StepPointer(appID: "app", step: 1))
            .build()
        #expect(try fork.state.value("n", as: Int.self) == 2)
        _ = try fork.step()
        let forked = try history(folder, "fork")
        #expect(try forked.meta()?.parent == ParentPointer(appID: "app", step: 1))
        #expect(try state(forked, 2) == fork.state.json)
        // Before the fork the steps are the parent's.
        let parent = try history(folder)
        #expect(try state(forked, 0) == state(parent, 0))
        #expect(try parent.texts(.child).count == 1)
        // Also once the parent is closed, whose tracker is still in memory.
        try first.close()
        _ = try builder(folder, appID: "late")
            .initialize(from: StepPointer(appID: "app", step: 0)).build()
        #expect(try history(folder).texts(.child).count == 2)
        #expect(throws: BurrError.self) {
            try self.builder(folder, appID: "other")
                .initialize(from: StepPointer(appID: "nobody")).build()
        }
    }

    @Test func `an application that an action starts records who started it`() throws {
        let folder = try TemporaryFolder()
        let inner = ClosureAction("inner") { state, _ in state }
        let outer = ClosureAction("outer") { state, context in
            let child = try ApplicationBuilder().withActions(inner)
                .withIdentifiers(appID: "child").withParent(context).build()
            try child.run()
            return state
        }
        let app = try ApplicationBuilder().withActions(outer)
            .withIdentifiers(appID: "app")
            .withTracker(project: "demo", store: folder.path, raisesFailures: true)
            .build()
        try app.run()
        let child = try history(folder, "child")
        #expect(try child.meta()?.spawningParent == ParentPointer(appID: "app", step: 0))
        #expect(try history(folder).texts(.child).count == 1)
        #expect(try history(folder).branches.count == 1)
    }
}
