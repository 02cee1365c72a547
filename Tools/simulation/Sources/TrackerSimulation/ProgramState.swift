// What a random program's application has in its state, and how it changes.

internal import Simulation
internal import Tracking

/// A change of a state.
enum StateEdit {
    case set(key: [UInt8], value: [UInt8])
    case remove(key: [UInt8])
    case append(key: [UInt8], count: Int, values: [[UInt8]])

    func write(to edits: inout EditWriter) {
        switch self {
        case .set(let key, let value): edits.set(key, value)
        case .remove(let key): edits.remove(key)
        case .append(let key, let count, let values): edits.append(key, after: count, values)
        }
    }
}

/// The state of an application: members in their order, as compact JSON.
struct ProgramState: Sendable {
    private enum Value {
        case plain(String)
        case list([String])

        var text: String {
            switch self {
            case .plain(let text): text
            case .list(let elements): "[\(elements.joined(separator: ","))]"
            }
        }
    }

    private var members: [(key: String, value: Value)] = [("serial", .plain("0"))]

    /// Compact JSON.
    var text: [UInt8] {
        let inner = members.map { "\"\($0.key)\":\($0.value.text)" }.joined(separator: ",")
        return Array("{\(inner)}".utf8)
    }

    /// Moves on by one step.
    ///
    /// - Parameters:
    ///   - serial: tells this state from all others.
    ///   - wordiness: about how many bytes a message has.
    ///   - random: what decides.
    /// - Returns: the changes, in order.
    mutating func change(
        serial: Int,
        wordiness: Int,
        _ random: inout SeededRandom
    ) -> [StateEdit] {
        var edits = [set("serial", .plain("\(serial)"))]
        for _ in 0..<random.below(4) {
            if let edit = changeOne(serial, wordiness, &random) { edits.append(edit) }
        }
        return edits
    }

    private mutating func changeOne(
        _ serial: Int,
        _ wordiness: Int,
        _ random: inout SeededRandom
    ) -> StateEdit? {
        switch random.below(8) {
        case 0, 1, 2: return say(serial, wordiness, &random)
        case 3: return set("count", .plain("\(random.below(5))"))
        case 4:
            // Keys that come, and come again.
            return set("key\(random.below(12))", .plain(Self.value(wordiness, &random)))
        case 5: return removeOne(&random)
        case 6:
            guard case .list(let messages) = value("chat"), messages.count > 4 else { return nil }
            return set("chat", .list(Array(messages.suffix(2))))
        default:
            let nested = "{\"at\":{\"x\":\(random.below(3)),\"y\":[1.0,-0,1e5]},\"n\":null}"
            return set("nested", .plain(nested))
        }
    }

    /// Appends to the conversation.
    private mutating func say(
        _ serial: Int,
        _ wordiness: Int,
        _ random: inout SeededRandom
    ) -> StateEdit {
        guard case .list(let messages) = value("chat") else { return set("chat", .list([])) }
        let more = (0...random.below(2)).map { index in
            "{\"role\":\"r\(index)\",\"text\":\(Self.value(wordiness, &random))}"
        }
        _ = set("chat", .list(messages + more))
        return .append(
            key: Array("chat".utf8),
            count: messages.count,
            values: more.map { Array($0.utf8) }
        )
    }

    private mutating func removeOne(_ random: inout SeededRandom) -> StateEdit? {
        guard members.count > 1 else { return nil }
        let key = members.remove(at: 1 + random.below(members.count - 1)).key
        return .remove(key: Array(key.utf8))
    }

    private func value(_ key: String) -> Value? {
        members.first { $0.key == key }?.value
    }

    private mutating func set(_ key: String, _ value: Value) -> StateEdit {
        if let index = members.firstIndex(where: { $0.key == key }) {
            members[index].value = value
        } else {
            members.append((key, value))
        }
        return .set(key: Array(key.utf8), value: Array(value.text.utf8))
    }

    /// A string, of random words or of one word many times.
    private static func value(_ wordiness: Int, _ random: inout SeededRandom) -> String {
        let count = random.below(wordiness + 1)
        if random.chance(1, of: 3) {
            return "\"" + String(repeating: "so ", count: count / 3) + "\""
        }
        let letters = Array("abcdefghijklmnopqrstuvwxyz ABCDEFGH0123456789".utf8)
        let bytes = (0..<count).map { _ in random.pick(letters) }
        return "\"" + String(decoding: bytes, as: UTF8.self) + "\\n\\u00e9\""
    }
}
