// SPDX-License-Identifier: Apache-2.0
// Lifecycle hooks: who is told what an application does.

/// Hears what an application does; implement what you need.
///
/// Hooks run where the application runs, in the order they were added. What one throws reaches the
/// caller of the application.
public protocol LifecycleHook: Sendable {
    /// The application was built.
    func applicationCreated(_ application: ApplicationInfo, state: State) throws
    /// A step begins, with the state before it.
    func stepBegan(_ step: StepInfo, state: State, inputs: [String: JSONValue]) throws
    /// A step ended, with the state after it, or the state before it where it threw.
    func stepEnded(
        _ step: StepInfo,
        state: State,
        result: JSONValue?,
        error: (any Error)?
    ) throws
    /// A span of an action began.
    func spanBegan(_ span: Span) throws
    /// A span of an action ended.
    func spanEnded(_ span: Span) throws
    /// An action logged attributes, within a span or not.
    func attributesLogged(
        _ attributes: [(key: String, value: JSONValue)],
        span: Span?,
        step: StepInfo
    ) throws
    /// A streaming action began to run.
    func streamBegan(_ step: StepInfo) throws
    /// A streaming action gave an item; the first one has index 0.
    func streamItem(_ item: JSONValue, index: Int, step: StepInfo) throws
    /// A streaming action gave its last item.
    func streamEnded(_ step: StepInfo, itemCount: Int) throws
    /// A call of the application begins.
    func executeBegan(_ method: ExecuteMethod) throws
    /// A call of the application ended.
    func executeEnded(_ method: ExecuteMethod, error: (any Error)?) throws
}

extension LifecycleHook {
    /// Does nothing.
    public func applicationCreated(_ application: ApplicationInfo, state: State) throws {}
    /// Does nothing.
    public func stepBegan(_ step: StepInfo, state: State, inputs: [String: JSONValue]) throws {}
    /// Does nothing.
    public func stepEnded(
        _ step: StepInfo,
        state: State,
        result: JSONValue?,
        error: (any Error)?
    ) throws {}
    /// Does nothing.
    public func spanBegan(_ span: Span) throws {}
    /// Does nothing.
    public func spanEnded(_ span: Span) throws {}
    /// Does nothing.
    public func attributesLogged(
        _ attributes: [(key: String, value: JSONValue)],
        span: Span?,
        step: StepInfo
    ) throws {}
    /// Does nothing.
    public func streamBegan(_ step: StepInfo) throws {}
    /// Does nothing.
    public func streamItem(_ item: JSONValue, index: Int, step: StepInfo) throws {}
    /// Does nothing.
    public func streamEnded(_ step: StepInfo, itemCount: Int) throws {}
    /// Does nothing.
    public func executeBegan(_ method: ExecuteMethod) throws {}
    /// Does nothing.
    public func executeEnded(_ method: ExecuteMethod, error: (any Error)?) throws {}
}

/// How an application is being run.
public enum ExecuteMethod: String, Sendable {
    case step
    case run
    case iterate
    case stream
}

/// A step of another application, or of this one's past.
public struct StepPointer: Equatable, Sendable {
    /// The application.
    public var appID: String
    /// The part of the project it belongs to.
    public var partitionKey: String?
    /// The step; `nil` stands for the last one.
    public var step: Int?

    /// Points to a step.
    public init(appID: String, partitionKey: String? = nil, step: Int? = nil) {
        self.appID = appID
        self.partitionKey = partitionKey
        self.step = step
    }
}

/// What is known of an application when it was built.
public struct ApplicationInfo: Sendable {
    /// The application.
    public let appID: String
    /// The part of the project it belongs to.
    public let partitionKey: String?
    /// The state machine, as Burr's `graph.json`.
    public let graph: JSONValue
    /// The names of the actions.
    public let actions: [String]
    /// The application this one was forked from.
    public let parent: StepPointer?
    /// The application that started this one.
    public let spawningParent: StepPointer?
    /// The step whose state this one goes on from; `nil` for a beginning.
    public let continuing: Int?
}

/// One step.
public struct StepInfo: Sendable {
    /// What the steps of one action of one application have in common; shared by all of them.
    final class Identity: Sendable {
        let appID: String
        let partitionKey: String?
        let node: Graph.Node
        /// All who hear of what happens, in their order.
        let hooks: [any LifecycleHook]
        let subapplications: SubapplicationSettings

        init(_ info: ApplicationInfo, _ node: Graph.Node, _ settings: Application.Settings) {
            appID = info.appID
            partitionKey = info.partitionKey
            self.node = node
            hooks = settings.allHooks
            subapplications = settings.subapplications
        }

        var action: String { node.scope.action }
    }

    let identity: Identity
    /// Steps are counted from 0.
    public internal(set) var sequence: Int

    init(_ identity: Identity, sequence: Int) {
        self.identity = identity
        self.sequence = sequence
    }

    /// The application.
    public var appID: String { identity.appID }
    /// The part of the project it belongs to.
    public var partitionKey: String? { identity.partitionKey }
    /// The action that runs.
    public var action: String { identity.action }
    /// The action's name as bytes, for who writes many of them.
    var actionBytes: [UInt8] { identity.node.name }
}
