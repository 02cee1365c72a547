// SPDX-License-Identifier: Apache-2.0
// GET .../steps and .../steps/{ref}: lists of steps, and one in full.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with steps.
enum StepRoutes {
    /// The members of a row.
    private static let fields = [
        "step", "action", "status", "start", "duration_us", "size", "size_delta", "changed",
        "links",
    ]

    /// A list of steps.
    static func list(_ app: AppRequest) throws -> Response {
        let request = app.request
        try refuseWhere(request)
        let limit = try request.number("limit", 1...1_000) ?? 100
        let status = try app.choice("status", ["ok", "failed", "error", "running", "crashed"])
        let fields = try request.words("fields", fields) ?? Set(fields)
        var query = try query(app, status)
        let filter = PageCursor.filter(
            ["action", "status", "touches", "min_ms", "from", "to", "order"].map(request.query)
        )
        let cursor = try PageCursor(request, filter: filter)
        var behind: Int64?
        if let cursor {
            guard cursor.generation == app.generation else {
                throw app.generationGone(cursor.generation)
            }
            behind = Int64(cursor.place)
            if cursor.isBackward { query.isDescending.toggle() }
        }
        let list = try StepList(app)
        let tag = "\(app.headTag)-\(list.steps.rows.count)" + PageCursor.url(request, nil).tag
        return try app.cached(sealed: false, tag: tag) {
            let isUnfinished = status == "running" || status == "crashed"
            var page =
                isUnfinished ? StepPage() : list.steps.page(query, after: behind, limit: limit)
            let goesOn = page.goesOnAfter
            if cursor?.isBackward == true { page.rows.reverse() }
            let place = { (step: Int64?, isBackward: Bool) in
                step.map {
                    PageCursor(
                        filter: filter,
                        isBackward: isBackward,
                        place: String($0),
                        generation: app.generation
                    ).text
                }
            }
            let isBackward = cursor?.isBackward ?? false
            // Behind a page that was come to from behind there is the page that was left.
            let last = isBackward ? page.rows.last?.step ?? behind : goesOn
            let first =
                isBackward ? goesOn : (cursor == nil ? nil : page.rows.first?.step ?? behind)
            let (next, prev) = (place(last, false), place(first, true))
            return try write(list, page, next, prev, fields, isUnfinished: status).linked(
                request,
                next: next,
                prev: prev
            )
        }
    }

    /// A condition that is left out without a word would give steps that do not meet it.
    private static func refuseWhere(_ request: Request) throws(Problem) {
        guard request.query("where") != nil else { return }
        throw Problem(
            .badRequest,
            code: "bad-parameter",
            "where is not there yet: steps cannot be filtered by values of their states. Filter by "
                + "action, status, touches or min_ms; for values, read the states themselves, "
                + "from windows or from export?format=states.",
            extra: [("parameter", "where"), ("expected", "action, status, touches, min_ms")]
        )
    }

    private static func query(_ app: AppRequest, _ status: String?) throws -> StepQuery {
        var query = StepQuery()
        query.action = app.request.query("action")
        if status == "failed" || status == "error" { query.hasFailed = true }
        if status == "ok" { query.hasFailed = false }
        if app.request.query("touches") != nil {
            let pointer = try app.pointer("touches")
            guard pointer.parts.count == 1 else {
                throw Problem(
                    .badRequest,
                    code: "bad-pointer",
                    "touches must name a top-level key, as /counter.",
                    extra: [("parameter", "touches"), ("expected", "/counter")]
                )
            }
            query.touches = pointer.parts[0]
        }
        if let text = app.request.query("min_ms") {
            guard let value = Double(text), value >= 0, value < 9e12 else {
                throw Problem(
                    .badRequest,
                    code: "bad-parameter",
                    "min_ms must be a number of milliseconds, not \(text.prefix(100)).",
                    extra: [("parameter", "min_ms")]
                )
            }
            query.leastDuration = Int64(value * 1_000)
        }
        query.isDescending = try app.choice("order", ["asc", "desc"]) == "desc"
        query.steps = try app.range()
        return query
    }

    /// The steps of a line, and whose they are.
    private struct StepList {
        let app: AppRequest
        let steps: StepIndex
        let owners: [LineOwner]

        init(_ app: AppRequest) throws {
            self.app = app
            steps = try app.app.wholeSteps()
            owners = try app.app.owners()
        }

        /// The application that recorded a step; `nil` for the one that was asked about.
        func other(_ step: Int64) -> String? {
            guard let last = owners.last, step < last.first else { return nil }
            return owners.last { $0.first <= step }?.name.appID
        }
    }

    private static func write(
        _ list: StepList,
        _ page: StepPage,
        _ next: String?,
        _ prev: String?,
        _ fields: Set<String>,
        isUnfinished status: String?
    ) throws -> Response {
        let app = list.app
        let isRunning = app.app.isBeingWritten
        return .json { json in
            json.object { json in
                json.member("g", app.generation)
                app.head(&json)
                json.key("items")
                json.array { json in
                    for row in page.rows { write(list, row, fields, &json) }
                    let wanted = isRunning ? "running" : "crashed"
                    if status == wanted, let step = app.app.steps.unfinished {
                        write(app, step, wanted, fields, &json)
                    }
                }
                json.member("next", next)
                json.member("prev", prev)
                json.member("truncated", page.goesOnAfter != nil)
                json.member("scanned", page.scanned)
            }
        }
    }

