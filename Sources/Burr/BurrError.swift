// SPDX-License-Identifier: Apache-2.0
// What can go wrong in an application, apart from what its own actions throw.

/// An error of the framework: what was wrong, where, and what to do about it.
public enum BurrError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text is no state.
    case state(String)
    case noSuchKey(key: String, keys: [String])
    case wrongType(key: String, wanted: String, text: String)
    case notEncodable(key: String, reason: String)
    case undeclaredRead(action: String, key: String, reads: [String])
    case undeclaredWrite(action: String, key: String, writes: [String])
    case missingWrite(action: String, key: String, writes: [String])
    case missingInput(action: String, inputs: [String], given: [String])
    case unknownInput(action: String, input: String, known: [String])
    /// The application is not complete; the text says what is missing.
    case incomplete(String)
    case unknownAction(String, known: [String])
    case duplicateAction(String)
    /// A synchronous call met an action that only runs asynchronously.
    case needsAsync(action: String)
    /// A stream was asked of an action that does not stream.
    case notStreaming(action: String)
    /// No transition of the action applies, and none is the default.
    case noTransition(action: String)
    /// An earlier state could not be loaded.
    case loading(String)
    /// The tracker could not record something, and was told to say so.
    case tracking(String)

    /// One or two sentences: what, where, and what to do.
    public var description: String {
        switch self {
        case .state(let reason): "this is no state: \(reason)"
        case .noSuchKey(let key, let keys):
            "the state has no '\(key)'; it has: \(Self.list(keys))"
        case .wrongType(let key, let wanted, let text):
            "'\(key)' is not \(wanted): \(text)"
        case .notEncodable(let key, let reason):
            "the value for '\(key)' cannot be encoded: \(reason)"
        case .undeclaredRead(let action, let key, let reads):
            "action '\(action)' reads '\(key)', which it does not declare; "
                + "its reads are: \(Self.list(reads)). Add '\(key)' to them"
        case .undeclaredWrite(let action, let key, let writes):
            "action '\(action)' wrote '\(key)', which it does not declare; "
                + "its writes are: \(Self.list(writes)). Add '\(key)' to them"
        case .missingWrite(let action, let key, let writes):
            "action '\(action)' declares that it writes '\(key)', and did not; "
                + "its writes are: \(Self.list(writes))"
        case .missingInput(let action, let inputs, let given):
            "action '\(action)' needs the inputs \(Self.list(inputs)); "
                + "given were: \(Self.list(given))"
        case .unknownInput(let action, let input, let known):
            "action '\(action)' takes no input '\(input)'; it takes: \(Self.list(known))"
        case .incomplete(let what): "the application cannot be built: \(what)"
        case .unknownAction(let name, let known):
            "there is no action '\(name)'; there are: \(Self.list(known))"
        case .duplicateAction(let name): "two actions are called '\(name)'"
        case .needsAsync(let action):
            "action '\(action)' is asynchronous: await the call"
        case .notStreaming(let action): "action '\(action)' does not stream"
        case .noTransition(let action):
            "no transition from '\(action)' applies: add one without a condition"
        case .loading(let reason): reason
        case .tracking(let reason): reason
        }
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}
