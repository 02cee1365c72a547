// SPDX-License-Identifier: Apache-2.0

// `burr ls`: the applications of the store or of a project, or the projects.

internal import StateDelta
internal import Tracking

extension Command {
    static let list = Command(
        specification: CommandSpecification(
            name: "ls",
            summary: "list applications, the latest first",
            operands: "[PROJECT]",
            operandCount: 0...1,
            formats: [.pretty, .json, .jsonl],
            options: [
                .init(.projects, "the projects instead"),
                .init(.limit, short: "n", value: "N", "the first N only"),
                .init(.status, value: "S", "running, ok, failed, crashed, empty, ..."),
            ],
            notes: [
                """
                Without PROJECT it lists the applications of all projects. A damaged or \
                strange folder is listed with what is wrong with it.
                """
            ],
            examples: [
                .init("burr ls -n 10", "the ten applications last written"),
                .init("burr ls demo_chatbot", "the applications of one project"),
                .init(
                    "burr ls --status failed --format json | jq -r '.[].app'",
                    "the ids of all applications whose last step failed"
                ),
            ],
            exits: Common.exits
        ),
        run: { try ListCommand(invocation: $0).run() }
    )
}

/// Lists applications or projects.
private struct ListCommand {
    let invocation: Invocation

    private static let statuses: [ApplicationStatus] = [
        .running, .ok, .failed, .crashed, .empty, .notImported, .unreadable,
    ]

    func run() throws -> ExitCode {
        let limit = try invocation.count(.limit) ?? .max
        let status = try invocation.choice(.status, among: Self.statuses.map(\.rawValue))
        let project = invocation.operand(0) ?? invocation.settings.project
        if invocation.has(.projects) {
            let found = try whereThereIsAStore { () throws(StoreError) in
                try Catalog(invocation.store).projectSummaries()
            }
            try list(found.filter { project == nil || $0.project == project }.prefix(limit))
        } else {
            let found = try whereThereIsAStore { () throws(StoreError) in
                try invocation.applications(in: project)
            }
            .filter { status == nil || $0.status.rawValue == status }
            .sorted { Self.stands($0, before: $1) }
            try list(found.prefix(limit), project: project)
        }
        return .success
    }

    /// A list; an empty one, and a word about it, where there is no store yet.
    private func whereThereIsAStore<Row>(
        _ rows: () throws(StoreError) -> [Row]
    ) throws(StoreError) -> [Row] {
        do throws(StoreError) {
            return try rows()
        } catch {
            guard case .noStore = error else { throw error }
            invocation.diagnostics.note("burr: \(printable("\(error)"))")
            return []
        }
    }

    /// The latest first; those without a time last.
    private static func stands(_ left: ApplicationSummary, before right: ApplicationSummary)
        -> Bool
    {
        let (leftTime, rightTime) = (left.lastWritten ?? .min, right.lastWritten ?? .min)
        return leftTime == rightTime
            ? left.name.description < right.name.description : leftTime > rightTime
    }
}

// MARK: - Applications

extension ListCommand {
    private func list(_ applications: ArraySlice<ApplicationSummary>, project: String?) throws {
        guard invocation.format == .pretty else {
            let times = TimeText(invocation.settings)
            var rows = RowWriter(invocation)
            for application in applications {
                try rows.row { Self.write(application, times, &$0) }
            }
            return try rows.finish()
        }
        if applications.isEmpty { invocation.diagnostics.note("no applications") }
        if let one = applications.first(where: { $0.status == .notImported }) {
            invocation.diagnostics.note(invocation.notImported(one.name).message)
        }
        let times = TimeText(invocation.settings)
        let hasNotes = applications.contains { !Self.note($0).isEmpty }
        let hasPartitions = applications.contains { $0.partitionKey != nil }
        var columns = [TableColumn(title: "APP", isFlexible: true)]
        if hasPartitions { columns.append(TableColumn(title: "PARTITION", isFlexible: true)) }
        columns += [
            TableColumn(title: "STEPS", isRightAligned: true), TableColumn(title: "STATUS"),
            TableColumn(title: "WRITTEN"), TableColumn(title: "SIZE", isRightAligned: true),
            TableColumn(title: hasNotes ? "NOTE" : "", isFlexible: true),
        ]
        var table = TablePrinter(columns: columns, invocation)
        for application in applications {
            let name = application.name
            var cells = [TableCell(project == nil ? name.description : name.appID, .heading)]
            if hasPartitions { cells.append(TableCell(application.partitionKey ?? "")) }
            cells += [
                TableCell(Quantity.count(Int(application.stepCount))),
                TableCell(application.status.rawValue, application.status.style),
                TableCell(times.cell(application.lastWritten, usual: .relative)),
                TableCell(Quantity.bytes(Int(application.byteCount))),
                TableCell(Self.note(application), application.problem == nil ? .dim : .bad),
            ]
            try table.row(cells)
        }
        try table.finish()
    }