    private static func write(
        _ list: StepList,
        _ row: StepIndex.Row,
        _ fields: Set<String>,
        _ json: inout JSONText
    ) {
        let steps = list.steps
        let position = steps.position(of: row.step)
        let before = position > 0 ? Int64(steps.rows[position - 1].size) : nil
        json.object { json in
            json.member("step", row.step)
            if fields.contains("action") { json.member("action", steps.actions[row.action]) }
            if fields.contains("status") {
                json.member("status", row.hasFailed ? "failed" : "ok")
            }
            if fields.contains("start") { json.time("start", microseconds: row.start) }
            if fields.contains("duration_us") { json.member("duration_us", row.duration) }
            if fields.contains("size") { json.member("size", Int64(row.size)) }
            if fields.contains("size_delta") {
                json.member("size_delta", before.map { Int64(row.size) - $0 })
            }
            if fields.contains("changed") { json.member("changed", steps.changedPointers(of: row)) }
            if let other = list.other(row.step) { json.member("app", other) }
            if fields.contains("links") { json.links(list.app.links(of: row.step)) }
        }
    }

    private static func write(
        _ app: AppRequest,
        _ step: StepIndex.Unfinished,
        _ status: String,
        _ fields: Set<String>,
        _ json: inout JSONText
    ) {
        json.object { json in
            json.member("step", step.step)
            if fields.contains("action") { json.member("action", step.action) }
            if fields.contains("status") { json.member("status", status) }
            if fields.contains("start") { json.time("start", microseconds: step.start) }
            for name in ["duration_us", "size", "size_delta"] where fields.contains(name) {
                json.member(name, Int64?.none)
            }
            if fields.contains("changed") { json.member("changed", []) }
            guard fields.contains("links") else { return }
            json.links([
                ("self", app.link("/steps/\(step.step)")),
                ("before", app.link("/states/\(step.step)", [("side", "before")])),
            ])
        }
    }
}

// MARK: - One step

extension StepRoutes {
    /// One step in full.
    static func get(_ app: AppRequest) throws -> Response {
        let point = try app.pathPoint()
        let steps = try app.app.wholeSteps()
        // Spans and attributes may still come while the log of the step goes on.
        let isOver = steps.row(point.step) != nil && app.app.isOver(point.step)
        let tag = isOver ? "d\(point.step)" : "d\(point.step)-\(app.app.lastSequence)"
        return try app.cached(sealed: isOver && point.isFixed, tag: tag) {
            let detail = try app.app.history.detail(at: point.position)
            let position = steps.position(of: point.step)
            let before = position > 0 ? Int64(steps.rows[position - 1].size) : nil
            return .json { json in
                json.object { json in
                    app.begin(&json)
                    write(detail, &json)
                    json.member("sealed", isOver)
                    json.member("size_before", before)
                    json.key("events")
                    json.array { json in
                        for event in detail.events { write(event, &json) }
                    }
                    json.links(app.links(of: point.step))
                }
            }
        }
    }

    private static func write(_ detail: StepDetail, _ json: inout JSONText) {
        let end = detail.end
        let start =
            detail.begin?.time.microseconds
            ?? end.flatMap { end in
                end.duration.map { end.time.microseconds - Int64(clamping: $0) }
            }
        json.member("step", detail.step)
        json.member("branch", detail.branch.description)
        json.member("action", detail.action)
        json.member("status", detail.status)
        json.time("start", microseconds: start)
        json.time("end", microseconds: end?.time.microseconds)
        let known = end?.duration.map { Int64(clamping: $0) }
        let spent = start.flatMap { start in end.map { $0.time.microseconds - start } }
        json.member("duration_us", known ?? spent)
        json.key("inputs")
        json.raw(detail.begin?.inputs ?? Array("{}".utf8))
        json.key("result")
        json.raw(end.map { $0.result ?? Array("{}".utf8) } ?? Array("null".utf8))
        json.key("exception")
        json.raw(end?.exception ?? Array("null".utf8))
        json.member("size", end?.stateLength.map { Int64(clamping: $0) })
        json.member("changed", detail.changed.map { JSONPointer(parts: [$0]).description })
    }

    private static func write(_ event: TextRecord, _ json: inout JSONText) {
        json.object { json in
            json.member("type", event.type.wireName)
            json.time("time", microseconds: event.time.flooredDivision(by: 1_000).quotient)
            json.key("data")
            json.raw(event.text)
        }
    }
}

extension StepIndex {
    /// The pointers of the keys that a row changed.
    func changedPointers(of row: StepIndex.Row) -> [String] {
        changedKeys(of: row).map { JSONPointer(parts: [keys[$0]]).description }
    }
}

extension AppRequest {
    /// The steps between `from` and `to`, both included.
    func range() throws -> ClosedRange<Int64> {
        let first = try request.query("from").map { try point($0, "from").step } ?? 0
        let last = try request.query("to").map { try point($0, "to").step } ?? .max
        guard first <= last else {
            throw Problem(
                .badRequest,
                code: "bad-parameter",
                "from is step \(first), after to, which is step \(last).",
                extra: [("parameter", "from")]
            )
        }
        return first...last
    }
}

extension String {
    /// A short tag of the text.
    var tag: String { Hex.text(XXH64.hash(Array(utf8).rawSpan)) }
}

extension RecordType {
    /// The name that answers and streams give a record's type.
    var wireName: String {
        switch self {
        case .stepBegin: "step.begin"
        case .stepEnd: "step.end"
        case .spanBegin: "span.begin"
        case .spanEnd: "span.end"
        case .attribute: "attribute"
        case .streamBegin: "stream.begin"
        case .streamFirst: "stream.first"
        case .streamEnd: "stream.end"
        case .streamItem: "stream.item"
        case .child: "child"
        case .annotation: "annotation"
        case .runBegin: "run.begin"
        case .runEnd: "run.end"
        case .line: "line"
        case .session: "session"
        case .gap: "gap"
        default: "event"
        }
    }
}
