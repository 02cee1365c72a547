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
                .init(.deep, "also replay each snapshot from the one before")
            ],
            notes: [
                "Without APP it checks every application. Nothing is changed, ever.",
                "A damaged branch that 'burr repair' has copied does not count.",
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
                "0   clean, or nothing that can be checked",
                "1   a torn tail: the last write is incomplete, nothing else",
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
            if branches.isEmpty { try writeNothing(name, &table, &rows) }
            for branch in branches {
                worst = max(worst, branch.remainingVerdict)
                if invocation.format == .pretty {
                    try table.row(Self.cells(name, branch))
                    for remark in Self.remarks(name, branch) { try table.remark(remark) }
                } else {
                    try rows.row { Self.write(name, branch, &$0) }
                }
            }
        }
        progress.finish()
        if invocation.format == .pretty { try table.finish() } else { try rows.finish() }
        return ExitCode(rawValue: Int32(worst.rawValue))
    }

    /// Says why there was nothing to check.
    private func writeNothing(
        _ name: ApplicationName,
        _ table: inout TablePrinter,
        _ rows: inout RowWriter
    ) throws {
        let isBurrs = Catalog(invocation.store).summary(of: name).status == .notImported
        let verdict = isBurrs ? "not_imported" : "empty"
        let finding =
            isBurrs
            ? "only Burr's own log is here, which has no checksums: it was not checked"
            : "nothing was recorded here"
        let advice = isBurrs ? invocation.importing(name) : nil
        if invocation.format == .pretty {
            try table.row([
                TableCell(name.description, .heading), TableCell("-", .dim),
                TableCell("-", .dim), TableCell(verdict, .dim),
            ])
            try table.remark(finding)
            if let advice { try table.remark("run: \(advice)") }
            return
        }
        try rows.row { json in
            json.member("project", name.project)
            json.member("app", name.appID)
            json.member("branch", String?.none)
            json.member("verdict", verdict)
            json.member("repaired_in", String?.none)
            for count in ["segments", "records", "steps"] { json.member(count, 0) }
            json.member("replayable_steps", ranges: [])
            json.member("unreadable_steps", ranges: [])
            json.member("damages", [])
            json.member("findings", [finding])
            json.member("run", advice)
        }
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
    ]

    private static func cells(_ name: ApplicationName, _ branch: BranchVerification)
        -> [TableCell]
    {
        [
            TableCell(name.description, .heading),
            TableCell(String(branch.branch.description.prefix(12)), .dim),
            TableCell(Quantity.count(Int(branch.report.records))),
            TableCell(branch.verdict.word, branch.verdict == .clean ? .good : .bad),
        ]
    }

    /// What is wrong, and what to do.
    private static func remarks(_ name: ApplicationName, _ branch: BranchVerification) -> [String] {
        if let repair = branch.repairedIn {
            return branch.words + ["repaired: branch \(repair) has what is left"]
        }
        return branch.words + (branch.advice(name).map { ["run: \($0)"] } ?? [])
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
        json.member("repaired_in", branch.repairedIn?.description)
        json.member("segments", branch.report.segments)
        json.member("records", Int(clamping: branch.report.records))
        json.member("steps", Int(clamping: branch.steps))
        json.member("replayable_steps", ranges: branch.replayable)
        json.member("unreadable_steps", ranges: branch.unreadable)
        json.key("damages")
        json.array { json in
            for finding in branch.findings {
                json.object { Self.write(finding, of: branch, name, &$0) }
            }
        }
        json.member("findings", branch.words)
        json.member("run", branch.advice(name))
    }

    private static func write(
        _ finding: Finding,
        of branch: BranchVerification,
        _ name: ApplicationName,
        _ json: inout JSONText
    ) {
        let file = SegmentName(branch: branch.branch, number: finding.segment)
        json.member("kind", finding.kind.rawValue)
        json.member("segment", Int(clamping: finding.segment))
        json.member("file", "\(file)")
        json.member("from", Int(clamping: finding.bytes.lowerBound))
        json.member("to", Int(clamping: finding.bytes.upperBound))
        json.member("problem", finding.words)
        json.member("steps_lost", ranges: finding.stepsLost)
        json.member("steps_replayable", ranges: branch.replayable)
        json.member("run", branch.advice(name))
    }
}

extension JSONText {
    /// Writes ranges of steps, each as `[first, last]`.
    mutating func member(_ name: String, ranges: [ClosedRange<Int64>]) {
        key(name)
        array { json in
            for range in ranges {
                json.array { json in
                    json.integer(Int(range.lowerBound))
                    json.integer(Int(range.upperBound))
                }
            }
        }
    }
}

extension BranchVerification {
    /// What is wrong, a phrase each.
    fileprivate var words: [String] {
        var found: [String] = []
        // Damage that the bytes tell of is among the findings.
        if let error = report.error { found.append("\(error)") }
        if !unreadable.isEmpty {
            found.append("\(StepList.text(unreadable)) cannot be rebuilt")
        }
        return found + findings.map(\.words)
    }

    /// What to do about it; nothing where there is nothing to do.
    fileprivate func advice(_ name: ApplicationName) -> String? {
        switch verdict {
        case .clean: nil
        case _ where repairedIn != nil: nil
        case .tornTail, .damaged: "burr repair '\(name)'"
        case .newerVersion: "update burr: a newer version wrote this log"
        case .ioError: "check the disk and the permissions, then run 'burr fsck' again"
        }
    }
}

/// Steps as text.
enum StepList {
    /// Whether there is one step only.
    static func isOne(_ ranges: [ClosedRange<Int64>]) -> Bool {
        ranges.count == 1 && ranges[0].count == 1
    }

    /// `step 3`, or `steps 3, 7-9`; at most twenty ranges.
    static func text(_ ranges: [ClosedRange<Int64>]) -> String {
        let texts = ranges.prefix(20).map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        let list = texts.joined(separator: ", ") + (ranges.count > 20 ? ", ..." : "")
        return "\(isOne(ranges) ? "step" : "steps") \(list)"
    }
}

extension Finding {
    /// The finding as a phrase.
    fileprivate var words: String {
        let place = "segment \(segment)"
        let offset = bytes.lowerBound
        let because = reason.map { ": \($0)" } ?? ""
        return switch kind {
        case .damage:
            "\(place) is damaged at offset \(offset) (\(Quantity.count(bytes.count, "byte")))"
        case .tornTail:
            "\(place): \(Quantity.bytes(bytes.count)) of a write that was never finished "
                + "(torn tail) at offset \(offset)"
        case .missingSegment: "records are missing before \(place)"
        case .wrongIndex: "\(place): its index is not that of its records"
        case .wrongChecksum: "\(place): its checksum does not match"
        case .wrongSnapshot: "\(place): the snapshot at offset \(offset) is wrong\(because)"
        case .malformedRecord: "\(place): the record at offset \(offset) is malformed\(because)"
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
