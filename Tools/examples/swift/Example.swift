// SPDX-License-Identifier: Apache-2.0
// A first application: a loop, a branch, an error, spans and a fork. Run it, then replay it:
//
//     swift run burr-example
//     swift run burr log demo/counter
//     swift run burr replay demo/counter --step 3

import Burr

/// Counts up to a limit and says whether the number is even.
struct Count: SyncAction {
    let name = "count"
    let reads = ["n"]
    let writes = ["n", "log"]

    func run(_ state: State, _ context: ActionContext) throws -> ActionOutput {
        let next = try state.incrementing("n")
        let value = try next.value("n", as: Int.self)
        try context.withSpan("look") { span in
            try span.log(["even": JSONValue(value.isMultiple(of: 2))])
        }
        let line = "counted to \(value)"
        return ActionOutput(try next.appending("log", line), result: ["line": .string(line)])
    }
}

/// Fails once, as a service would.
struct CallService: SyncAction {
    struct Unavailable: Error {}

    let name = "call"
    let reads = ["attempts"]
    let writes = ["attempts", "answer"]
    let inputs = ["isUp"]

    func run(_ state: State, _ context: ActionContext) throws -> ActionOutput {
        guard try context.input("isUp", as: Bool.self) else { throw Unavailable() }
        return ActionOutput(try state.incrementing("attempts").updating("answer", "fine"))
    }
}

@main
struct Example {
    static func builder() -> ApplicationBuilder {
        ApplicationBuilder()
            .withActions(Count(), CallService())
            .withTransitions(
                Transition(
                    "count",
                    to: "count",
                    when: .expression("n < 5") { try $0.value("n", as: Int.self) < 5 }
                ),
                Transition("count", to: "call")
            )
            .withState(["n": 0, "log": [], "attempts": 0])
            .withEntrypoint("count")
            .withTracker(project: "demo")
    }

    static func main() throws {
        let app = try builder().withIdentifiers(appID: "counter").build()
        // The loop, then the branch to "call".
        try app.run(haltBefore: ["call"])
        // The error: the state stays as it was, and the action runs again.
        do { _ = try app.step(inputs: ["isUp": false]) } catch {
            print("the call failed: \(error)")
        }
        try app.run(inputs: ["isUp": true])
        print("counter: \(app.state.json)")
        try app.close()

        // The fork: another application goes on from step 2.
        let fork = try builder()
            .withIdentifiers(appID: "counter-fork")
            .initialize(from: StepPointer(appID: "counter", step: 2))
            .build()
        try fork.run(haltBefore: ["call"])
        print("fork: \(fork.state.json)")
        try fork.close()
    }
}
