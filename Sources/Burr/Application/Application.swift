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
    public private(set) var state: State {
        get { unsafe current }
        set { unsafe current = newValue }
    }
    /// The number of the last step; -1 before the first one.
    public var sequence: Int { number }
    private var number: Int
    // Safety: changed here only, and no code of the program's runs while it is.
    @exclusivity(unchecked) private var current: State
    private let graph: Graph
    /// What the steps of each action have in common.
    private let identities: [StepInfo.Identity]
    /// The same and their nodes, to be lent without being counted.
    private let lent: [(identity: Lent<StepInfo.Identity>, node: Lent<Graph.Node>)]
    /// Those who hear of everything, the tracker left out.
    private let hooks: [any LifecycleHook]
    /// Hears of everything last.
    private let tracker: TrackingHook?
    private var next: Int?
    /// Whether the tracker has recorded the begin of the next step already.
    private var hasTrackedBegin = false
    /// What each action may write.
    private let permits: [WritePermit]
    /// That of the last step, to be used again.
    private var scope: StepScope?

    init(_ info: ApplicationInfo, _ graph: Graph, next: Int?, state: State, settings: Settings) {
        appID = info.appID
        partitionKey = info.partitionKey
        self.graph = graph
        let identities = graph.nodes.map { node in StepInfo.Identity(info, node, settings) }
        self.identities = identities
        lent = identities.map { (Lent($0), Lent($0.node)) }
        permits = graph.nodes.map { _ in WritePermit() }
        self.next = next
        unsafe current = state
        number = info.continuing ?? -1
        hooks = settings.hooks
        tracker = settings.tracker
    }

    struct Settings {
        var hooks: [any LifecycleHook]
        var tracker: TrackingHook?
        var subapplications: SubapplicationSettings

        /// All who hear of what happens, in their order.
        var allHooks: [any LifecycleHook] { hooks + (tracker.map { [$0] } ?? []) }
    }

    /// The action that runs next; `nil` at the end.
    public var nextAction: String? { next.map { graph.nodes[$0].action.name } }

    /// Closes what the hooks hold open; the application is not run after it.
    ///
    /// - Throws: what could not be written.
    public func close() throws {
        try tracker?.close()
    }

    // MARK: Steps

    /// A step that came to its end.
    struct Done {
        /// The action's place in the graph.
        let index: Int
        /// `nil` stands for `{}`.
        let result: JSONValue?
    }

    /// What a step came to, with the state as it is now.
    func result(of done: Done) -> StepResult {
        StepResult(
            action: identities[done.index].action,
            result: done.result ?? .emptyObject,
            state: state
        )
    }

    /// Begins the next step.
    ///
    /// - Returns: its number.
    @inline(__always)
    private func begin(
        _ identity: StepInfo.Identity,
        _ node: Graph.Node,
        _ inputs: [String: JSONValue]
    ) throws -> Int {
        if !inputs.isEmpty || !node.inputs.isEmpty { try node.check(inputs) }
        number &+= 1
        // In place, where nobody else holds the state.
        unsafe current.set(.sequence, .integer(number))
        if hasTrackedBegin {
            hasTrackedBegin = false
        } else {
            try tellBegin(StepInfo(identity, sequence: number), inputs)
        }
        return number
    }

    private func tellBegin(_ step: StepInfo, _ inputs: [String: JSONValue]) throws {
        for hook in hooks { try hook.stepBegan(step, state: state, inputs: inputs) }
        try tracker?.stepBegan(step, inputs: inputs)
    }

    /// What the action of a step is run with, beside the state.
    @inline(__always)
    private func context(
        _ identity: StepInfo.Identity,
        _ sequence: Int,
        _ inputs: [String: JSONValue]
    ) -> ActionContext {
        if isKnownUniquelyReferenced(&scope), let scope {
            scope.becomeScope(identity, sequence, inputs)
            return ActionContext(scope)
        }
        let scope = StepScope(StepInfo(identity, sequence: sequence), inputs)
        self.scope = scope
        return ActionContext(scope)
    }

    /// The state as an action is given it.
    @inline(__always)
    private func scoped(_ node: Graph.Node) -> State {
        var scoped = state
        scoped.scope = node.scope
        return scoped
    }

    /// Ends a step whose action has returned; unless the caller halts, it goes on at once with the
    /// next one.
    @inline(__always)
    private func finish(
        _ identity: StepInfo.Identity,
        _ sequence: Int,
        _ index: Int,
        _ node: Graph.Node,
        _ output: consuming ActionOutput,
        _ halts: Halts? = nil
    ) throws -> Done {
        var after = output.state
        let found = output.found
        let before = state
        let following: Int?
        var changes: UInt64?
        do {
            changes = try checkWrites(of: after, since: before, index, node)
            after.scope = nil
            after.set(.prior, node.nameField)
            following = try node.next(in: after)
        } catch {
            throw fail(StepInfo(identity, sequence: sequence), error)
        }
        changes = changes.map { $0 | after.bit(of: .prior) }
        next = following
        state = after
        if !hooks.isEmpty { try tellEnd(StepInfo(identity, sequence: sequence), after, found) }
        if let tracker {
            let follower = follower(of: index, halts)
            try tracker.stepEnded(
                identity,
                sequence,
                before: before,
                state: after,
                changes: changes,
                result: found,
                followedBy: follower
            )
            hasTrackedBegin = follower != nil
        }
        return Done(index: index, result: found)
    }

    private func tellEnd(_ step: StepInfo, _ after: State, _ found: JSONValue?) throws {
        let result = found ?? .emptyObject
        for hook in hooks { try hook.stepEnded(step, state: after, result: result, error: nil) }
    }

    /// Checks what an action wrote against what it declares.
    ///
    /// - Returns: the places of the values that changed, as bits; `nil` where they are not at hand.
    @inline(__always)
    private func checkWrites(
        of after: State,
        since before: State,
        _ index: Int,
        _ node: Graph.Node
    ) throws -> UInt64? {
        if let changes = permits[index].changes(of: after, since: before) { return changes }
        try after.checkWrites(since: before, node.scope)
        permits[index].note(node.scope, after.table)
        return nil
    }

    /// The action of the next step, where that begins before anything of the program runs, and
    /// cannot but begin.
    @inline(__always)
    private func follower(of index: Int, _ halts: Halts?) -> Lent<Graph.Node>? {
        guard let halts, let next, hooks.isEmpty else { return nil }
        let node = lent[next].node
        let isReady = node.use { node in node.isAlwaysReady }
        return isReady && !halts.contains(after: index, before: next) ? node : nil
    }

    /// Ends a step that failed; the state is the one it began with.
    ///
    /// - Returns: the error: it is what the caller hears of, not a hook's.
    @inline(never)
    private func fail(_ step: StepInfo, _ error: any Error) -> any Error {
        for hook in hooks { try? hook.stepEnded(step, state: state, result: nil, error: error) }
        try? tracker?.stepEnded(
            step.identity,
            step.sequence,
            before: state,
            state: state,
            result: nil,
            error: error
        )
        return error
    }

    /// Runs the next action.
    ///
    /// - Parameters:
    ///   - inputs: what it takes from outside.
    ///   - halts: where the caller stops, who else goes on at once, without inputs; `nil` for one
    ///     who does something between two steps.
    /// - Returns: `nil` at the end.
    /// - Throws: what the action throws.
    func advance(
        _ inputs: [String: JSONValue],
        untilHalt halts: Halts? = nil
    ) throws -> Done? {
        guard let index = next else { return nil }
        return try lent[index].identity.use { identity in
            try lent[index].node.use { node in
                try advance(index, identity, node, inputs, halts)
            }
        }
    }

    @inline(__always)
    private func advance(
        _ index: Int,
        _ identity: StepInfo.Identity,
        _ node: Graph.Node,
        _ inputs: [String: JSONValue],
        _ halts: Halts?
    ) throws -> Done {
        if !node.isSync { throw BurrError.needsAsync(action: identity.action) }
        let sequence = try begin(identity, node, inputs)
        let output: ActionOutput
        do {
            output = try node.run(scoped(node), context(identity, sequence, inputs))
        } catch {
            throw fail(StepInfo(identity, sequence: sequence), error)
        }
        return try finish(identity, sequence, index, node, output, halts)
    }

    /// Runs the next action, which may wait.
    ///
    /// - Returns: `nil` at the end.
    func advance(
        _ inputs: [String: JSONValue],
        onItem: @escaping @Sendable (JSONValue) async throws -> Void
    ) async throws -> Done? {
        guard let index = next else { return nil }
        let node = graph.nodes[index]
        let identity = identities[index]
        let sequence = try begin(identity, node, inputs)
        let step = StepInfo(identity, sequence: sequence)
        let context = context(identity, sequence, inputs)
        var sink: StreamSink?
        let done: Result<Done, any Error>
        do {
            let output: ActionOutput
            switch node.body {
            case .sync(let body): output = try body(scoped(node), context)
            case .async(let body): output = try await body(scoped(node), context)
            case .streaming(let body):
                let items = try openStream(step, onItem)
                sink = items
                output = try await body(scoped(node), context, items)
            }
            done = Result { try finish(identity, sequence, index, node, output) }
        } catch {
            done = .failure(fail(step, error))
        }
        if let sink {
            let count = sink.finish()
            for hook in step.identity.hooks {
                try hook.streamEnded(step, itemCount: count)
            }
        }
        return try done.get()
    }

    private func openStream(
        _ step: StepInfo,
        _ onItem: @escaping @Sendable (JSONValue) async throws -> Void
    ) throws -> StreamSink {
        let hooks = step.identity.hooks
        for hook in hooks { try hook.streamBegan(step) }
        return StreamSink { item, index in
            for hook in hooks { try hook.streamItem(item, index: index, step: step) }
            try await onItem(item)
        }
    }

    // MARK: Calls

    /// Where a call stops before the end.
    struct Halts {
        private let before: [Int]
        private let after: [Int]

        fileprivate init(_ graph: Graph, before: [String], after: [String]) throws(BurrError) {
            self.before = try before.map { (name) throws(BurrError) in try graph.index(of: name) }
            self.after = try after.map { (name) throws(BurrError) in try graph.index(of: name) }
        }

        fileprivate func contains(after index: Int, before next: Int?) -> Bool {
            if !after.isEmpty, after.contains(index) { return true }
            guard !before.isEmpty, let next else { return false }
            return before.contains(next)
        }
    }

    /// Where a call stops before the end.
    ///
    /// - Throws: `BurrError.unknownAction` where it names an action that there is not.
    func halts(before: [String], after: [String]) throws(BurrError) -> Halts {
        try Halts(graph, before: before, after: after)
    }

    /// Whether a call stops behind a step.
    func isHalted(behind done: Done, _ halts: Halts) -> Bool {
        halts.contains(after: done.index, before: next)
    }

    func callBegan(_ method: ExecuteMethod) throws {
        for hook in hooks { try hook.executeBegan(method) }
        try tracker?.executeBegan(method)
    }

    func callEnded(_ method: ExecuteMethod) throws {
        for hook in hooks { try hook.executeEnded(method, error: nil) }
        try tracker?.executeEnded(method, error: nil)
    }

    /// The error that ended the call is what the caller hears of, not a hook's.
    func callFailed(_ method: ExecuteMethod, _ error: any Error) {
        for hook in hooks { try? hook.executeEnded(method, error: error) }
        try? tracker?.executeEnded(method, error: error)
    }
}
