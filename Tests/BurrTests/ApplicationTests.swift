// SPDX-License-Identifier: Apache-2.0
// The state machine: what runs next, what actions may do, and who hears of it.

import Synchronization
import Testing

@testable import Burr

private struct Boom: Error, CustomStringConvertible {
    let description = "it broke"
}

/// Notes the hooks it hears.
private final class Listener: LifecycleHook {
    private let notes = Mutex<[String]>([])

    var heard: [String] { notes.withLock { $0 } }

    private func note(_ text: String) { notes.withLock { $0.append(text) } }

    func applicationCreated(_ application: ApplicationInfo, state: State) { note("created") }
    func stepBegan(_ step: StepInfo, state: State, inputs: [String: JSONValue]) {
        note("begin \(step.sequence) \(step.action)")
    }
    func stepEnded(
        _ step: StepInfo,
        state: State,
        result: JSONValue?,
        error: (any Error)?
    ) {
        note("end \(step.sequence)\(error.map { " \($0)" } ?? "")")
    }
    func spanBegan(_ span: Span) { note("span \(span.id) in \(span.parentID ?? "-")") }
    func spanEnded(_ span: Span) { note("span end \(span.id)") }
    func attributesLogged(
        _ attributes: [(key: String, value: JSONValue)],
        span: Span?,
        step: StepInfo
    ) {
        note("log \(attributes.map(\.key)) in \(span?.id ?? "-")")
    }
    func streamBegan(_ step: StepInfo) { note("stream") }
    func streamItem(_ item: JSONValue, index: Int, step: StepInfo) { note("item \(index)") }
    func streamEnded(_ step: StepInfo, itemCount: Int) { note("stream end \(itemCount)") }
    func executeBegan(_ method: ExecuteMethod) { note("\(method.rawValue) begins") }
    func executeEnded(_ method: ExecuteMethod, error: (any Error)?) {
        note("\(method.rawValue) ends")
    }
}

@Suite struct ApplicationTests {
    private var count: ClosureAction {
        ClosureAction("count", reads: ["n"], writes: ["n"]) { state, _ in
            try state.incrementing("n")
        }
    }

    private func builder(_ action: any Action, _ hooks: any LifecycleHook...) -> ApplicationBuilder
    {
        var builder = ApplicationBuilder()
            .withActions(action, ClosureAction("done") { state, _ in state })
            .withTransitions(
                Transition(action.name, to: "done", when: .when("n", equals: 3)),
                Transition(action.name, to: action.name)
            )
            .withState(["n": 0, "other": "x"])
        for hook in hooks { builder = builder.withHooks(hook) }
        return builder
    }

