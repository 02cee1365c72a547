// SPDX-License-Identifier: Apache-2.0

// `burr replay`: the state at a step, or at each step of a range.

internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let replay = Command(
        specification: CommandSpecification(
            name: "replay",
            summary: "print the state at a step",
            operands: "APP",
            operandCount: 1...1,
            formats: [.pretty, .json, .jsonl, .patch],
            options: [
                .init(.step, value: "REF", "the step (default: head)"),
                .init(.before, "the state the step began with, not the one it left"),
                .init(.path, value: "POINTER", "one value of the state, for example /items/-1"),
                .init(.from, value: "REF", "first step of a range (default: first)"),
                .init(.to, value: "REF", "last step of a range (default: head)"),
            ],
            notes: [
                """
                The state is rebuilt from the log; nothing is executed again. With --format \
                json it is byte for byte the text that was recorded.
                """,
                """
                A range prints one line per step: {"step","action","time","state"} with \
                --format jsonl (the default), {"step","action","time","patch"} with --format \
                patch, where the patch (RFC 6902) leads from the step before. A step that \
                cannot be rebuilt is left out, named on standard error, and makes the exit \
                code 65.
                """,
            ],
            examples: [
                .init("burr replay chat-1 --step 42", "the state after step 42"),
                .init(
                    "burr replay chat-1 --step err --before",
                    "what the last failed step began with"
                ),
                .init(
                    "burr replay 'http://127.0.0.1:7241/p/support/a/chat-1?step=42'",
                    "what a link of the page shows"
                ),
                .init(
                    "burr replay - --from -5 --path /counter",
                    "how one value went over the last steps of the most recent application"
                ),
            ],
            exits: Common.exits + ["75  the step is still running: it has no state yet"]
        ),
        run: { try ReplayCommand(invocation: $0).run() }
    )
}

/// Prints a state, or the states of a range.
private struct ReplayCommand {
    let invocation: Invocation

    func run() throws -> ExitCode {
        let isRange = invocation.has(.from) || invocation.has(.to)
        if isRange, invocation.has(.step) {
            throw invocation.usage("either --step, or --from and --to")
        }
        if invocation.has(.before), isRange || invocation.format.isRows {
            throw invocation.usage("--before is for the state of one step")
        }
        if isRange, invocation.settings.format != nil, !invocation.format.isRows {
            throw invocation.usage("--format of a range is jsonl or patch")
        }
        let path = try invocation.path()
        if path != nil, invocation.format == .patch {
            throw invocation.usage("--path does not go with --format patch")
        }
        let history = try invocation.history()
        if isRange {
            let range = try StateRange(invocation, history)
            return try RangePrinter(invocation, history, path).print(range)
        }
        let ref = invocation.value(.step) ?? invocation.link?.step ?? "head"
        let position = try invocation.position(ref, in: history)
        if invocation.format.isRows {
            let range = StateRange(line: position.line, steps: position.step...position.step)
            // Says why where the step has no state.
            _ = try history.cursor(at: position, side: .after)
            return try RangePrinter(invocation, history, path).print(range)
        }
        try printState(history, position, path)
        return .success
    }

    private func printState(
        _ history: History,
        _ position: StepPosition,
        _ path: JSONPointer?
    ) throws {
        let side = invocation.has(.before) ? Side.before : .after
        let text: [UInt8]
        if let path, !path.parts.isEmpty {
            let cursor = try history.cursor(at: position, side: side)
            guard let document = cursor.document else {
                throw ReplayError.stateNotRecorded(history.name, before: position.step)
            }
            switch document.lookup(path) {
            case .found(let value): text = value
            case .missing(let prefix, let siblings):
                throw Self.missing(path, prefix, siblings, position)
            }
        } else {
            text = try history.state(at: position, side: side)
        }
        if invocation.format == .pretty { printHeader(history, position, side) }
        try invocation.printDocument(text)
    }

    /// What a person wants to know before reading the state; failing to find it out is no error.
    private func printHeader(_ history: History, _ position: StepPosition, _ side: Side) {
        guard !invocation.settings.isQuiet else { return }
        let before = side == .before ? "before " : ""
        let head = (try? history.head(position.line)).map { "/\($0)" } ?? ""
        var parts = [history.name.appID, "\(before)step \(position.step)\(head)"]
        if let detail = try? history.detail(at: position, withEvents: false) {
            parts += [detail.action, detail.status]
            if let duration = detail.duration {
                parts.append(Quantity.duration(nanoseconds: duration))
            }
            let changed = detail.changed.map(Key.decoded)
            if !changed.isEmpty { parts.append("wrote " + changed.joined(separator: ", ")) }
        }
        let diagnostics = invocation.diagnostics
        let line = printable(parts.joined(separator: " \u{b7} "))
        diagnostics.note(diagnostics.palette.paint(line, .dim))
    }

    private static func missing(
        _ path: JSONPointer,
        _ prefix: JSONPointer,
        _ siblings: Lookup.Siblings,
        _ position: StepPosition
    ) -> CommandError {
        let place = prefix.parts.isEmpty ? "The state" : "\(prefix)"
        let there =
            switch siblings {
            case .keys(let keys) where keys.isEmpty: "is an empty object"
            case .keys(let keys): "has \(Self.list(keys))"
            case .elements(let count): "has \(Quantity.count(count, "element"))"
            case .scalar: "is a single value"
            }
        return CommandError(
            .notFound,
            "there is no \(path) in the state at step \(position.step). \(place) \(there)"
        )
    }

    private static func list(_ keys: [String]) -> String {
        let shown = keys.prefix(20).joined(separator: ", ")
        return keys.count > 20 ? "\(shown), ..." : shown
    }
}

extension Format {
    /// Whether it prints one line per step.
    var isRows: Bool { self == .jsonl || self == .patch }
}
