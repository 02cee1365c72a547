// SPDX-License-Identifier: Apache-2.0

// `burr stat`: an application in numbers.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let stat = Command(
        specification: CommandSpecification(
            name: "stat",
            summary: "print an application in numbers",
            operands: "APP",
            operandCount: 1...1,
            formats: [.pretty, .json],
            options: [],
            notes: [],
            examples: [
                .init("burr stat chat-1", "steps, times, branches, actions, sizes"),
                .init("burr stat -", "the most recent application"),
                .init("burr stat - --format json | jq .stored_bytes", "its size on disk"),
            ],
            exits: Common.exits
        ),
        run: { try StatCommand(invocation: $0).run() }
    )
}

/// What the steps of one action come to.
private struct ActionTotals {
    let action: String
    var steps = 0
    var failed = 0
    var duration: Int64 = 0
    var longest: Int64 = 0

    mutating func take(_ row: LineRow) {
        steps += 1
        if row.row.status == .failed { failed += 1 }
        duration += row.duration ?? 0
        longest = max(longest, row.duration ?? 0)
    }
}

/// An application in numbers.
private struct Numbers {
    let summary: ApplicationSummary
    let history: History
    var actions: [ActionTotals] = []
    var steps = 0
    var failed = 0
    var unfinished = 0
    /// Bytes of all states together: what a log of whole states would hold.
    var statesBytes = 0
    var largest: (step: Int64, bytes: Int)?
    var head: (step: Int64, bytes: Int)?

    init(_ history: History, _ summary: ApplicationSummary) throws {
        self.history = history
        self.summary = summary
        var indexes: [String: Int] = [:]
        try history.forEachRow(history.line(of: history.newest)) { row in
            let name = row.action
            let index = indexes[name] ?? actions.count
            if index == actions.count {
                indexes[name] = index
                actions.append(ActionTotals(action: name))
            }
            take(row)
            actions[index].take(row)
            return true
        }
    }

    private mutating func take(_ row: LineRow) {
        steps += 1
        if row.row.status == .begun {
            unfinished += 1
            return
        }
        if row.row.status == .failed { failed += 1 }
        let bytes = Int(row.row.stateSize)
        statesBytes += bytes
        head = (row.row.step, bytes)
        if bytes > largest?.bytes ?? -1 { largest = (row.row.step, bytes) }
    }

    var duration: Int64 { actions.reduce(0) { $0 + $1.duration } }
}

private struct StatCommand {
    let invocation: Invocation

    func run() throws -> ExitCode {
        let history = try invocation.history()
        let summary = Catalog(invocation.store).summary(of: history.name)
        let numbers = try Numbers(history, summary)
        let times = TimeText(invocation.settings)
        if invocation.format == .json {
            var json = JSONText()
            json.object { Self.write(numbers, times, &$0) }
            try invocation.printDocument(json.bytes)
        } else {
            try printFacts(numbers, times)
            try printActions(numbers)
        }
        return .success
    }
}

// MARK: - For people

extension StatCommand {
    private func printFacts(_ numbers: Numbers, _ times: TimeText) throws {
        let summary = numbers.summary
        var facts: [(String, String)] = [("app", summary.name.description)]
        if let key = summary.partitionKey { facts.append(("partition", key)) }
        facts.append(("status", summary.status.rawValue))
        if let problem = summary.problem { facts.append(("problem", problem)) }
        if let parent = summary.parent {
            facts.append(("fork of", parent.appID + (parent.step.map { " at step \($0)" } ?? "")))
        }
        if let parent = summary.spawningParent { facts.append(("spawned by", parent.appID)) }
        facts += [
            ("written", times.cell(summary.firstWritten, usual: .iso)),
            ("until", times.cell(summary.lastWritten, usual: .iso)),
            ("steps", Self.steps(numbers)),
            ("time", Quantity.duration(nanoseconds: numbers.duration)),
        ]
        if let head = numbers.head {
            facts.append(("state", "\(Quantity.bytes(head.bytes)) at step \(head.step)"))
        }
        if let largest = numbers.largest {
            facts.append(("largest", "\(Quantity.bytes(largest.bytes)) at step \(largest.step)"))
        }
        facts.append(("on disk", Self.size(numbers)))
        if numbers.history.branches.count > 1 {
            facts.append(("branches", String(numbers.history.branches.count)))
        }
        for (name, value) in facts {
            let space = String(repeating: " ", count: 12 - name.count)
            try invocation.output.write(invocation.palette.paint(name, .heading) + space)
            try invocation.output.write(printable(value))
            try invocation.output.endLine()
        }
    }

