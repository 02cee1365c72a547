// SPDX-License-Identifier: Apache-2.0

// `burr diff`: what changed between two points of a history.

internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let diff = Command(
        specification: CommandSpecification(
            name: "diff",
            summary: "print what changed in the state between two steps",
            operands: "APP A..B",
            operandCount: 2...2,
            formats: [.pretty, .patch, .stat, .json],
            options: [
                .init(.exitCode, "exit with 1 where the states differ")
            ],
            notes: [
                """
                A..B compares the state after A with the state after B; B alone is what step \
                B changed. Each line of the pretty format is one \
                change: + added, - removed, ~ replaced. --format patch prints an RFC 6902 \
                document that leads from A to B.
                """
            ],
            examples: [
                .init("burr diff chat-1 41..42", "what changed from step 41 to step 42"),
                .init("burr diff chat-1 err", "what the last failed step changed"),
                .init("burr diff chat-1 first..head --format stat", "changes by top-level key"),
            ],
            exits: ["0   printed", "1   the states differ (with --exit-code)"]
                + Common.exits.dropFirst()
        ),
        run: { try DiffCommand(invocation: $0).run() }
    )
}

/// Compares two states.
private struct DiffCommand {
    let invocation: Invocation

    /// A state to compare.
    private struct Point {
        let step: Int64
        let side: Side
        let text: [UInt8]
    }

    func run() throws -> ExitCode {
        let history = try invocation.history()
        let (old, new) = try points(in: history, invocation.operand(1) ?? "head")
        let isSame = old.text == new.text
        switch invocation.format {
        case .patch:
            try invocation.output.write(try JSONPatch.diff(from: old.text, to: new.text))
            try invocation.output.endLine()
        case .json: try printDocument(history, old, new)
        case .stat: try printStat(try JSONPatch.edits(from: old.text, to: new.text))
        default:
            let printer = EditPrinter(
                output: invocation.output,
                palette: invocation.palette,
                limit: invocation.columns
            )
            for edit in try JSONPatch.edits(from: old.text, to: new.text) {
                try printer.print(edit)
            }
        }
        if isSame, invocation.format != .json, invocation.format != .patch {
            invocation.diagnostics.note("no difference")
        }
        return invocation.has(.exitCode) && !isSame ? .negative : .success
    }

    private func points(in history: History, _ text: String) throws -> (Point, Point) {
        guard let dots = text.firstRange(of: "..") else {
            let position = try invocation.position(text, in: history)
            let old = try stateBefore(position, in: history)
            return (
                Point(step: position.step, side: .before, text: old),
                try point(position, in: history)
            )
        }
        let left = String(text[..<dots.lowerBound])
        let right = String(text[dots.upperBound...])
        guard !left.isEmpty, !right.isEmpty else {
            throw invocation.usage("'\(text)' is not A..B")
        }
        return (
            try point(try invocation.position(left, in: history), in: history),
            try point(
                try invocation.position(right, in: history),
                in: history
            )
        )
    }

    private func point(_ position: StepPosition, in history: History) throws -> Point {
        Point(step: position.step, side: .after, text: try history.state(at: position))
    }

    /// The state before a step; null where Burr did not record it.
    private func stateBefore(_ position: StepPosition, in history: History) throws -> [UInt8] {
        do {
            return try history.state(at: position, side: .before)
        } catch ReplayError.stateNotRecorded, ReplayError.stepWithoutState {
            return Array("null".utf8)
        }
    }

    private func printDocument(_ history: History, _ old: Point, _ new: Point) throws {
        let patch = try JSONPatch.diff(from: old.text, to: new.text)
        var json = JSONText()
        json.object { json in
            json.member("project", history.name.project)
            json.member("app", history.name.appID)
            for (name, point) in [("from", old), ("to", new)] {
                json.key(name)
                json.object { json in
                    json.member("step", Int(point.step))
                    json.member("side", point.side.rawValue)
                    json.member("state_bytes", point.text.count)
                }
            }
            json.key("patch")
            json.raw(patch)
        }
        try invocation.output.write(json.bytes)
        try invocation.output.endLine()
    }

    private func printStat(_ edits: [JSONPatch.Edit]) throws {
        var summary = EditSummary()
        for edit in edits { summary.add(edit) }
        let columns = [
            TableColumn(title: "KEY", isFlexible: true),
            TableColumn(title: "ADDED", isRightAligned: true),
            TableColumn(title: "REMOVED", isRightAligned: true),
            TableColumn(title: "REPLACED", isRightAligned: true),
            TableColumn(title: "BYTES", isRightAligned: true),
        ]
        var table = TablePrinter(columns: columns, invocation)
        for row in summary.rows {
            let bytes = (row.byteChange > 0 ? "+" : "") + Quantity.count(row.byteChange)
            try table.row([
                TableCell(row.key.isEmpty ? "(the whole state)" : row.key, .heading),
                TableCell(Quantity.count(row.added), row.added > 0 ? .added : .dim),
                TableCell(Quantity.count(row.removed), row.removed > 0 ? .removed : .dim),
                TableCell(Quantity.count(row.replaced), row.replaced > 0 ? .changed : .dim),
                TableCell(bytes),
            ])
        }
        try table.finish()
    }
}
