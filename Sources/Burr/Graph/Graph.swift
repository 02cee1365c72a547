// SPDX-License-Identifier: Apache-2.0
// The state machine as a whole.

/// The actions of an application and the ways between them.
struct Graph: Sendable {
    /// An action with what a step needs of it; shared, as every step takes one in hand.
    final class Node: Sendable {
        let action: any Action
        let body: ActionBody
        let scope: ActionScope
        let name: [UInt8]
        /// The name as JSON.
        let quotedName: [UInt8]
        let transitions: [Transition]
        /// Where each transition leads.
        let targets: [Int]

        init(_ action: any Action, _ transitions: [Transition], targets: [Int]) {
            self.action = action
            body = action.body
            scope = ActionScope(action)
            name = Array(action.name.utf8)
            quotedName = JSONValue.string(action.name).text
            self.transitions = transitions
            self.targets = targets
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
            let targets = ways.compactMap { way in names.firstIndex(of: way.to) }
            return Node(action, ways, targets: targets)
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
        let node = nodes[index]
        if node.transitions.isEmpty { return nil }
        for (transition, target) in zip(node.transitions, node.targets)
        where try transition.condition.holds(state) {
            return target
        }
        throw BurrError.noTransition(action: node.action.name)
    }

    /// Burr's `graph.json`.
    func json(entrypoint: String) -> JSONValue {
        .object([
            .init("type", "application"),
            .init("entrypoint", .string(entrypoint)),
            .init("actions", .array(nodes.map { Self.json($0.action) })),
            .init("transitions", .array(nodes.flatMap(\.transitions).map(Self.json))),
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
