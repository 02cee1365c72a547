// SPDX-License-Identifier: Apache-2.0

// `burr log`: the steps of an application, one line each.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let log = Command(
        specification: CommandSpecification(
            name: "log",
            summary: "list the steps of an application",
            operands: "APP",
            operandCount: 1...1,
            formats: [.pretty, .json, .jsonl],
            options: [
                .init(.action, value: "A", "steps of this action only"),
                .init(.status, value: "S", "ok, failed, running or crashed steps only"),
                .init(.limit, short: "n", value: "N", "at most N steps"),
                .init(.reverse, "the latest first"),
                .init(.from, value: "REF", "begin at this step (default: first)"),
                .init(.to, value: "REF", "end at this step (default: head)"),
            ],
            notes: [],
            examples: [
                .init("burr log chat-1", "all steps"),
                .init("burr log chat-1 --status failed --reverse -n 1", "the last failed step"),
                .init(
                    "burr log - --action ai_response --format jsonl | jq .duration_ms",
                    "how long each step of one action took"
                ),
            ],
            exits: Common.exits + ["130 interrupted by Ctrl-C"]
        ),
        run: { try LogCommand(invocation: $0).run() }
    )
}

/// Lists steps.
private struct LogCommand {
    let invocation: Invocation

    func run() throws -> ExitCode {
        let action = invocation.value(.action)
        let status = try invocation.choice(.status, among: ["ok", "failed", "running", "crashed"])
        let limit = try invocation.count(.limit) ?? .max
        let history = try invocation.history()
        let times = TimeText(invocation.settings)
        var table = TablePrinter(columns: Self.columns, invocation)
        var rows = RowWriter(invocation)
        let (line, range) = try range(in: history)
        Interrupt.watch()
        var count = 0
        let isReversed = invocation.has(.reverse)
        let isPretty = invocation.format == .pretty
        if limit > 0 {
            try history.forEachRow(line, reversed: isReversed, range: range) { row in
                try Interrupt.check("interrupted at step \(row.row.step)")
                if let action, row.action != action { return true }
                let state = history.status(of: row)
                if let status, status != state { return true }
                if isPretty {
                    try table.row(Self.cells(row, state, times))
                } else {
                    try rows.row { Self.write(row, state, times, &$0) }
                }
                count += 1
                return count < limit
            }
        }
        if isPretty { try table.finish() } else { try rows.finish() }
        if isPretty, count == 0 { invocation.diagnostics.note("no such steps") }
        return .success
    }

    /// The line and the steps of it that were asked for.
    private func range(in history: History) throws -> ([LinePart], ClosedRange<Int64>) {
        let from = try invocation.value(.from).map { try invocation.position($0, in: history) }
        let to = try invocation.value(.to).map { try invocation.position($0, in: history) }
        let line = (to ?? from)?.line ?? history.line(of: history.newest)
        let first = from?.step ?? 0
        let last = to?.step ?? .max
        guard first <= last else {
            throw invocation.usage("--from \(first) comes after --to \(last)")
        }
        return (line, first...last)
    }

    private static let columns = [
        TableColumn(title: "STEP", isRightAligned: true),
        TableColumn(title: "ACTION", isFlexible: true), TableColumn(title: "STATUS"),
        TableColumn(title: "START"), TableColumn(title: "DURATION", isRightAligned: true),
        TableColumn(title: "STATE", isRightAligned: true),
        TableColumn(title: "WROTE", isFlexible: true),
    ]

    private static func cells(_ row: LineRow, _ status: String, _ times: TimeText) -> [TableCell] {
        [
            TableCell(String(row.row.step)),
            TableCell(row.action),
            TableCell(status, StepStatus.style(status)),
            TableCell(times.cell(row.startTime, usual: .iso)),
            TableCell(row.duration.map(Quantity.duration) ?? "-"),
            TableCell(row.row.status == .begun ? "-" : Quantity.bytes(Int(row.row.stateSize))),
            TableCell(row.changedKeys.joined(separator: " ")),
        ]
    }

    private static func write(
        _ row: LineRow,
        _ status: String,
        _ times: TimeText,
        _ json: inout JSONText
    ) {
        json.member("step", Int(row.row.step))
        json.member("action", row.action)
        json.member("status", status)
        times.member("start", row.startTime, &json)
        json.key("duration_ms")
        json.milliseconds(nanoseconds: row.duration)
        json.member("state_bytes", row.row.status == .begun ? nil : Int(row.row.stateSize))
        json.member("changed", row.changedKeys.map(Key.pointer))
        json.member("branch", row.branch.id.description)
    }
}

extension StepStatus {
    /// How a status looks.
    static func style(_ status: String) -> Style {
        switch status {
        case "ok": .good
        case "running": .changed
        default: .bad
        }
    }
}

extension History {
    /// `ok`, `failed`, `running` or `crashed`.
    func status(of row: LineRow) -> String {
        switch row.row.status {
        case .ok: "ok"
        case .failed: "failed"
        case .begun: isBeingWritten(row.branch) ? "running" : "crashed"
        }
    }
}