    private static func note(_ application: ApplicationSummary) -> String {
        var parts: [String] = []
        if let problem = application.problem { parts.append(problem) }
        if let parent = application.parent {
            let step = parent.step.map { " at \($0)" } ?? ""
            parts.append("fork of \(parent.appID)\(step)")
        }
        if let parent = application.spawningParent { parts.append("spawned by \(parent.appID)") }
        if application.branchCount > 1 { parts.append("\(application.branchCount) branches") }
        return parts.joined(separator: ", ")
    }

    private static func write(
        _ application: ApplicationSummary,
        _ times: TimeText,
        _ json: inout JSONText
    ) {
        json.member("project", application.name.project)
        json.member("app", application.name.appID)
        json.member("partition_key", application.partitionKey)
        json.member("status", application.status.rawValue)
        json.member("steps", Int(application.stepCount))
        json.member("first_step", application.firstStep.map(Int.init))
        json.member("last_step", application.lastStep.map(Int.init))
        times.member("first_written", application.firstWritten, &json)
        times.member("last_written", application.lastWritten, &json)
        json.member("stored_bytes", Int(application.byteCount))
        json.member("branches", application.branchCount)
        json.pointer("parent", application.parent)
        json.pointer("spawning_parent", application.spawningParent)
        json.member("problem", application.problem)
    }
}

extension JSONText {
    /// Writes a member that names a point in another application, or null.
    mutating func pointer(_ name: String, _ pointer: ParentPointer?) {
        key(name)
        guard let pointer else { return raw("null") }
        object { json in
            json.member("app", pointer.appID)
            json.member("step", pointer.step.map(Int.init))
            json.member("partition_key", pointer.partitionKey)
        }
    }
}

extension ApplicationStatus {
    /// How a table shows it.
    var style: Style {
        switch self {
        case .ok: .good
        case .running: .changed
        case .failed, .crashed, .unreadable: .bad
        case .empty, .notImported: .dim
        }
    }
}

// MARK: - Projects

extension ListCommand {
    private func list(_ projects: ArraySlice<ProjectSummary>) throws {
        let times = TimeText(invocation.settings)
        guard invocation.format == .pretty else {
            var rows = RowWriter(invocation)
            for project in projects {
                try rows.row { json in
                    json.member("project", project.project)
                    json.member("apps", project.applicationCount)
                    times.member("last_written", project.lastWritten, &json)
                    json.member("stored_bytes", Int(project.byteCount))
                    json.member("problems", project.problemCount)
                }
            }
            return try rows.finish()
        }
        if projects.isEmpty { invocation.diagnostics.note("no projects") }
        let columns = [
            TableColumn(title: "PROJECT", isFlexible: true),
            TableColumn(title: "APPS", isRightAligned: true), TableColumn(title: "WRITTEN"),
            TableColumn(title: "SIZE", isRightAligned: true), TableColumn(title: "NOTE"),
        ]
        var table = TablePrinter(columns: columns, invocation)
        for project in projects {
            let problems = project.problemCount
            try table.row([
                TableCell(project.project, .heading),
                TableCell(Quantity.count(project.applicationCount)),
                TableCell(times.cell(project.lastWritten, usual: .relative)),
                TableCell(Quantity.bytes(Int(project.byteCount))),
                TableCell(problems == 0 ? "" : Quantity.count(problems, "problem"), .bad),
            ])
        }
        try table.finish()
    }
}
