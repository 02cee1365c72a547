// SPDX-License-Identifier: Apache-2.0
// The calls that run an application: one step, until a halt, with items or steps handed out.

extension Application {
    /// Runs the next action.
    ///
    /// - Parameter inputs: what the action takes from outside.
    /// - Returns: what it came to; `nil` at the end.
    /// - Throws: what the action throws; the state is then as it was, and the action runs next.
    public func step(inputs: [String: JSONValue] = [:]) throws -> StepResult? {
        try execute(.step) { try advance(inputs).map { result(of: $0) } }
    }

    /// Runs the next action, which may be asynchronous.
    ///
    /// - Parameter inputs: what the action takes from outside.
    /// - Returns: what it came to; `nil` at the end.
    /// - Throws: what the action throws.
    public func step(inputs: [String: JSONValue] = [:]) async throws -> StepResult? {
        try await execute(.step) { try await advance(inputs) { _ in }.map { result(of: $0) } }
    }

    /// Runs until the end, or a halt.
    ///
    /// - Parameters:
    ///   - haltBefore: actions before which it halts, once a step was run.
    ///   - haltAfter: actions after which it halts.
    ///   - inputs: what the first action takes from outside.
    /// - Returns: the last step; `nil` where there was none to run.
    /// - Throws: what an action throws, and `BurrError` where a halt names no action.
    @discardableResult
    public func run(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:]
    ) throws -> StepResult? {
        let halts = try halts(before: haltBefore, after: haltAfter)
        return try execute(.run) {
            var last: Done?
            var inputs = inputs
            while let done = try advance(inputs, untilHalt: halts) {
                last = done
                inputs = [:]
                if isHalted(behind: done, halts) { break }
            }
            return last.map { result(of: $0) }
        }
    }

    /// Runs until the end, or a halt; actions may be asynchronous.
    ///
    /// - Parameters: as `run(haltBefore:haltAfter:inputs:)`.
    /// - Returns: the last step; `nil` where there was none to run.
    /// - Throws: what an action throws, and `BurrError` where a halt names no action.
    @discardableResult
    public func run(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:]
    ) async throws -> StepResult? {
        let halts = try halts(before: haltBefore, after: haltAfter)
        return try await execute(.run) {
            try await runSteps(halts, inputs) { _ in }
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
    /// - Throws: what an action or `onItem` throws, and `BurrError` where a halt names no action.
    @discardableResult
    public func stream(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:],
        onItem: @escaping @Sendable (JSONValue) async throws -> Void
    ) async throws -> StepResult? {
        let halts = try halts(before: haltBefore, after: haltAfter)
        return try await execute(.stream) {
            try await runSteps(halts, inputs, onItem)
        }
    }

    /// Runs until the end, or a halt, and shows each step.
    ///
    /// - Parameters:
    ///   - haltBefore: actions before which it halts, once a step was run.
    ///   - haltAfter: actions after which it halts.
    ///   - inputs: what the first action takes from outside.
    ///   - onStep: sees each step; returns false to halt.
    /// - Throws: what an action or `onStep` throws, and `BurrError` where a halt names no action.
    public func iterate(
        haltBefore: [String] = [],
        haltAfter: [String] = [],
        inputs: [String: JSONValue] = [:],
        onStep: (StepResult) throws -> Bool
    ) throws {
        let halts = try halts(before: haltBefore, after: haltAfter)
        _ = try execute(.iterate) { () -> StepResult? in
            var inputs = inputs
            while let done = try advance(inputs) {
                inputs = [:]
                guard try onStep(result(of: done)), !isHalted(behind: done, halts) else { break }
            }
            return nil
        }
    }

    private func runSteps(
        _ halts: Halts,
        _ inputs: [String: JSONValue],
        _ onItem: @escaping @Sendable (JSONValue) async throws -> Void
    ) async throws -> StepResult? {
        var last: Done?
        var inputs = inputs
        while let done = try await advance(inputs, onItem: onItem) {
            last = done
            inputs = [:]
            if isHalted(behind: done, halts) { break }
        }
        return last.map { result(of: $0) }
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
}
