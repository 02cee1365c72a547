// SPDX-License-Identifier: Apache-2.0
// .../export and .../import: whole logs.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Sends whole histories, and takes them in.
enum TransportRoutes {
    /// Bytes handed over at once.
    private static let pieceBytes = 256 << 10

    static func export(_ app: AppRequest) throws -> Response {
        let format = try app.choice("format", ["jsonl", "states", "json"]) ?? "jsonl"
        let name = app.name
        let store = app.app.history.store
        let isList = format == "json"
        // A history of its own: the one that is open stays free for others.
        return Response(
            headers: [
                .init("Content-Type", isList ? "application/json" : "application/x-ndjson"),
                .init("Content-Disposition", "attachment; filename=\"\(fileName(name, format))\""),
            ],
            body: .stream {
                ProducedSource { write in
                    let history = try History(name, in: store)
                    switch format {
                    case "jsonl": try exportLog(history, write)
                    default: try exportStates(history, isList: isList, write)
                    }
                }
            }
        )
    }

    private static func fileName(_ name: ApplicationName, _ format: String) -> String {
        let plain = name.appID.utf8.map { byte in
            let isPlain =
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            return isPlain ? byte : UInt8(ascii: "_")
        }
        let ending = format == "states" ? "states.jsonl" : format
        return "\(String(decoding: plain.prefix(100), as: UTF8.self)).\(ending)"
    }

    private static func exportLog(_ history: History, _ write: ([UInt8]) -> Bool) throws {
        try LogExporter(history).run(problem: { _ in }, write: write)
    }

    private static func exportStates(
        _ history: History,
        isList: Bool,
        _ write: ([UInt8]) -> Bool
    ) throws {
        var output: [UInt8] = isList ? [UInt8(ascii: "[")] : []
        var isFirst = true
        let line = history.line(of: history.newest)
        try history.eachState(line, 0...Int64.max - 1) { step in
            guard let state = step.state else { return true }
            if isList {
                output += "\(isFirst ? "" : ",")\n{\"step\":\(step.step),\"state\":".utf8
                state.appendText(to: &output)
                output.append(UInt8(ascii: "}"))
            } else {
                state.appendText(to: &output)
                output.append(0x0A)
            }
            isFirst = false
            guard output.count >= pieceBytes else { return true }
            defer { output.removeAll(keepingCapacity: true) }
            return write(output)
        }
        if isList { output += "\n]\n".utf8 }
        _ = write(output)
    }
}

// MARK: - Import

extension TransportRoutes {
    /// Bytes of a log that is sent to us.
    static let importLimit = 256 << 20

    static func take(_ request: Request, _ store: Store) throws -> Response {
        guard let id = request.query("app"), !id.isEmpty else {
            throw Problem(
                .badRequest,
                code: "bad-parameter",
                "app is missing: the id that the application gets.",
                extra: [("parameter", "app")]
            )
        }
        let name = ApplicationName(project: request[parameter: "project"], appID: id)
        guard !store.exists(store.directory(of: name)) else {
            throw Problem(.conflict, code: "app-exists", "\(name) is there already.")
        }
        guard let upload = request.sink as? Upload else { throw noLine("The body is empty.") }
        let report = upload.taken(as: name)
        if let failure = report.failure {
            throw Problem(.badRequest, code: "bad-body", "The log cannot be read: \(failure)")
        }
        guard report.stepsAdded + report.eventsAdded > 0 else {
            throw noLine(
                "The body holds no line of a log.jsonl of Burr's."
                    + (report.problems.first.map { " At byte \($0.offset): \($0.reason)." } ?? "")
            )
        }
        let url = AppRequest.url(of: name, request)
        return Response.json(.created) { write(report, url, &$0) }.with("Location", url)
    }

    private static func noLine(_ detail: String) -> Problem {
        Problem(.badRequest, code: "bad-body", detail)
    }

    private static func write(_ report: ApplicationImport, _ url: String, _ json: inout JSONText) {
        json.object { json in
            json.member("project", report.name.project)
            json.member("app", report.name.appID)
            json.member("steps", report.stepsAdded)
            json.member("events", report.eventsAdded)
            json.key("problems")
            json.array { json in
                for problem in report.problems {
                    json.object { json in
                        json.member("offset", Int(clamping: problem.offset))
                        json.member("bytes", problem.byteCount)
                        json.member("reason", problem.reason)
                    }
                }
            }
            json.member("notes", report.notes)
            json.links([("self", url)])
        }
    }
}
