// SPDX-License-Identifier: Apache-2.0

// `burr repair`: a whole copy of what is left of a damaged log.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let repair = Command(
        specification: CommandSpecification(
            name: "repair",
            summary: "copy what is left of a damaged log to a whole one beside it",
            operands: "APP",
            operandCount: 1...1,
            formats: [.pretty, .json, .jsonl],
            options: [],
            notes: [
                "The damaged files stay as they are, under their names. The copy takes their "
                    + "place in every view; 42@BRANCH still reads the damaged branch.",
                "Steps whose state cannot be rebuilt are kept without it; steps that are lost are "
                    + "named in the copy by a gap.",
            ],
            examples: [
                .init("burr fsck chat-1", "what is wrong, and which steps are lost"),
                .init("burr repair chat-1", "a whole log with all the others"),
                .init("burr repair chat-1 --format json", "the same, for a program"),
            ],
            exits: [
                "0   every branch is whole or has a whole copy now",
                "64  the command line is wrong",
                "65  written by a newer version, or no record left",
                "66  no such application", "74  reading or writing failed",
                "75  a program is writing the log: stop it first",
            ]
        ),
        run: { try RepairCommand(invocation: $0).run() }
    )
}

/// Repairs an application.
private struct RepairCommand {
    let invocation: Invocation

    func run() throws -> ExitCode {
        let name = try invocation.application(invocation.operand(0) ?? "")
        let results = try Repair.run(name, in: invocation.store)
        var table = TablePrinter(columns: Self.columns, invocation)
        var rows = RowWriter(invocation)
        for result in results {
            if invocation.format == .pretty {
                try table.row(Self.cells(result))
            } else {
                try rows.row { Self.write(name, result, &$0) }
            }
        }
        if invocation.format == .pretty { try table.finish() } else { try rows.finish() }
        return .success
    }

    private static let columns = [
        TableColumn(title: "BRANCH"), TableColumn(title: "COPY"),
        TableColumn(title: "", isFlexible: true),
    ]

    private static func cells(_ result: RepairResult) -> [TableCell] {
        [
            TableCell(String(result.found.branch.description.prefix(12)), .dim),
            TableCell(result.repair?.description ?? "-"),
            TableCell(words(result)),
        ]
    }

    private static func words(_ result: RepairResult) -> String {
        guard result.repair != nil else { return "whole: nothing to do" }
        let lost = result.found.unreadable
        let verb = StepList.isOne(lost) ? "is" : "are"
        let left = lost.isEmpty ? "no step is lost" : "\(StepList.text(lost)) \(verb) lost"
        let kept = result.found.replayable.reduce(0) { $0 + $1.count }
        let prefix = result.isNew ? "" : "was repaired before: "
        return "\(prefix)\(Quantity.count(kept, "step")) kept, \(left)"
    }

    private static func write(
        _ name: ApplicationName,
        _ result: RepairResult,
        _ json: inout JSONText
    ) {
        json.member("project", name.project)
        json.member("app", name.appID)
        json.member("branch", result.found.branch.description)
        json.member("repaired_in", result.repair?.description)
        json.member("is_new", result.isNew)
        json.member("replayable_steps", ranges: result.found.replayable)
        json.member("unreadable_steps", ranges: result.found.unreadable)
    }
}
