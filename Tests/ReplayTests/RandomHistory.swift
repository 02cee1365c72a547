// SPDX-License-Identifier: Apache-2.0
// Histories of states as programs of many kinds leave them.

import Generators

/// The way the states of a history differ from one another.
enum Shape: String, CaseIterable {
    /// Anything changes anywhere: members come and go, lists are reordered, types change.
    case mixed
    /// Every state is another value altogether.
    case replaced
    /// A change far down.
    case deep
    /// A change in one of very many members.
    case wide
    /// Text that comes in pieces, then is taken back.
    case streamed
    /// A list that grows for a while and shrinks for a while.
    case tide
}

/// The text of the state before the first step, and after each.
struct RandomHistory {
    private(set) var states: [[UInt8]]
    private var random: Random
    private var tree: Tree

    init(_ shape: Shape, steps: Int) {
        random = Random("history \(shape)")
        states = []
        tree = .object([])
        tree = start(shape)
        states = [Array(tree.json.utf8)]
        for step in 0..<steps {
            // Every now and then a step changes nothing.
            if !random.chance(5) { move(shape, step) }
            states.append(Array(tree.json.utf8))
        }
    }

    private mutating func start(_ shape: Shape) -> Tree {
        switch shape {
        case .mixed, .replaced: random.tree(5)
        case .deep: RandomHistory.nest(.scalar("0"), 120)
        case .wide: .object((0..<1_030).map { (key: "key \($0)", value: random.scalar()) })
        case .streamed:
            .object([("role", .text("assistant")), ("content", .text("")), ("done", .list([]))])
        case .tide: .object([("items", .list([])), ("count", .scalar("0"))])
        }
    }

    private mutating func move(_ shape: Shape, _ step: Int) {
        switch shape {
        case .mixed: tree = random.changed(tree, 5)
        case .replaced: tree = random.tree(4)
        case .deep: tree = RandomHistory.nest(random.tree(1), 118 + random.below(4))
        case .wide: moveWide()
        case .streamed: moveStreamed()
        case .tide: moveTide(step)
        }
    }

    private mutating func moveWide() {
        guard case .object(var members) = tree else { return }
        for _ in 0...random.below(3) {
            members[random.below(members.count)].value = random.tree(2)
        }
        if random.chance(10) { members.remove(at: random.below(members.count)) }
        if random.chance(2) { members.shuffle(using: &random) }
        tree = .object(members)
    }

    private mutating func moveStreamed() {
        guard case .object(var members) = tree, case .text(let text) = members[1].value,
            case .list(let done) = members[2].value
        else { return }
        if random.chance(3) {
            members[1].value = .text("")
            members[2].value = .list(done + [.text(text)])
        } else {
            members[1].value = .text(text + random.content(4))
        }
        tree = .object(members)
    }

    private mutating func moveTide(_ step: Int) {
        guard case .object(var members) = tree, case .list(var items) = members[0].value else {
            return
        }
        if step % 80 < 50 {
            items.append(.object([("id", .scalar("\(step)")), ("value", random.tree(2))]))
        } else {
            items.removeLast(min(items.count, 1 + random.below(3)))
            if random.chance(30), !items.isEmpty { items.removeFirst() }
        }
        members[1].value = .scalar("\(items.count)")
        members[0].value = .list(items)
        tree = .object(members)
    }

    private static func nest(_ tree: Tree, _ depth: Int) -> Tree {
        (0..<depth).reduce(tree) { inner, level in
            level % 2 == 0 ? .list([.scalar("1"), inner]) : .object([("in", inner)])
        }
    }
}
