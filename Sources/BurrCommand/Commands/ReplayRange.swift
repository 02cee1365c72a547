// SPDX-License-Identifier: Apache-2.0

// The states of a range of steps, one line each.

internal import Replay
internal import StateDelta
internal import Tracking

/// Steps of one line of descent.
struct StateRange {
    let line: [LinePart]
    let steps: ClosedRange<Int64>

    init(line: [LinePart], steps: ClosedRange<Int64>) {
        self.line = line
        self.steps = steps
    }

    /// All steps of the default line; nothing where there are none.
    init?(whole history: History) throws(ReplayError) {
        line = history.line(of: history.newest)
        do throws(ReplayError) {
            steps = try history.first(line)...history.head(line)
        } catch .noSteps {
            return nil
        }
    }

    /// The range that `--from` and `--to` name.
    init(_ invocation: Invocation, _ history: History) throws {
        let from = try invocation.position(invocation.value(.from) ?? "first", in: history)
        let to = try invocation.position(invocation.value(.to) ?? "head", in: history)
        let namesBranch = invocation.value(.from)?.contains("@") ?? false
        line = namesBranch && to.ref.branchPrefix == nil ? from.line : to.line
        let first = try history.first(line)
        let head = try history.head(line)
        guard from.step <= to.step else {
            throw invocation.usage("--from \(from.step) comes after --to \(to.step)")
        }
        for position in [from, to] where position.step < first || position.step > head {
            throw ReplayError.noSuchStep(
                history.name,
                ref: position.ref.description,
                first: first,
                head: head,
                nearest: min(max(position.step, first), head)
            )
        }
        steps = from.step...to.step
    }
}

/// Prints a line per step: its state, the value at a path of it, or the patch that leads to it.
struct RangePrinter {
    private let invocation: Invocation
    private let history: History
    private let path: JSONPointer?
    private let times: TimeText
    private let isPatch: Bool

    init(_ invocation: Invocation, _ history: History, _ path: JSONPointer?) {
        self.invocation = invocation
        self.history = history
        self.path = path
        times = TimeText(invocation.settings)
        isPatch = invocation.format == .patch
    }

    /// Prints the range; what cannot be rebuilt is named on standard error.
    func print(_ range: StateRange) throws -> ExitCode {
        Interrupt.watch()
        var code = ExitCode.success
        var json = JSONText()
        try history.forEachState(range, withPrevious: isPatch) { step in
            try Interrupt.check("interrupted before step \(step.step)")
            guard let state = step.state else {
                invocation.diagnostics.leftOut(step)
                code = .damaged
                return
            }
            json.removeAll()
            try write(step, state, &json)
            try invocation.output.write(json.bytes)
            try invocation.output.endLine()
        }
        return code
    }

    private func write(
        _ step: RangeStep,
        _ state: StateDocument,
        _ json: inout JSONText
    ) throws {
        try json.object { json in
            json.member("step", Int(step.step))
            // Both are lost where the state is known by a snapshot alone.
            json.member("action", step.end.map { String(decoding: $0.action, as: UTF8.self) })
            times.member("time", step.end?.time.nanoseconds, &json)
            if isPatch {
                json.key("patch")
                json.raw(try Self.patch(from: step.previous, to: state))
            } else if let path, !path.parts.isEmpty {
                guard let value = state.value(at: path) else { return }
                json.key("state")
                json.raw(value)
            } else {
                json.key("state")
                json.raw { state.appendText(to: &$0) }
            }
        }
    }

    /// The RFC 6902 text; without a state before, it sets the whole state.
    private static func patch(
        from previous: StateDocument?,
        to state: StateDocument
    ) throws -> [UInt8] {
        try JSONPatch.diff(from: previous?.text() ?? Array("null".utf8), to: state.text())
    }
}

extension History {
    /// Visits the states of a range with a body that may fail.
    func forEachState(
        _ range: StateRange,
        withPrevious: Bool = false,
        _ body: (RangeStep) throws -> Void
    ) throws {
        var failure: (any Error)?
        try eachState(range.line, range.steps, withPrevious: withPrevious) { step in
            do {
                try body(step)
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }
}

extension Diagnostics {
    /// Names a step whose state cannot be rebuilt.
    func leftOut(_ step: RangeStep) {
        warning("step \(step.step) is left out: \(step.problem ?? "it cannot be rebuilt")")
    }
}
