// SPDX-License-Identifier: Apache-2.0

/// JSON values as trees that keep their spelling, to make and change random texts.
package indirect enum Tree {
    case scalar(String)
    case text(String)
    case list([Tree])
    case object([(key: String, value: Tree)])

    package var json: String {
        switch self {
        case .scalar(let text): text
        case .text(let content): "\"\(content)\""
        case .list(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\"\($0.key)\":\($0.value.json)" }.joined(separator: ",") + "}"
        }
    }
}

extension Random {
    package mutating func scalar() -> Tree {
        .scalar(
            pick([
                "0", "1", "-0", "12", "123", "1.0", "1e400", "-2.50E-3", "1180591620717411303424",
                "true", "false", "null", "7", "77", "777",
            ])
        )
    }

    package mutating func content(_ most: Int) -> String {
        let pieces = [
            "a", "b", "ab", "hello ", "\\n", "\\\\", "\\\"", "\\u0041", "\\ud800", "\\ud83d\\ude00",
            "\u{E9}", "\u{20AC}", "\u{1F600}", "\\/", "]", "}", ",", ":", "{", "[", "u", "n",
            "0041",
        ]
        return (0..<below(most + 1)).map { _ in pick(pieces) }.joined()
    }

    package mutating func key() -> String {
        chance(85)
            ? pick(["a", "b", "c", "history", "role", "x", "__SEQUENCE_ID", "__PRIOR_STEP", "k1"])
            : pick(["", "\\u0061", "a/b", "a~b", "\u{E9}", "\\\"", "ab", "c" + content(30)])
    }

    package mutating func tree(_ depth: Int) -> Tree {
        let kind = below(depth > 0 ? 10 : 5)
        switch kind {
        case 0...2: return scalar()
        case 3, 4: return .text(content(chance(10) ? 60 : 6))
        case 5...7:
            var members: [(key: String, value: Tree)] = []
            for _ in 0..<below(6) {
                let key = key()
                if chance(3) || !members.contains(where: { $0.key == key }) {
                    members.append((key, tree(depth - 1)))
                }
            }
            return .object(members)
        default: return .list((0..<below(chance(10) ? 30 : 6)).map { _ in tree(depth - 1) })
        }
    }

    /// A tree that differs from another in a few places, as states of programs do.
    package mutating func changed(_ tree: Tree, _ depth: Int) -> Tree {
        if chance(4) { return self.tree(depth) }
        switch tree {
        case .scalar: return scalar()
        case .text(let content): return changedText(content)
        case .list(let elements): return .list(changedList(elements, depth))
        case .object(let members): return .object(changedMembers(members, depth))
        }
    }

    private mutating func changedText(_ content: String) -> Tree {
        switch below(4) {
        case 0: return .text(content + self.content(4))
        case 1: return .text(self.content(4) + content)
        default: return .text(self.content(6))
        }
    }

    private mutating func changedList(_ list: [Tree], _ depth: Int) -> [Tree] {
        var list = list
        switch below(7) {
        case 0: list.append(tree(depth - 1))
        case 1: list.insert(tree(depth - 1), at: below(list.count + 1))
        case 2:
            if !list.isEmpty { list.removeFirst(min(list.count, 1 + below(3))) }
            list.append(tree(depth - 1))
        case 3: if !list.isEmpty { list.remove(at: below(list.count)) }
        case 4: list.shuffle(using: &self)
        default:
            for index in list.indices where chance(30) {
                list[index] = changed(list[index], depth - 1)
            }
        }
        return list
    }

    private mutating func changedMembers(
        _ members: [(key: String, value: Tree)],
        _ depth: Int
    ) -> [(key: String, value: Tree)] {
        var members = members
        switch below(8) {
        case 0: members.append((key(), tree(depth - 1)))
        case 1: members.insert((key(), tree(depth - 1)), at: below(members.count + 1))
        case 2: if !members.isEmpty { members.remove(at: below(members.count)) }
        case 3: members.shuffle(using: &self)
        default:
            for index in members.indices where chance(40) {
                members[index].value = changed(members[index].value, depth - 1)
            }
        }
        return members
    }
}
