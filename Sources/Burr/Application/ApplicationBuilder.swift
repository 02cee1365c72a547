// SPDX-License-Identifier: Apache-2.0
// Building an application, as Burr does it.

internal import Synchronization

/// Collects what an application is made of.
///
///     let app = try ApplicationBuilder()
///         .withActions(count, finish)
///         .withTransitions(
///             Transition("count", to: "count", when: .expression("n < 10") { ... }),
///             Transition("count", to: "finish"))
///         .withState(["n": 0])
///         .withEntrypoint("count")
///         .withTracker(project: "demo")
///         .build()
public struct ApplicationBuilder: Sendable {
    private var actions: [any Action] = []
    private var transitions: [Transition] = []
    private var state = State()
    private var entrypoint: String?
    private var appID: String?
    private var partitionKey: String?
    private var hooks: [any LifecycleHook] = []
    private var tracker: TrackerSettings?
    private var beginning: Beginning?
    private var spawningParent: StepPointer?

    /// Where the state comes from.
    private struct Beginning {
        var resumesAtNextAction: Bool
        var fork: StepPointer?
    }

    /// An empty builder.
    public init() {}

    /// Adds actions.
    public func withActions(_ actions: any Action...) -> ApplicationBuilder {
        with { $0.actions += actions }
    }

    /// Adds ways between actions; of those from one action the first that applies is taken.
    public func withTransitions(_ transitions: Transition...) -> ApplicationBuilder {
        with { $0.transitions += transitions }
    }

    /// Sets the state before the first step.
    public func withState(_ state: State) -> ApplicationBuilder {
        with { $0.state = state }
    }

    /// Sets the first action.
    public func withEntrypoint(_ action: String) -> ApplicationBuilder {
        with { $0.entrypoint = action }
    }

    /// Sets how the application is found again; without, it gets an id of its own.
    public func withIdentifiers(
        appID: String? = nil,
        partitionKey: String? = nil
    ) -> ApplicationBuilder {
        with {
            $0.appID = appID ?? $0.appID
            $0.partitionKey = partitionKey ?? $0.partitionKey
        }
    }

    /// Adds hooks.
    public func withHooks(_ hooks: any LifecycleHook...) -> ApplicationBuilder {
        with { $0.hooks += hooks }
    }

    /// Records the application.
    ///
    /// - Parameters:
    ///   - project: the project it belongs to.
    ///   - store: the folder of projects; `$BURR_PATH` or `~/.burr` unless given.
    ///   - durability: when a recorded step is safe.
    ///   - raisesFailures: whether the application fails where it cannot be recorded; else there
    ///     is one warning, and the log says later what is missing.
    /// - Returns: the builder with it.
    public func withTracker(
        project: String,
        store: String? = nil,
        durability: TrackingDurability = .standard,
        raisesFailures: Bool = false
    ) -> ApplicationBuilder {
        with {
            $0.tracker = TrackerSettings(
                project: project,
                store: store.map(TrackerSettings.expandingHome) ?? TrackerSettings.defaultStore,
                durability: durability,
                raisesFailures: raisesFailures
            )
        }
    }

    /// Goes on from what the tracker's store holds of the application, or of another one.
    ///
    /// - Parameters:
    ///   - fork: another application's step to go on from, under this application's id.
    ///   - resumeAtNextAction: whether the action after the recorded step runs next; else the
    ///     entrypoint does. An action that failed runs again.
    /// - Returns: the builder with it.
    /// - Note: What `withState` and `withEntrypoint` say is used where nothing is recorded.
    public func initialize(
        from fork: StepPointer? = nil,
        resumeAtNextAction: Bool = true
    ) -> ApplicationBuilder {
        with {
            $0.beginning = Beginning(resumesAtNextAction: resumeAtNextAction, fork: fork)
        }
    }

    /// Makes it the child of a step: its log and the parent's will say so.
    ///
    /// Recorded like its parent unless `withTracker` says otherwise.
    public func withParent(_ context: ActionContext) -> ApplicationBuilder {
        with {
            $0.spawningParent = StepPointer(
                appID: context.step.appID,
                partitionKey: context.step.partitionKey,
                step: context.step.sequence
            )
            $0.tracker = $0.tracker ?? context.subapplications.tracker
        }
    }

    private func with(_ change: (inout ApplicationBuilder) -> Void) -> ApplicationBuilder {
        var copy = self
        change(&copy)
        return copy
    }

    // MARK: Building

    /// Builds the application.
    ///
    /// - Returns: the application before its next step.
    /// - Throws: `BurrError` where something is missing or does not fit, and what hooks throw.
    public func build() throws -> Application {
        guard !actions.isEmpty else { throw BurrError.incomplete("add actions with withActions") }
        let graph = try Graph(actions, transitions)
        let entry = entrypoint ?? actions[0].name
        let entryIndex = try graph.index(of: entry)
        let past = try loadPast()
        var next: Int? = entryIndex
        if let past, beginning?.resumesAtNextAction == true {
            let last = try graph.index(of: past.action)
            next = past.hasFailed ? last : try graph.next(after: last, in: past.state)
        }
        let state = past?.state ?? state
        let info = ApplicationInfo(
            appID: appID ?? Self.newID(),
            partitionKey: partitionKey,
            graph: graph.json(entrypoint: entry),
            actions: actions.map(\.name),
            parent: parent(past),
            spawningParent: spawningParent,
            continuing: past?.step
        )
        let settings = Application.Settings(
            hooks: hooks,
            tracker: try tracker.map { tracker in
                try TrackingHook(info, graph.nodes.map(\.name), state: state, tracker)
            },
            subapplications: SubapplicationSettings(tracker: tracker)
        )
        for hook in settings.allHooks { try hook.applicationCreated(info, state: state) }
        return Application(info, graph, next: next, state: state, settings: settings)
    }

    private func loadPast() throws(BurrError) -> PastState? {
        guard let beginning else { return nil }
        guard let tracker else {
            throw .incomplete("initialize(from:) reads from the tracker's store: add withTracker")
        }
        guard let pointer = beginning.fork ?? appID.map({ StepPointer(appID: $0) }) else {
            throw .incomplete("initialize(from:) needs an id: add withIdentifiers(appID:)")
        }
        if beginning.fork != nil, beginning.fork?.appID == appID {
            throw .incomplete("an application cannot be forked from itself: give it another appID")
        }
        let past = try PastState.load(pointer, project: tracker.project, store: tracker.store)
        if past == nil, let fork = beginning.fork {
            throw .loading(
                "there is nothing to fork: \(tracker.project)/\(fork.appID) has no steps"
            )
        }
        return past
    }

    private func parent(_ past: PastState?) -> StepPointer? {
        guard let fork = beginning?.fork, let past else { return nil }
        return StepPointer(appID: fork.appID, partitionKey: fork.partitionKey, step: past.step)
    }

    /// A random id in the form of a UUID.
    private static func newID() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<32).map { _ in
            String(Int.random(in: 0..<16, using: &generator), radix: 16)
        }
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return parts.map { digits[$0].joined() }.joined(separator: "-")
    }
}
