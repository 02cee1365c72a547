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
    let holds: @Sendable (State) throws -> Bool

    /// Holds always.
    public static let `default` = Condition(name: "default") { _ in true }

    /// Holds where a key has a value.
    public static func when(_ key: String, equals value: JSONValue) -> Condition {
        let text = value.text
        let wanted = State.Field(text: text)
        return Condition(name: "\(key)=\(String(decoding: text, as: UTF8.self))") { state in
            state.field(key)?.isEqual(to: wanted) ?? false
        }
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
        Condition(name: name, holds: holds)
    }
}
