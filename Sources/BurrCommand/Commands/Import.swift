// SPDX-License-Identifier: Apache-2.0

// `burr import`: the logs that Burr has written become part of the store.

internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let importLogs = Command(
        specification: CommandSpecification(
            name: "import",
            summary: "read logs that Burr has written",
            operands: "[PATH]",
            operandCount: 0...1,
            formats: [.pretty, .json, .jsonl],
            options: [],
            notes: [
                """
                PATH is a folder with projects, a project, an application's folder, or a \
                log.jsonl. Without PATH the store's own folder is read in place. Burr's files \
                are never changed. Importing again adds only what is new.
                """,
                """
                --project takes one project of many; for a single application or log it names \
                the project that it becomes part of.
                """,
            ],
            examples: [
                .init("burr import", "index ~/.burr where it is"),
                .init("burr import ./runs --store ./store", "copy a folder into another store"),
                .init("burr import ./chat-1/log.jsonl -p demo", "one log, into one project"),
            ],
            exits: ["0   done; lines that could not be read are named on standard error"]
                + Common.exits.dropFirst() + ["130 interrupted; import again to go on"]
        ),
        run: { try ImportCommand(invocation: $0).run() }
    )
}

/// Imports every application below a path.
private struct ImportCommand {
    let invocation: Invocation

    /// Problems of one application that are named without `--verbose`.
    private static let problemLimit = 3

    /// What came of all applications.
    struct Totals {
        var steps = 0
        var events = 0
        var bytes = 0
        var applications = 0
        var code = ExitCode.success
    }

    func run() throws -> ExitCode {
        let store = invocation.store
        let path = invocation.operand(0).map { Path.absolute(Environment.expandingHome($0)) }
        let source = try self.source(at: path ?? store.root, store)
        Interrupt.watch()
        let importer = Importer(into: store)
        let total = source.folders.reduce(0) { $0 + Int($1.logSize(store.storage)) }
        let progress = Progress(invocation.diagnostics)
        var table = TablePrinter(columns: Self.columns, invocation)
        var rows = RowWriter(invocation)
        var totals = Totals()
        var read = 0
        for (index, folder) in source.folders.enumerated() {
            if Interrupt.isPressed { break }
            let report = importer.run(folder) { bytes in
                read += Int(bytes)
                progress.update(
                    "importing \(folder.name)  \(index + 1)/\(source.folders.count)  "
                        + "\(Quantity.bytes(read)) of \(Quantity.bytes(total))"
                )
            }
            totals.take(report)
            explain(report, &totals)
            if invocation.format == .pretty {
                if report.hasNews { try table.row(Self.cells(report)) }
            } else {
                try rows.row { Self.write(report, &$0) }
            }
        }
        for project in source.projects where !Interrupt.isPressed {
            if let report = importer.annotations(of: project.project, at: project.path) {
                totals.events += report.eventsAdded
                explain(report, &totals)
            }
        }
        progress.finish()
        if invocation.format == .pretty { try table.finish() } else { try rows.finish() }
        try invocation.output.flush()
        summarize(totals, source)
        try Interrupt.check("interrupted: import again to go on")
        return totals.code
    }

    private func source(at path: String, _ store: Store) throws -> BurrSource {
        var source = try BurrSource(at: path, for: store)
        guard let project = invocation.settings.project else { return source }
        if source.projects.isEmpty {
            for index in source.folders.indices { source.folders[index].name.project = project }
            return source
        }
        let known = source.projects.map(\.project)
        guard known.contains(project) else { throw StoreError.noProject(project, known: known) }
        source.projects.removeAll { $0.project != project }
        source.folders.removeAll { $0.name.project != project }
        return source
    }

    /// Says what could not be read.
    private func explain(_ report: ApplicationImport, _ totals: inout Totals) {
        let diagnostics = invocation.diagnostics
        let limit = invocation.settings.isVerbose ? Int.max : Self.problemLimit
        let name = report.name.appID.isEmpty ? report.name.project : "\(report.name)"
        for problem in report.problems.prefix(limit) {
            diagnostics.warning("\(name): \(problem)")
        }
        let rest = report.problemCount - min(limit, report.problems.count)
        if rest > 0 {
            diagnostics.warning("\(name): \(Quantity.count(rest, "more problem"))")
        }
        for note in report.notes { diagnostics.note("burr: \(printable("\(name): \(note)"))") }
        if let failure = report.failure {
            let error = CommandError(failure)
            diagnostics.error("\(name): \(error.message)", details: error.details)
            if totals.code == .success { totals.code = error.code }
        }
    }

    private func summarize(_ totals: Totals, _ source: BurrSource) {
        let unchanged = source.folders.count - totals.applications
        var text = "imported \(Quantity.count(totals.steps, "step"))"
        text += " of \(Quantity.count(totals.applications, "application"))"
        text += ", \(Quantity.bytes(totals.bytes)) read"
        if unchanged > 0 { text += "; \(Quantity.count(unchanged)) had nothing new" }
        invocation.diagnostics.note(text)
    }

    private static let columns = [
        TableColumn(title: "APP", isFlexible: true),
        TableColumn(title: "NEW STEPS", isRightAligned: true),
        TableColumn(title: "READ", isRightAligned: true),
        TableColumn(title: "NOTE", isFlexible: true),
    ]

    private static func cells(_ report: ApplicationImport) -> [TableCell] {
        var note: [String] = []
        if report.branchesAdded > 1 {
            note.append(Quantity.count(report.branchesAdded, "run"))
        }
        if report.problemCount > 0 {
            note.append(Quantity.count(report.problemCount, "problem"))
        }
        if report.failure != nil { note.append("failed") }
        let isBad = report.problemCount > 0 || report.failure != nil
        return [
            TableCell(report.name.description, .heading),
            TableCell(Quantity.count(report.stepsAdded)),
            TableCell(Quantity.bytes(Int(report.bytesRead))),
            TableCell(note.joined(separator: ", "), isBad ? .bad : .dim),
        ]
    }

    private static func write(_ report: ApplicationImport, _ json: inout JSONText) {
        json.member("project", report.name.project)
        json.member("app", report.name.appID)
        json.member("steps_added", report.stepsAdded)
        json.member("events_added", report.eventsAdded)
        json.member("branches_added", report.branchesAdded)
        json.member("bytes_read", Int(report.bytesRead))
        json.member("problem_count", report.problemCount)
        json.key("problems")
        json.array { json in
            for problem in report.problems {
                json.object { json in
                    json.member("file", problem.file)
                    json.member("offset", Int(problem.offset))
                    json.member("bytes", problem.byteCount)
                    json.member("reason", problem.reason)
                }
            }
        }
        json.member("notes", report.notes)
        json.member("error", report.failure.map { "\($0)" })
    }
}

extension ImportCommand.Totals {
    fileprivate mutating func take(_ report: ApplicationImport) {
        steps += report.stepsAdded
        events += report.eventsAdded
        bytes += Int(report.bytesRead)
        if report.hasNews { applications += 1 }
    }
}

extension ApplicationImport {
    /// Whether anything came of it.
    fileprivate var hasNews: Bool {
        stepsAdded + eventsAdded + branchesAdded + problemCount > 0 || failure != nil
    }
}
