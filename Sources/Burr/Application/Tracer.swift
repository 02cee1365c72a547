// SPDX-License-Identifier: Apache-2.0
// What an action is given beside the state: its inputs, spans and attributes.

internal import Synchronization

/// A part of an action's work, with a name and a duration.
public struct Span: Sendable {
    /// `step:number.number...`, unique within the application.
    public let id: String
    /// What the action calls it.
    public let name: String
    /// The span around it.
    public let parentID: String?
    /// The step it is part of.
    public let step: StepInfo
    fileprivate let children: SpanCounter
}

/// Numbers the spans within a step or another span.
private final class SpanCounter: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }

    func reset() { count.store(0, ordering: .relaxed) }
}

/// What all contexts of one step share.
///
/// An application uses one again for its next step, when no action has kept a context of it.
final class StepScope: Sendable {
    // Safety: written only by an application that alone holds the scope.
    nonisolated(unsafe) private(set) var step: StepInfo
    nonisolated(unsafe) private(set) var inputs: [String: JSONValue]
    fileprivate let spans = SpanCounter()

    init(_ step: StepInfo, _ inputs: [String: JSONValue]) {
        unsafe self.step = step
        unsafe self.inputs = inputs
    }

    /// Becomes the scope of another step.
    ///
    /// - Important: only for who alone holds it.
    func becomeScope(
        _ identity: StepInfo.Identity,
        _ sequence: Int,
        _ inputs: [String: JSONValue]
    ) {
        if unsafe step.identity === identity {
            unsafe step.sequence = sequence
        } else {
            unsafe step = StepInfo(identity, sequence: sequence)
        }
        if unsafe !(self.inputs.isEmpty && inputs.isEmpty) { unsafe self.inputs = inputs }
        spans.reset()
    }
}

/// What an action is given beside the state.
public struct ActionContext: Sendable {
    /// The span the action is in, where it is in one.
    public let span: Span?
    private let scope: StepScope

    init(_ scope: StepScope) {
        span = nil
        self.scope = scope
    }

    private init(_ outer: ActionContext, in span: Span) {
        scope = outer.scope
        self.span = span
    }

    /// The step that runs.
    public var step: StepInfo { unsafe scope.step }

    /// The inputs given to the action.
    public var inputs: [String: JSONValue] { unsafe scope.inputs }

    var subapplications: SubapplicationSettings { step.identity.subapplications }

    private var hooks: [any LifecycleHook] { step.identity.hooks }

    /// An input as a type.
    ///
    /// - Throws: `BurrError` where it was not given or is of another type.
    public func input<Value: JSONConvertible>(
        _ name: String,
        as type: Value.Type = Value.self
    ) throws(BurrError) -> Value {
        guard let input = inputs[name] else {
            throw .missingInput(action: step.action, inputs: [name], given: inputs.keys.sorted())
        }
        guard let value = input.value(as: type) else {
            throw .wrongType(key: name, wanted: "\(type)", text: "\(input)")
        }
        return value
    }

    /// Runs a part of the work as a span.
    ///
    /// - Throws: what the body throws; the span ends all the same.
    public func withSpan<Result>(
        _ name: String,
        _ body: (ActionContext) throws -> Result
    ) throws -> Result {
        let span = try begin(name)
        do {
            let result = try body(ActionContext(self, in: span))
            try end(span)
            return result
        } catch {
            try? end(span)
            throw error
        }
    }

    /// Runs a part of the work as a span.
    ///
    /// - Throws: what the body throws; the span ends all the same.
    public func withSpan<Result>(
        _ name: String,
        _ body: (ActionContext) async throws -> Result
    ) async throws -> Result {
        let span = try begin(name)
        do {
            let result = try await body(ActionContext(self, in: span))
            try end(span)
            return result
        } catch {
            try? end(span)
            throw error
        }
    }

    /// Logs attributes of the span, or of the step outside of spans.
    ///
    /// - Throws: what a hook throws.
    public func log(_ attributes: KeyValuePairs<String, JSONValue>) throws {
        let pairs = attributes.map { (key: $0.key, value: $0.value) }
        for hook in hooks { try hook.attributesLogged(pairs, span: span, step: step) }
    }

    private func begin(_ name: String) throws -> Span {
        let number = (span?.children ?? scope.spans).next()
        let id = span.map { "\($0.id).\(number)" } ?? "\(step.sequence):\(number)"
        let begun = Span(
            id: id,
            name: name,
            parentID: span?.id,
            step: step,
            children: SpanCounter()
        )
        for hook in hooks { try hook.spanBegan(begun) }
        return begun
    }

    private func end(_ span: Span) throws {
        for hook in hooks { try hook.spanEnded(span) }
    }
}

/// Where a streaming action puts its items.
public struct StreamSink: Sendable {
    private let receive: @Sendable (JSONValue, Int) async throws -> Void
    private let count: SpanCounter

    init(_ receive: @escaping @Sendable (JSONValue, Int) async throws -> Void) {
        self.receive = receive
        count = SpanCounter()
    }

    /// Hands one item to who runs the application.
    ///
    /// - Throws: what a hook or the receiver throws.
    public func yield(_ item: JSONValue) async throws {
        try await receive(item, count.next())
    }

    /// Hands out one more number: how many items there were.
    func finish() -> Int { count.next() }
}