    @Test func `transitions decide what runs, halts where it stops`() throws {
        let app = try builder(count).build()
        let halted = try app.run(haltBefore: ["done"])
        #expect(halted?.action == "count")
        #expect(app.nextAction == "done")
        #expect(
            app.state.json
                == #"{"n":3,"other":"x","__SEQUENCE_ID":2,"__PRIOR_STEP":"count"}"#
        )
        #expect(try app.run()?.action == "done")
        #expect(app.nextAction == nil)
        #expect(try app.step() == nil)
        var seen: [String] = []
        try builder(count).build().iterate { step in
            seen.append(step.action)
            return seen.count < 2
        }
        #expect(seen == ["count", "count"])
    }

    @Test func `a hook that throws at the end of a step leaves the step taken`() throws {
        struct Refusing: LifecycleHook {
            func stepEnded(
                _ step: StepInfo,
                state: State,
                result: JSONValue?,
                error: (any Error)?
            ) throws {
                if step.sequence == 1 { throw BurrError.state("not now") }
            }
        }
        let app = try builder(count, Refusing()).build()
        _ = try app.step()
        #expect(throws: BurrError.state("not now")) { try app.step() }
        #expect(
            app.state.json
                == #"{"n":2,"other":"x","__SEQUENCE_ID":1,"__PRIOR_STEP":"count"}"#
        )
        try app.run(haltAfter: ["count"])
        #expect(app.state["n"] == 3 && app.nextAction == "done")
    }

    @Test func `a halt that names an action there is not is an error, before anything runs`() {
        for halt in [(["typo"], []), ([], ["typo"])] as [([String], [String])] {
            #expect(throws: BurrError.unknownAction("typo", known: ["count", "done"])) {
                let app = try builder(count).build()
                defer { #expect(app.sequence == -1) }
                try app.run(haltBefore: halt.0, haltAfter: halt.1)
            }
        }
    }

    @Test func `a context that an action keeps stays that of its step`() throws {
        let kept = Mutex<[ActionContext]>([])
        let keeping = ClosureAction("keep", reads: ["n"], writes: ["n"]) { state, context in
            if context.step.sequence < 2 { kept.withLock { $0.append(context) } }
            try context.withSpan("span") { _ in }
            return state
        }
        let listener = Listener()
        let app = try builder(keeping, listener).build()
        for _ in 0..<4 { _ = try app.step() }
        let contexts = kept.withLock { $0 }
        #expect(contexts.map(\.step.sequence) == [0, 1])
        for context in contexts { try context.withSpan("late") { _ in } }
        #expect(
            listener.heard.filter { $0.hasPrefix("span ") && !$0.hasPrefix("span end") } == [
                "span 0:0 in -", "span 1:0 in -", "span 2:0 in -", "span 3:0 in -",
                "span 0:1 in -", "span 1:1 in -",
            ]
        )
    }

    @Test func `undeclared reads and writes are named`() throws {
        let writer = ClosureAction("writer", reads: ["n"], writes: ["n"]) { state, _ in
            state.updating("other", "y")
        }
        #expect(
            throws: BurrError.undeclaredWrite(action: "writer", key: "other", writes: ["n"])
        ) { try builder(writer).build().step() }
        let remover = ClosureAction("remover", writes: ["n"]) { _, _ in ["n": 1] }
        #expect(throws: BurrError.self) { try builder(remover).build().step() }
        let reader = ClosureAction("reader", reads: ["n"]) { state, _ in
            #expect(state["other"] == nil)
            _ = try state.value("other", as: String.self)
            return state
        }
        #expect(
            throws: BurrError.undeclaredRead(action: "reader", key: "other", reads: ["n"])
        ) { try builder(reader).build().step() }
        let silent = ClosureAction("silent", writes: ["m"]) { state, _ in state }
        #expect(
            throws: BurrError.missingWrite(action: "silent", key: "m", writes: ["m"])
        ) { try builder(silent).build().step() }
    }

    @Test func `an error leaves the state, and the action runs again`() throws {
        let listener = Listener()
        let flaky = ClosureAction("flaky", reads: ["n"], writes: ["n"], inputs: ["fails"]) {
            state,
            context in
            if try context.input("fails", as: Bool.self) { throw Boom() }
            return try state.incrementing("n")
        }
        let app = try builder(flaky, listener).build()
        #expect(throws: Boom.self) { try app.step(inputs: ["fails": true]) }
        #expect(try app.state.value("n", as: Int.self) == 0)
        #expect(throws: BurrError.self) { try app.step() }
        #expect(throws: BurrError.self) { try app.step(inputs: ["fails": false, "x": 1]) }
        #expect(try app.step(inputs: ["fails": false])?.action == "flaky")
        #expect(
            listener.heard.filter { !$0.contains("step") } == [
                "created", "begin 0 flaky", "end 0 it broke", "begin 1 flaky", "end 1",
            ]
        )
    }

    @Test func `spans nest, and attributes belong to them`() throws {
        let listener = Listener()
        let traced = ClosureAction("traced", reads: ["n"], writes: ["n"]) { state, context in
            try context.log(["a": 1])
            try context.withSpan("outer") { outer in
                try outer.withSpan("inner") { inner in try inner.log(["b": [1, nil]]) }
                try outer.withSpan("second") { _ in }
            }
            return state
        }
        _ = try builder(traced, listener).build().step()
        #expect(
            listener.heard.filter { $0.hasPrefix("span") || $0.hasPrefix("log") } == [
                "log [\"a\"] in -", "span 0:0 in -", "span 0:0.0 in 0:0", "log [\"b\"] in 0:0.0",
                "span end 0:0.0", "span 0:0.1 in 0:0", "span end 0:0.1", "span end 0:0",
            ]
        )
    }

    @Test func `a stream hands out its items, then the step ends, then the stream`() async throws {
        let listener = Listener()
        let stream = ClosureAction(
            "stream",
            reads: ["n"],
            writes: ["n"],
            body: .streaming { state, _, sink in
                for word in ["a", "b"] { try await sink.yield(.string(word)) }
                return ActionOutput(state.updating("n", 3), result: ["text": "ab"])
            }
        )
        let app = try builder(stream, listener).build()
        let items = Mutex<[JSONValue]>([])
        let last = try await app.stream(haltAfter: ["stream"]) { item in
            items.withLock { $0.append(item) }
        }
        #expect(items.withLock { $0 } == ["a", "b"])
        #expect(last?.result == ["text": "ab"])
        #expect(
            listener.heard.dropFirst() == [
                "stream begins", "begin 0 stream", "stream", "item 0", "item 1", "end 0",
                "stream end 2", "stream ends",
            ]
        )
        #expect(throws: BurrError.needsAsync(action: "stream")) {
            try self.builder(stream).build().step()
        }
    }

    @Test func `what is missing is said when the application is built`() throws {
        #expect(throws: BurrError.self) { try ApplicationBuilder().build() }
        #expect(throws: BurrError.duplicateAction("count")) {
            try ApplicationBuilder().withActions(count, count).build()
        }
        #expect(throws: BurrError.unknownAction("nowhere", known: ["count"])) {
            try ApplicationBuilder().withActions(count)
                .withTransitions(Transition("count", to: "nowhere")).build()
        }
        #expect(throws: BurrError.self) {
            try ApplicationBuilder().withActions(count).initialize().build()
        }
    }

    @Test func `steps are a sequence, whose call ends with the loop however it ends`() async throws
    {
        let listener = Listener()
        let endless = ApplicationBuilder().withActions(count)
            .withTransitions(Transition("count", to: "count"))
            .withState(["n": 0]).withHooks(listener)
        let app = try endless.build()
        var numbers: [Int] = []
        for try await step in app.iterate() {
            numbers.append(try step.state.value("n"))
            if numbers.count == 3 { break }
        }
        #expect(numbers == [1, 2, 3])
        var halted = 0
        for try await _ in app.iterate(haltAfter: ["count"]) { halted += 1 }
        #expect(halted == 1)
        let failing = ClosureAction("count") { _, _ in throw Boom() }
        let other = try ApplicationBuilder().withActions(failing).withHooks(listener).build()
        await #expect(throws: Boom.self) { for try await _ in other.iterate() {} }
        let calls = listener.heard.filter { $0.hasPrefix("iterate") }
        #expect(
            calls == Array(repeating: ["iterate begins", "iterate ends"], count: 3).flatMap(\.self)
        )
    }
}
