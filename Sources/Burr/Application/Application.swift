// SPDX-License-Identifier: Apache-2.0
// An application: a state machine, where it stands, and how it moves on.

/// What one step came to.
public struct StepResult: Sendable {
    /// The action that ran.
    public let action: String
    /// What it found.
    public let result: JSONValue
    /// The state after it.
    public let state: State
}

/// An application that walks from action to action.
///
/// Made by `ApplicationBuilder`. Not for use from several tasks at once.
public final class Application {
    /// How it is found again.
    public let appID: String
    /// The part of the project it belongs to.
    public let partitionKey: String?
    /// The state after the last step.
    public private(set) var state: State
    /// The number of the last step; -1 before the first one.
    public private(set) var sequence: Int
    private let graph: Graph
    /// What the steps of each action have in common.
    private let identities: [StepInfo.Identity]
    private let hooks: [any LifecycleHook]
    private let subapplications: SubapplicationSettings
    private var next: Int?

    init(_ info: ApplicationInfo, _ graph: Graph, next: Int?, state: State, settings: Settings) {
        appID = info.appID
        partitionKey = info.partitionKey
        self.graph = graph
        identities = graph.nodes.map { node in
            StepInfo.Identity(appID: info.appID, partitionKey: info.partitionKey, node: node)
        }
        self.next = next
        self.state = state
        sequence = info.continuing ?? -1
        hooks = settings.hooks
        subapplications = settings.subapplications
    }

    struct Settings {
        var hooks: [any LifecycleHook]
        var subapplications: SubapplicationSettings
    }

    /// The action that runs next; `nil` at the end.
    public var nextAction: String? { next.map { graph.nodes[$0].action.name } }

    /// Closes what the hooks hold open; the application is not run after it.
    ///
    /// - Throws: what could not be written.
    public func close() throws {
        for case let hook as TrackingHook in hooks { try hook.close() }
    }

    // MARK: Steps

    private struct Running {
        let node: Graph.Node
        let index: Int
        let info: StepInfo
        let context: ActionContext
        let before: State
        var scoped: State
    }

    private func begin(_ inputs: [String: JSONValue]) throws -> Running? {
        guard let index = next else { return nil }
        let node = graph.nodes[index]
        try check(inputs, of: node.action)
        sequence += 1
        state.set(Self.sequenceKey, .integer(sequence))
        let info = StepInfo(identities[index], sequence: sequence)
        for hook in hooks { try hook.stepBegan(info, state: state, inputs: inputs) }
        let context = ActionContext(
            step: info,
            inputs: inputs,
            hooks: hooks,
            subapplications: subapplications
        )
        var scoped = state
        scoped.scope = node.scope
        return Running(
            node: node,
            index: index,
            info: info,
            context: context,
            before: state,
            scoped: scoped
        )
    }

    private func finish(
        _ running: Running,
        _ outcome: Result<ActionOutput, any Error>
    ) throws -> StepResult {
        let output: ActionOutput
        do {
            output = try outcome.get()
            var after = output.state
            try after.checkWrites(since: running.before, running.node.scope)
            after.scope = nil
            after.set(Self.priorKey, .text(running.node.quotedName))
            next = try graph.next(after: running.index, in: after)
            state = after
        } catch {
            // The action's own error is what the caller hears of, not a hook's.
            for hook in hooks {
                try? hook.stepEnded(running.info, state: state, result: nil, error: error)
            }
            throw error
        }
        for hook in hooks {
            try hook.stepEnded(running.info, state: state, result: output.result, error: nil)
        }
        return StepResult(action: running.info.action, result: output.result, state: state)
    }

    func stepOnce(_ inputs: [String: JSONValue]) throws -> StepResult? {
        guard let index = next else { return nil }
        let node = graph.nodes[index]
        guard case .sync(let body) = node.body else {
            throw BurrError.needsAsync(action: node.action.name)
        }
        guard let running = try begin(inputs) else { return nil }
        return try finish(running, Result { try body(running.scoped, running.context) })
    }

    func stepOnce(
        _ inputs: [String: JSONValue],
        onItem: @escaping @Sendable (JSONValue) async throws -> Void
    ) async throws -> StepResult? {
        guard let running = try begin(inputs) else { return nil }
        var outcome: Result<ActionOutput, any Error>
        var sink: StreamSink?
        do {
            switch running.node.body {
            case .sync(let body):
                outcome = .success(try body(running.scoped, running.context))
            case .async(let body):
                outcome = .success(try await body(running.scoped, running.context))
            case .streaming(let body):
                let items = try openStream(running.info, onItem)
                sink = items
                outcome = .success(try await body(running.scoped, running.context, items))
            }
        } catch {
            outcome = .failure(error)
        }
        let result = Result { try finish(running, outcome) }
        if let sink {
            let count = sink.finish()
            for hook in hooks { try hook.streamEnded(running.info, itemCount: count) }
        }
        return try result.get()
    }

    private func openStream(
        _ info: StepInfo,
        _ onItem: @escaping @Sendable (JSONValue) async throws -> Void
    ) throws -> StreamSink {
        for hook in hooks { try hook.streamBegan(info) }
        let hooks = hooks
        return StreamSink { item, index in
            for hook in hooks { try hook.streamItem(item, index: index, step: info) }
            try await onItem(item)
        }
    }