    private static func steps(_ numbers: Numbers) -> String {
        var text = Quantity.count(numbers.steps)
        if numbers.failed > 0 { text += ", \(Quantity.count(numbers.failed)) failed" }
        if numbers.unfinished > 0 { text += ", \(Quantity.count(numbers.unfinished)) not ended" }
        return text
    }

    private static func size(_ numbers: Numbers) -> String {
        let bytes = Int(numbers.summary.byteCount)
        let states = Quantity.bytes(numbers.statesBytes)
        return "\(Quantity.bytes(bytes)) (all states together: \(states))"
    }

    private func printActions(_ numbers: Numbers) throws {
        guard !numbers.actions.isEmpty else { return }
        let columns = [
            TableColumn(title: "ACTION", isFlexible: true),
            TableColumn(title: "STEPS", isRightAligned: true),
            TableColumn(title: "FAILED", isRightAligned: true),
            TableColumn(title: "TIME", isRightAligned: true),
            TableColumn(title: "LONGEST", isRightAligned: true),
        ]
        try invocation.output.endLine()
        var table = TablePrinter(columns: columns, invocation)
        for action in numbers.actions {
            try table.row([
                TableCell(action.action, .heading),
                TableCell(Quantity.count(action.steps)),
                TableCell(Quantity.count(action.failed), action.failed > 0 ? .bad : .dim),
                TableCell(Quantity.duration(nanoseconds: action.duration)),
                TableCell(Quantity.duration(nanoseconds: action.longest)),
            ])
        }
        try table.finish()
    }
}

// MARK: - For programs

extension StatCommand {
    private static func write(_ numbers: Numbers, _ times: TimeText, _ json: inout JSONText) {
        let summary = numbers.summary
        json.member("project", summary.name.project)
        json.member("app", summary.name.appID)
        json.member("partition_key", summary.partitionKey)
        json.member("status", summary.status.rawValue)
        json.member("problem", summary.problem)
        json.pointer("parent", summary.parent)
        json.pointer("spawning_parent", summary.spawningParent)
        times.member("first_written", summary.firstWritten, &json)
        times.member("last_written", summary.lastWritten, &json)
        json.member("steps", numbers.steps)
        json.member("failed", numbers.failed)
        json.member("not_ended", numbers.unfinished)
        json.member("first_step", summary.firstStep.map(Int.init))
        json.member("head", (numbers.head?.step).map(Int.init))
        json.key("duration_ms")
        json.milliseconds(nanoseconds: numbers.duration)
        json.member("state_bytes", numbers.head?.bytes)
        json.member("largest_state_bytes", numbers.largest?.bytes)
        json.member("largest_state_step", (numbers.largest?.step).map(Int.init))
        json.member("all_states_bytes", numbers.statesBytes)
        json.member("stored_bytes", Int(summary.byteCount))
        json.key("branches")
        json.array { json in
            for branch in numbers.history.branches { write(branch, &json) }
        }
        json.key("actions")
        json.array { json in
            for action in numbers.actions { write(action, &json) }
        }
    }

    private static func write(_ branch: Branch, _ json: inout JSONText) {
        json.object { json in
            json.member("branch", branch.id.description)
            json.member("base_step", Int(branch.baseStep))
            json.key("continues")
            if let parent = branch.parent {
                json.object { json in
                    json.member("branch", parent.branch.description)
                    json.member("step", Int(parent.step))
                }
            } else {
                json.raw("null")
            }
            json.member("segments", branch.reader.segments.count)
            json.member("stored_bytes", branch.reader.segments.reduce(0) { $0 + Int($1.size) })
        }
    }

    private static func write(_ action: ActionTotals, _ json: inout JSONText) {
        json.object { json in
            json.member("action", action.action)
            json.member("steps", action.steps)
            json.member("failed", action.failed)
            json.key("duration_ms")
            json.milliseconds(nanoseconds: action.duration)
            json.key("longest_ms")
            json.milliseconds(nanoseconds: action.longest)
        }
    }
}
