// SPDX-License-Identifier: Apache-2.0
// GET .../events: the records of the log, in its order.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with records.
enum EventRoute {
    /// Records looked at for one page.
    private static let scanLimit = 200_000

    private static let types: Set<String> = [
        "step.begin", "step.end", "span.begin", "span.end", "attribute", "stream.begin",
        "stream.first", "stream.end", "stream.item", "child", "annotation", "run.begin", "run.end",
        "line", "session", "gap", "event",
    ]

    static func list(_ app: AppRequest) throws -> Response {
        let request = app.request
        let limit = try request.number("limit", 1...1_000) ?? 100
        let types = try types(request)
        let steps = try app.range()
        let filter = PageCursor.filter(["from", "to", "type"].map { request.query($0) })
        var place: EventPlace?
        if let cursor = try PageCursor(request, filter: filter) {
            guard cursor.generation == app.generation else {
                throw app.generationGone(cursor.generation)
            }
            let numbers = cursor.place.split(separator: "-").compactMap { UInt64($0) }
            if numbers.count == 2, numbers[0] < 1 << 20 {
                place = EventPlace(part: Int(numbers[0]), sequence: numbers[1])
            }
        }
        var rows: [LiveRecord] = []
        var last: EventPlace?
        var scanned = 0
        var isMore = false
        try app.app.eachEvent(of: steps, after: place) { record, here in
            guard rows.count < limit, scanned < scanLimit else {
                isMore = true
                return false
            }
            scanned += 1
            last = here
            if types.map({ $0.contains(record.wireName) }) ?? true { rows.append(record) }
            return true
        }
        let next = last.flatMap { last in
            isMore
                ? PageCursor(
                    filter: filter,
                    isBackward: false,
                    place: "\(last.part)-\(last.sequence)",
                    generation: app.generation
                ).text : nil
        }
        return Response.json { json in
            json.object { json in
                json.member("g", app.generation)
                app.head(&json)
                json.key("items")
                json.array { json in
                    for row in rows { write(row, &json) }
                }
                json.member("next", next)
                json.member("prev", String?.none)
                json.member("truncated", isMore)
            }
        }.linked(request, next: next, prev: nil)
    }

    private static func types(_ request: Request) throws(Problem) -> Set<String>? {
        guard let text = request.query("type"), !text.isEmpty else { return nil }
        let wanted = Set(text.split(separator: ",").map(String.init))
        if let unknown = wanted.first(where: { !types.contains($0) }) {
            throw Problem(
                .badRequest,
                code: "bad-parameter",
                "There are no events of type \(unknown.prefix(100)).",
                extra: [("parameter", "type")]
            ).with("expected", json: JSONText.list(types.sorted()))
        }
        return wanted
    }

    private static func write(_ record: LiveRecord, _ json: inout JSONText) {
        json.object { json in
            json.member("lsn", Int(clamping: record.sequence))
            json.member("branch", record.branch.description)
            json.member("step", record.step)
            json.member("type", record.wireName)
            json.instant("time", record.time)
            json.key("data")
            switch record.kind {
            case .begun(let begin): write(begin, &json)
            case .ended(let end, _): write(end, &json)
            case .text(_, let text): json.raw(LiveEvent.oneLine(text))
            case .session(let session): write(session, &json)
            case .gap: json.raw("null")
            }
        }
    }

    private static func write(_ begin: StepBegin, _ json: inout JSONText) {
        json.object { json in
            json.member("action", String(decoding: begin.action, as: UTF8.self))
            json.key("inputs")
            json.raw(begin.inputs ?? Array("{}".utf8))
        }
    }

    private static func write(_ end: StepEnd, _ json: inout JSONText) {
        json.object { json in
            json.member("action", String(decoding: end.action, as: UTF8.self))
            json.member("status", end.status == .failed ? "failed" : "ok")
            json.key("result")
            json.raw(end.result ?? Array("{}".utf8))
            json.key("exception")
            json.raw(end.exception ?? Array("null".utf8))
            json.member("size", end.stateLength.map { Int64(clamping: $0) })
        }
    }

    private static func write(_ session: Session, _ json: inout JSONText) {
        json.object { json in
            json.member("program", session.program)
            json.member("pid", Int(clamping: session.processID))
            json.member("host", session.host)
            json.member("number", Int(clamping: session.number))
        }
    }
}

extension LiveRecord {
    /// The name that answers give the record's type.
    var wireName: String {
        switch kind {
        case .begun: "step.begin"
        case .ended: "step.end"
        case .text(let type, _): type.wireName
        case .session: "session"
        case .gap: "gap"
        }
    }
}
