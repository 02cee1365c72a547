// SPDX-License-Identifier: Apache-2.0
// The state machine as a whole.

/// The actions of an application and the ways between them.
struct Graph: Sendable {
    /// An action with what a step needs of it; shared, as every step takes one in hand.
    final class Node: Sendable {
        let action: any Action
        let body: ActionBody
        private let syncBody: (@Sendable (State, ActionContext) throws -> ActionOutput)?
        let scope: ActionScope
        /// The inputs it cannot run without.
        let inputs: [String]
        let name: [UInt8]
        /// The name as JSON, as states have it.
        let nameField: State.Field
        let ways: [Way]
        private let lent: [Lent<Way>]

        init(_ action: any Action, _ ways: [Way]) {
            self.action = action
            body = action.body
            scope = ActionScope.of(action)
            inputs = action.inputs
            if case .sync(let body) = body { syncBody = body } else { syncBody = nil }
            name = Array(action.name.utf8)
            nameField = .text(JSONValue.string(action.name).text)
            self.ways = ways
            lent = ways.map { Lent($0) }
        }

        /// Whether a synchronous call can run it.
        var isSync: Bool { syncBody != nil }

        /// Whether a synchronous call without inputs can always begin it.
        var isAlwaysReady: Bool { isSync && inputs.isEmpty }

        /// Runs an action that is synchronous.
        func run(_ state: State, _ context: ActionContext) throws -> ActionOutput {
            // Only asked for where `isSync`.
            // swift-format-ignore: NeverForceUnwrap
            try syncBody!(state, context)
        }

        /// The action after it; `nil` where it is the last.
        func next(in state: State) throws -> Int? {
            if ways.isEmpty { return nil }
            for index in lent.indices {
                let target = try lent[index].use { way throws in
                    try way.isTaken(in: state) ? way.target : nil
                }
                if let target { return target }
            }
            throw BurrError.noTransition(action: action.name)
        }

        /// Checks what a step is given.
        func check(_ given: [String: JSONValue]) throws(BurrError) {
            if !inputs.allSatisfy({ given[$0] != nil }) {
                throw .missingInput(
                    action: action.name,
                    inputs: inputs,
                    given: given.keys.sorted()
                )
            }
            let known = inputs + action.optionalInputs
            for name in given.keys.sorted() where !known.contains(name) {
                throw .unknownInput(action: action.name, input: name, known: known)
            }
        }
    }

    /// A transition with the place of the action it leads to.
    final class Way: Sendable {
        let transition: Transition
        let target: Int
        private let equality: Lent<Condition.Equality>?

        init(_ transition: Transition, to target: Int) {
            self.transition = transition
            self.target = target
            equality = transition.condition.equality.map { Lent($0) }
        }

        @inline(__always)
        fileprivate func isTaken(in state: State) throws -> Bool {
            if let equality { return equality.use { $0.holds(in: state) } }
            return try transition.condition.holds(in: state)
        }
    }

    let nodes: [Node]

    init(_ actions: [any Action], _ transitions: [Transition]) throws(BurrError) {
        let names = actions.map(\.name)
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw .duplicateAction(name)
        }
        for transition in transitions {
            for name in [transition.from, transition.to] where !names.contains(name) {
                throw .unknownAction(name, known: names)
            }
        }
        nodes = actions.map { action in
            let ways = transitions.filter { $0.from == action.name }
            return Node(
                action,
                ways.compactMap { way in
                    names.firstIndex(of: way.to).map { Way(way, to: $0) }
                }
            )
        }
    }

    func index(of name: String) throws(BurrError) -> Int {
        guard let index = nodes.firstIndex(where: { $0.action.name == name }) else {
            throw .unknownAction(name, known: nodes.map(\.action.name))
        }
        return index
    }

    /// The action after one; `nil` where it is the last.
    func next(after index: Int, in state: State) throws -> Int? {
        try nodes[index].next(in: state)
    }

    /// Burr's `graph.json`.
    func json(entrypoint: String) -> JSONValue {
        .object([
            .init("type", "application"),
            .init("entrypoint", .string(entrypoint)),
            .init("actions", .array(nodes.map { Self.json($0.action) })),
            .init("transitions", .array(nodes.flatMap(\.ways).map { Self.json($0.transition) })),
        ])
    }

    private static func json(_ action: any Action) -> JSONValue {
        .object([
            .init("type", "action"),
            .init("name", .string(action.name)),
            .init("reads", JSONValue(action.reads)),
            .init("writes", JSONValue(action.writes)),
            .init("code", .string(action.source)),
            // As in every graph.json: Burr takes required inputs for optional ones.
            .init("inputs", JSONValue(action.optionalInputs)),
            .init("optional_inputs", JSONValue(action.inputs)),
        ])
    }

    private static func json(_ transition: Transition) -> JSONValue {
        .object([
            .init("type", "transition"),
            .init("from_", .string(transition.from)),
            .init("to", .string(transition.to)),
            .init("condition", .string(transition.condition.name)),
        ])
    }
}
