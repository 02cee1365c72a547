// SPDX-License-Identifier: Apache-2.0
// Transitions: the edges of the state machine.

/// A way from one action to the next one.
public struct Transition: Sendable {
    /// The action it leaves.
    public let from: String
    /// The action it leads to.
    public let to: String
    /// When it is taken.
    public let condition: Condition

    /// A way that is taken when the condition holds and no earlier one's did.
    public init(_ from: String, to: String, when condition: Condition = .default) {
        self.from = from
        self.to = to
        self.condition = condition
    }
}

/// A question to the state.
public struct Condition: Sendable {
    /// How logs show it.
    public let name: String
    // One of the two, or none. Not an enumeration: to ask that is to copy it first.
    private(set) var equality: Equality?
    private var expression: (@Sendable (State) throws -> Bool)?

    /// A key and the value it is to have.
    final class Equality: Sendable {
        let key: String
        let value: State.Field

        init(_ key: String, _ value: State.Field) {
            self.key = key
            self.value = value
        }

        func holds(in state: State) -> Bool {
            guard let index = state.index(of: key) else { return false }
            return state.fields[index].isEqual(to: value)
        }
    }

    /// Holds always.
    public static let `default` = Condition(name: "default")

    /// Holds where a key has a value.
    public static func when(_ key: String, equals value: JSONValue) -> Condition {
        let text = value.text
        return Condition(
            name: "\(key)=\(String(decoding: text, as: UTF8.self))",
            equality: Equality(key, State.Field(text: text))
        )
    }

    /// Holds where an expression of the state is true.
    ///
    /// - Parameters:
    ///   - name: the expression as logs show it.
    ///   - holds: what it says.
    /// - Returns: the condition.
    public static func expression(
        _ name: String,
        _ holds: @escaping @Sendable (State) throws -> Bool
    ) -> Condition {
        Condition(name: name, expression: holds)
    }

    /// Whether it holds in a state.
    ///
    /// - Throws: what the expression throws.
    @inline(__always)
    func holds(in state: State) throws -> Bool {
        if let equality { return equality.holds(in: state) }
        if let expression { return try expression(state) }
        return true
    }
}
