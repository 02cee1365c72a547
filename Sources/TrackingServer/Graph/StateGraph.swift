// SPDX-License-Identifier: Apache-2.0
// The state machine of an application, as Burr's graph.json describes it.

internal import FoundationEssentials

/// Actions and the transitions between them.
package struct StateGraph: Equatable, Sendable {
    /// One action.
    package struct Action: Equatable, Sendable {
        package var name: String
        package var reads: [String]
        package var writes: [String]
        /// What callers hand in, without what Burr itself injects.
        package var inputs: [String]
        /// Its source; `nil` where nobody recorded it.
        package var code: String?
    }

    /// A way from one action to another.
    package struct Transition: Equatable, Sendable {
        package var from: String
        package var to: String
        /// `nil` for the default one.
        package var condition: String?
    }

    package var entrypoint: String?
    package var actions: [Action]
    package var transitions: [Transition]

    /// Reads a `graph.json`; `nil` when it is none.
    package init?(_ json: [UInt8]) {
        let decoder = JSONDecoder()
        guard let file = try? decoder.decode(File.self, from: Data(json)) else { return nil }
        entrypoint = file.entrypoint
        actions = file.actions.map { action in
            // Burr writes required inputs as optional ones, and the other way round.
            let inputs = (action.inputs ?? []) + (action.optional_inputs ?? [])
            return Action(
                name: action.name,
                reads: action.reads ?? [],
                writes: action.writes ?? [],
                inputs: inputs.filter { !$0.hasPrefix("__") },
                code: action.code.flatMap { $0.isEmpty ? nil : $0 }
            )
        }
        transitions = file.transitions.map { transition in
            let isDefault = transition.condition == nil || transition.condition == "default"
            return Transition(
                from: transition.from_,
                to: transition.to,
                condition: isDefault ? nil : transition.condition
            )
        }
    }

    /// The graph that the steps themselves tell, where nobody recorded one.
    ///
    /// - Parameters:
    ///   - names: the actions' names.
    ///   - pairs: which action came after which.
    package init(actions names: [String], pairs: [(from: Int, to: Int)]) {
        entrypoint = names.first
        actions = names.map { Action(name: $0, reads: [], writes: [], inputs: []) }
        transitions = pairs.map {
            Transition(from: names[$0.from], to: names[$0.to], condition: nil)
        }
    }

    /// Burr's file, as far as it matters here.
    private struct File: Decodable {
        struct Action: Decodable {
            var name: String
            var reads: [String]?
            var writes: [String]?
            var inputs: [String]?
            var optional_inputs: [String]?
            var code: String?
        }

        struct Transition: Decodable {
            var from_: String
            var to: String
            var condition: String?
        }

        var entrypoint: String?
        var actions: [Action]
        var transitions: [Transition]
    }

    /// The inputs of all actions, each once, in their order.
    package var inputs: [String] {
        var seen: Set<String> = []
        return actions.flatMap(\.inputs).filter { seen.insert($0).inserted }
    }
}
