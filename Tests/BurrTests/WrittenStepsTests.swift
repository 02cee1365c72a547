// SPDX-License-Identifier: Apache-2.0
// What happened before the program's own code runs is in the file by then: a kill loses none of it.

import EventLog
import Synchronization
import Testing
import Tracking

@testable import Burr

@Suite struct WrittenStepsTests {
    /// What another process would find in the log.
    private struct Found: Equatable {
        var begun: Int64?
        var ended: Int64?
    }

    /// Looks into an application's log from outside, each time the program's own code runs.
    private final class Witness: Sendable {
        private let folder: String
        private let mistakes = Mutex<[String]>([])
        let looks = Atomic(0)

        init(store: String) {
            folder = "\(store)/demo/app"
        }

        func found() throws -> Found {
            let names = try FileSystem().list(folder).compactMap { SegmentName($0.name) }
            let branch = try #require(names.map(\.branch).max())
            let reader = try LogReader(storage: FileSystem(), directory: folder, branch: branch)
            var found = Found(ended: try reader.lastEnded())
            for segment in reader.segments.map(\.header.segment) {
                _ = try reader.scan(segment: segment) { record in
                    if record.type == .stepBegin { found.begun = record.step ?? found.begun }
                    return .proceed
                }
            }
            return found
        }

        func expect(begun: Int, ended: Int, _ place: String) {
            looks.add(1, ordering: .relaxed)
            let wanted = Found(
                begun: begun < 0 ? nil : Int64(begun),
                ended: ended < 0 ? nil : Int64(ended)
            )
            let found = try? found()
            if found != wanted {
                mistakes.withLock {
                    $0.append("\(place): \(String(describing: found)), not \(wanted)")
                }
            }
        }

        func check() {
            #expect(mistakes.withLock { $0 } == [])
        }
    }

    private func builder(
        _ folder: borrowing TemporaryFolder,
        _ witness: Witness,
        _ durability: TrackingDurability,
        last: String
    ) -> ApplicationBuilder {
        let look: @Sendable (State, ActionContext) throws -> State = { state, context in
            let step = context.step.sequence
            witness.expect(begun: step, ended: step - 1, context.step.action)
            return try state.incrementing("n")
        }
        return ApplicationBuilder()
            .withActions(
                ClosureAction("one", reads: ["n"], writes: ["n"], look),
                ClosureAction("two", reads: ["n"], writes: ["n"], look),
                ClosureAction("asking", reads: ["n"], writes: ["n"], inputs: ["x"], look),
                ClosureAction("failing", reads: ["n"], writes: ["n"]) { state, context in
                    _ = try look(state, context)
                    throw BurrError.state("on purpose")
                },
                ClosureAction(
                    "waiting",
                    reads: ["n"],
                    writes: ["n"],
                    body: .async { state, context in ActionOutput(try look(state, context)) }
                )
            )
            .withTransitions(
                Transition("one", to: "two"),
                Transition("two", to: "asking", when: .when("n", equals: 20)),
                Transition("two", to: last, when: .when("n", equals: 41)),
                Transition("two", to: "one"),
                Transition("asking", to: "one")
            )
            .withState(["n": 0])
            .tracked(in: folder, durability)
    }

    @Test(arguments: [TrackingDurability.os, .standard], ["failing", "waiting"])
    func `when the program's code runs every step before it is in the file`(
        durability: TrackingDurability,
        last: String
    ) throws {
        let folder = try TemporaryFolder()
        let witness = Witness(store: folder.path)
        let app = try builder(folder, witness, durability, last: last).build()
        func returned() { witness.expect(begun: app.sequence, ended: app.sequence, "returned") }

        try app.run(haltAfter: ["two"])
        returned()
        try app.run(haltBefore: ["two"])
        returned()
        _ = try app.step()
        returned()
        // The next action wants an input that `run` does not have.
        #expect(throws: BurrError.self) { try app.run() }
        #expect(app.nextAction == "asking")
        returned()
        try app.run(haltAfter: ["asking"], inputs: ["x": 1])
        returned()
        // It throws, or it waits, which a synchronous call cannot.
        #expect(throws: BurrError.self) { try app.run() }
        #expect(app.nextAction == last)
        returned()
        #expect(witness.looks.load(ordering: .relaxed) > 40)
        witness.check()
    }

    @Test func `hooks find every step before them in the file`() throws {
        struct Looking: LifecycleHook {
            let witness: Witness

            func stepBegan(_ step: StepInfo, state: State, inputs: [String: JSONValue]) {
                let before = step.sequence - 1
                witness.expect(begun: before, ended: before, "began")
            }

            func stepEnded(
                _ step: StepInfo,
                state: State,
                result: JSONValue?,
                error: (any Error)?
            ) {
                witness.expect(begun: step.sequence, ended: step.sequence - 1, "ended")
            }
        }
        let folder = try TemporaryFolder()
        let witness = Witness(store: folder.path)
        let app = try builder(folder, witness, .os, last: "failing")
            .withHooks(Looking(witness: witness))
            .build()
        #expect(throws: BurrError.self) { try app.run() }
        witness.check()
    }
}
