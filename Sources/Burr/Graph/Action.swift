// SPDX-License-Identifier: Apache-2.0
// Actions: the nodes of the state machine.

internal import Synchronization

/// One kind of step of an application: reads the state, computes, and gives the next state.
///
/// Implement `SyncAction`, `AsyncAction` or `StreamingAction`, or pass a closure to
/// `ClosureAction`.
public protocol Action: Sendable {
    /// How transitions and logs name it.
    var name: String { get }
    /// The keys of the state that it reads.
    var reads: [String] { get }
    /// The keys that it writes; it may read them too.
    var writes: [String] { get }
    /// The inputs it cannot run without.
    var inputs: [String] { get }
    /// The inputs it can run without.
    var optionalInputs: [String] { get }
    /// The text of its code, for those who look at the log.
    var source: String { get }
    /// What runs.
    var body: ActionBody { get }
}

extension Action {
    /// None.
    public var inputs: [String] { [] }
    /// None.
    public var optionalInputs: [String] { [] }
    /// None.
    public var source: String { "" }
}

/// The ways an action can run.
public enum ActionBody: Sendable {
    case sync(@Sendable (State, ActionContext) throws -> ActionOutput)
    case async(@Sendable (State, ActionContext) async throws -> ActionOutput)
    /// Hands items to the sink while it runs.
    case streaming(@Sendable (State, ActionContext, StreamSink) async throws -> ActionOutput)
}

/// What an action gives back.
public struct ActionOutput: Sendable {
    /// The state after the step.
    public var state: State
    /// `nil` stands for `{}`.
    var found: JSONValue?

    /// What the step found, for who runs the application; an object.
    public var result: JSONValue {
        get { found ?? .emptyObject }
        set { found = newValue }
    }

    /// Makes an output of a step that found nothing.
    public init(_ state: State) {
        self.state = state
    }

    /// Makes an output.
    public init(_ state: State, result: JSONValue) {
        self.state = state
        found = result
    }
}

/// An action that returns when it is done.
public protocol SyncAction: Action {
    /// Runs the action.
    func run(_ state: State, _ context: ActionContext) throws -> ActionOutput
}

extension SyncAction {
    /// Runs `run`.
    public var body: ActionBody { .sync { try self.run($0, $1) } }
}

/// An action that may wait without a thread.
public protocol AsyncAction: Action {
    /// Runs the action.
    func run(_ state: State, _ context: ActionContext) async throws -> ActionOutput
}

extension AsyncAction {
    /// Runs `run`.
    public var body: ActionBody { .async { try await self.run($0, $1) } }
}

/// An action that gives items while it runs.
public protocol StreamingAction: Action {
    /// Runs the action.
    func run(
        _ state: State,
        _ context: ActionContext,
        _ sink: StreamSink
    ) async throws -> ActionOutput
}

extension StreamingAction {
    /// Runs `run`.
    public var body: ActionBody { .streaming { try await self.run($0, $1, $2) } }
}

/// An action made of a closure.
public struct ClosureAction: Action {
    /// How transitions and logs name it.
    public let name: String
    /// The keys of the state that it reads.
    public let reads: [String]
    /// The keys that it writes.
    public let writes: [String]
    /// The inputs it cannot run without.
    public let inputs: [String]
    /// The inputs it can run without.
    public let optionalInputs: [String]
    /// The text of its code.
    public let source: String
    /// What runs.
    public let body: ActionBody

    /// Makes an action that runs in any of the ways.
    public init(
        _ name: String,
        reads: [String] = [],
        writes: [String] = [],
        inputs: [String] = [],
        optionalInputs: [String] = [],
        source: String = "",
        body: ActionBody
    ) {
        self.name = name
        self.reads = reads
        self.writes = writes
        self.inputs = inputs
        self.optionalInputs = optionalInputs
        self.source = source
        self.body = body
    }

    /// Makes an action that returns the next state.
    public init(
        _ name: String,
        reads: [String] = [],
        writes: [String] = [],
        inputs: [String] = [],
        optionalInputs: [String] = [],
        source: String = "",
        _ run: @escaping @Sendable (State, ActionContext) throws -> State
    ) {
        self.init(
            name,
            reads: reads,
            writes: writes,
            inputs: inputs,
            optionalInputs: optionalInputs,
            source: source,
            body: .sync { ActionOutput(try run($0, $1)) }
        )
    }
}

/// Which keys an action may touch.
///
/// Actions that say the same share one, which is never freed: a state carries it without counting
/// references.
final class ActionScope: Sendable {
    let action: String
    let reads: [String]
    let writes: [String]

    private struct Key: Hashable {
        let action: String
        let reads: [String]
        let writes: [String]
    }

    private static let known = Mutex<[Key: ActionScope]>([:])

    private init(_ key: Key) {
        action = key.action
        reads = key.reads
        writes = key.writes
    }

    /// The scope of an action.
    static func of(_ action: any Action) -> ActionScope {
        let key = Key(action: action.name, reads: action.reads, writes: action.writes)
        return known.withLock { known in
            if let scope = known[key] { return scope }
            let scope = ActionScope(key)
            known[key] = scope
            return scope
        }
    }

    /// Whether a key may be read.
    func allows(_ key: String) -> Bool {
        reads.contains(key) || writes.contains(key)
    }
}