    private func check(_ inputs: [String: JSONValue], of action: any Action) throws {
        let needed = action.inputs
        if needed.isEmpty, inputs.isEmpty { return }
        if !needed.allSatisfy({ inputs[$0] != nil }) {
            throw BurrError.missingInput(
                action: action.name,
                inputs: needed,
                given: inputs.keys.sorted()
            )
        }
        let known = needed + action.optionalInputs
        for name in inputs.keys.sorted() where !known.contains(name) {
            throw BurrError.unknownInput(action: action.name, input: name, known: known)
        }
    }

    static let sequenceKey = "__SEQUENCE_ID"
    static let priorKey = "__PRIOR_STEP"
}

// MARK: - Running

extension Application {
    /// Runs the next action.
    ///
    /// - Parameter inputs: what the action takes from outside.
    /// - Returns: what it came to; `nil` at the end.
    /// - Throws: what the action throws; the state is then as it was, and the action runs next.
    public func step(inputs: [String: JSONValue] = [:]) throws -> StepResult? {
        try execute(.step) { try stepOnce(inputs) }
    }

    /// Runs the next action, which may be asynchronous.
    ///
    /// - Parameter inputs: what the action takes from outside.
    /// - Returns: what it came to; `nil` at the end.
    /// - Throws: what the action throws.
    public func step(inputs: [String: JSONValue] = [:]) async throws -> StepResult? {
        try await execute(.step) { try await stepOnce(inputs) { _ in } }
    }

    /// Runs until the end, or a halt.
    ///
    /// - Parameters:
    ///   - haltBefore: actions before which it halts, once a step was run.
    ///   - haltAfter: actions after which it halts.
    ///   - inputs: what the first action takes from outside.
    /// - Returns: the last step; `nil` where there was none to run.
    /// - Throws: what an action throws.
    @discardableResult
    public func run(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:]
    ) throws -> StepResult? {
        try execute(.run) {
            var last: StepResult?
            var inputs = inputs
            while let result = try stepOnce(inputs) {
                last = result
                inputs = [:]
                if isHalt(after: result.action, haltBefore, haltAfter) { break }
            }
            return last
        }
    }

    /// Runs until the end, or a halt; actions may be asynchronous.
    ///
    /// - Parameters: as `run(haltBefore:haltAfter:inputs:)`.
    /// - Returns: the last step; `nil` where there was none to run.
    /// - Throws: what an action throws.
    @discardableResult
    public func run(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:]
    ) async throws -> StepResult? {
        try await execute(.run) {
            try await runSteps(haltBefore, haltAfter, inputs) { _ in }
        }
    }

    /// Runs until the end, or a halt, and hands out what streaming actions give as they give it.
    ///
    /// - Parameters:
    ///   - haltBefore: actions before which it halts, once a step was run.
    ///   - haltAfter: actions after which it halts.
    ///   - inputs: what the first action takes from outside.
    ///   - onItem: gets each item; the action waits for it.
    /// - Returns: the last step; `nil` where there was none to run.
    /// - Throws: what an action or `onItem` throws.
    @discardableResult
    public func stream(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:],
        onItem: @escaping @Sendable (JSONValue) async throws -> Void
    ) async throws -> StepResult? {
        try await execute(.stream) {
            try await runSteps(haltBefore, haltAfter, inputs, onItem)
        }
    }

    /// Runs until the end, or a halt, and shows each step.
    ///
    /// - Parameters:
    ///   - haltBefore: actions before which it halts, once a step was run.
    ///   - haltAfter: actions after which it halts.
    ///   - inputs: what the first action takes from outside.
    ///   - onStep: sees each step; returns false to halt.
    /// - Throws: what an action or `onStep` throws.
    public func iterate(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:],
        onStep: (StepResult) throws -> Bool
    ) throws {
        _ = try execute(.iterate) { () -> StepResult? in
            var inputs = inputs
            while let result = try stepOnce(inputs) {
                inputs = [:]
                guard try onStep(result), !isHalt(after: result.action, haltBefore, haltAfter)
                else { return result }
            }
            return nil
        }
    }

    private func runSteps(
        _ haltBefore: [String],
        _ haltAfter: [String],
        _ inputs: [String: JSONValue],
        _ onItem: @escaping @Sendable (JSONValue) async throws -> Void
    ) async throws -> StepResult? {
        var last: StepResult?
        var inputs = inputs
        while let result = try await stepOnce(inputs, onItem: onItem) {
            last = result
            inputs = [:]
            if isHalt(after: result.action, haltBefore, haltAfter) { break }
        }
        return last
    }

    func isHalt(after action: String, _ before: [String], _ after: [String]) -> Bool {
        if after.contains(action) { return true }
        guard !before.isEmpty, let nextAction else { return false }
        return before.contains(nextAction)
    }

    private func execute(
        _ method: ExecuteMethod,
        _ body: () throws -> StepResult?
    ) throws -> StepResult? {
        try callBegan(method)
        do {
            let result = try body()
            try callEnded(method)
            return result
        } catch {
            callFailed(method, error)
            throw error
        }
    }

    private func execute(
        _ method: ExecuteMethod,
        _ body: () async throws -> StepResult?
    ) async throws -> StepResult? {
        try callBegan(method)
        do {
            let result = try await body()
            try callEnded(method)
            return result
        } catch {
            callFailed(method, error)
            throw error
        }
    }

    func callBegan(_ method: ExecuteMethod) throws {
        for hook in hooks { try hook.executeBegan(method) }
    }

    func callEnded(_ method: ExecuteMethod) throws {
        for hook in hooks { try hook.executeEnded(method, error: nil) }
    }

    /// The error that ended the call is what the caller hears of, not a hook's.
    func callFailed(_ method: ExecuteMethod, _ error: any Error) {
        for hook in hooks { try? hook.executeEnded(method, error: error) }
    }
}
