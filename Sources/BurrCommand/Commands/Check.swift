// SPDX-License-Identifier: Apache-2.0

// `burr fsck`: whether the logs are whole.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let check = Command(
        specification: CommandSpecification(
            name: "fsck",
            summary: "check that logs are whole",
            operands: "[APP]",
            operandCount: 0...1,
            formats: [.pretty, .json, .jsonl],
            options: [
                .init(.deep, "rebuild every state and check it, not only the records")
            ],
            notes: [
                "Without APP it checks every application. Nothing is changed, ever."
            ],
            examples: [
                .init("burr fsck", "every log of the store"),
                .init("burr fsck chat-1 --deep", "every state of one application"),
                .init(
                    "burr fsck --format jsonl | jq 'select(.verdict != \"clean\")'",
                    "those that are not clean"
                ),
            ],
            exits: [
                "0   clean", "1   a torn tail: the last write is incomplete, nothing else",
                "2   damage", "3   written by a newer version", "4   reading failed",
                "64  the command line is wrong", "66  no such application",
                "130 interrupted by Ctrl-C",
            ]
        ),
        run: { try CheckCommand(invocation: $0).run() }
    )
}

/// Checks logs.
private struct CheckCommand {
    let invocation: Invocation

    func run() throws -> ExitCode {
        let names = try names()
        let isDeep = invocation.has(.deep)
        let progress = Progress(invocation.diagnostics)
        var table = TablePrinter(columns: Self.columns, invocation)
        var rows = RowWriter(invocation)
        var worst = VerifyReport.Verdict.clean
        Interrupt.watch()
        for (index, name) in names.enumerated() {
            try Interrupt.check("interrupted before \(name)")
            progress.update("checking \(name)  \(index + 1)/\(names.count)")
            let branches: [BranchVerification]
            do throws(ReplayError) {
                branches = try Verification.run(name, in: invocation.store, deep: isDeep)
            } catch {
                worst = max(worst, .ioError)
                invocation.diagnostics.error("\(error)")
                continue
            }
            for branch in branches {
                worst = max(worst, branch.verdict)
                if invocation.format == .pretty {
                    try table.row(Self.cells(name, branch))
                } else {
                    try rows.row { Self.write(name, branch, &$0) }
                }
            }
        }
        progress.finish()
        if invocation.format == .pretty { try table.finish() } else { try rows.finish() }
        return ExitCode(rawValue: Int32(worst.rawValue))
    }

    private func names() throws -> [ApplicationName] {
        if let operand = invocation.operand(0) { return [try invocation.application(operand)] }
        let catalog = Catalog(invocation.store)
        return try invocation.projects(invocation.settings.project)
            .flatMap { try catalog.names(in: $0) }
    }

    private static let columns = [
        TableColumn(title: "APP", isFlexible: true), TableColumn(title: "BRANCH"),
        TableColumn(title: "RECORDS", isRightAligned: true), TableColumn(title: "VERDICT"),
        TableColumn(title: ""),
    ]

    private static func cells(_ name: ApplicationName, _ branch: BranchVerification)
        -> [TableCell]
    {
        [
            TableCell(name.description, .heading),
            TableCell(String(branch.branch.description.prefix(12)), .dim),
            TableCell(Quantity.count(Int(branch.report.records))),
            TableCell(branch.verdict.word, branch.verdict == .clean ? .good : .bad),
            TableCell(branch.findings.joined(separator: "; ")),
        ]
    }

    private static func write(
        _ name: ApplicationName,
        _ branch: BranchVerification,
        _ json: inout JSONText
    ) {
        json.member("project", name.project)
        json.member("app", name.appID)
        json.member("branch", branch.branch.description)
        json.member("verdict", branch.verdict.word)
        json.member("segments", branch.report.segments)
        json.member("records", Int(clamping: branch.report.records))
        json.member("findings", branch.findings)
        json.key("unreadable_steps")
        json.array { json in
            for range in branch.unreadable {
                json.array { json in
                    json.integer(Int(range.lowerBound))
                    json.integer(Int(range.upperBound))
                }
            }
        }
    }
}

extension BranchVerification {
    /// The verdict with what the replay found.
    fileprivate var verdict: VerifyReport.Verdict {
        unreadable.isEmpty && wrongSnapshots.isEmpty
            ? report.verdict : max(report.verdict, .damaged)
    }

    /// What is wrong, a phrase each.
    fileprivate var findings: [String] {
        var found: [String] = []
        if let error = report.error { found.append("\(error)") }
        if !unreadable.isEmpty {
            found.append("steps \(Self.list(unreadable)) cannot be rebuilt")
        }
        found += report.damages.map { damage in
            let bytes = Quantity.count(damage.bytes.count, "byte")
            return "segment \(damage.segment) is damaged at offset \(damage.bytes.lowerBound)"
                + " (\(bytes))"
        }
        if let tail = report.tornTail {
            found.append(
                "segment \(tail.segment): \(Quantity.bytes(Int(tail.bytes))) of a write that was "
                    + "never finished (torn tail) at offset \(tail.offset)"
            )
        }
        found += report.problems.map(\.words)
        if !wrongSnapshots.isEmpty {
            let steps = wrongSnapshots.map(String.init).joined(separator: ", ")
            found.append("the snapshots at \(steps) are not what the deltas lead to")
        }
        return found
    }

    private static func list(_ ranges: [ClosedRange<Int64>]) -> String {
        let texts = ranges.prefix(20).map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        return texts.joined(separator: ", ") + (ranges.count > 20 ? ", ..." : "")
    }
}

extension VerifyReport.Problem {
    /// The problem as a phrase.
    fileprivate var words: String {
        switch self {
        case .gap(let segment): "records are missing before segment \(segment)"
        case .wrongIndex(let segment): "segment \(segment): its index is not that of its records"
        case .wrongBody(let segment): "segment \(segment): its checksum does not match"
        case .wrongSnapshot(let segment, let offset):
            "segment \(segment): the snapshot at offset \(offset) cannot be read"
        }
    }
}

extension VerifyReport.Verdict {
    /// The word for it in a document.
    fileprivate var word: String {
        switch self {
        case .clean: "clean"
        case .tornTail: "torn_tail"
        case .damaged: "damaged"
        case .newerVersion: "newer_version"
        case .ioError: "io_error"
        }
    }
}
