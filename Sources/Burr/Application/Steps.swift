// SPDX-License-Identifier: Apache-2.0
// The steps of an application as a sequence: one is run each time one is asked for.

extension Application {
    /// The steps until the end, or a halt, each run when it is asked for.
    ///
    ///     for try await step in app.iterate(haltAfter: ["answer"]) { print(step.action) }
    ///
    /// - Parameters:
    ///   - haltBefore: actions before which it halts, once a step was run.
    ///   - haltAfter: actions after which it halts.
    ///   - inputs: what the first action takes from outside.
    /// - Returns: the steps; the loop throws what an action throws.
    public func iterate(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:]
    ) -> Steps {
        Steps(application: self, haltBefore: haltBefore, haltAfter: haltAfter, inputs: inputs)
    }
}

/// The steps of an application that are still to be run.
public struct Steps: AsyncSequence {
    fileprivate let application: Application
    fileprivate let haltBefore: [String]
    fileprivate let haltAfter: [String]
    fileprivate let inputs: [String: JSONValue]

    /// Begins where the application stands.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Runs one step after the other; the call ends with the last one, or with the loop.
    public final class Iterator: AsyncIteratorProtocol {
        private enum Phase {
            case new, running, over
        }

        private let steps: Steps
        private var inputs: [String: JSONValue]
        private var halts: Application.Halts?
        private var phase = Phase.new

        fileprivate init(_ steps: Steps) {
            self.steps = steps
            inputs = steps.inputs
        }

        deinit {
            // The loop was left early.
            if phase == .running { try? steps.application.callEnded(.iterate) }
        }

        /// Runs the next step.
        ///
        /// - Returns: what it came to; `nil` at the end.
        /// - Throws: what the action throws.
        public func next() async throws -> StepResult? {
            let application = steps.application
            if phase == .over { return nil }
            if phase == .new {
                halts = try application.halts(before: steps.haltBefore, after: steps.haltAfter)
                try application.callBegan(.iterate)
                phase = .running
            }
            do {
                let done = try await application.advance(inputs) { _ in }
                inputs = [:]
                let result = done.map { application.result(of: $0) }
                if let done, let halts, !application.isHalted(behind: done, halts) {
                    return result
                }
                phase = .over
                try application.callEnded(.iterate)
                return result
            } catch {
                if phase == .running { application.callFailed(.iterate, error) }
                phase = .over
                throw error
            }
        }
    }
}
