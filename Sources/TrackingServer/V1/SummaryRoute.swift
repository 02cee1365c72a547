// SPDX-License-Identifier: Apache-2.0
// GET .../apps/{app}: one application, in short.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with an application's summary.
enum SummaryRoute {
    static func get(_ app: AppRequest) throws -> Response {
        let history = app.app.history
        let isRunning = app.app.isBeingWritten
        // Whether a writer holds the log changes without a record.
        return try app.cached(sealed: false, tag: app.headTag + (isRunning ? "r" : "i")) {
            let summary = Catalog(history.store).summary(of: app.name)
            let meta = try app.app.meta()
            let children = try history.texts(.child)
            let owners = try app.app.owners()
            let whole = try app.app.wholeSteps()
            return .json { json in
                json.object { json in
                    app.begin(&json)
                    write(app, summary, isRunning, &json)
                    branches(history, &json)
                    json.line(owners)
                    json.pointer("parent", meta?.parent)
                    json.pointer("spawning_parent", meta?.spawningParent)
                    write(children, &json)
                    json.member("actions", whole.actions.names)
                    json.member("keys", whole.keys.names)
                    json.member("problem", summary.problem ?? problem(history))
                    json.links(links(app, meta))
                }
            }
        }
    }

    private static func write(
        _ app: AppRequest,
        _ summary: ApplicationSummary,
        _ isRunning: Bool,
        _ json: inout JSONText
    ) {
        let steps = app.app.steps
        json.member("partition_key", summary.partitionKey)
        json.member("status", summary.status.rawValue)
        json.member("steps", steps.rows.count)
        json.member("first", steps.rows.first?.step)
        app.head(&json)
        json.key("running")
        if let step = steps.unfinished {
            json.object { json in
                json.member("step", step.step)
                json.member("action", step.action)
                json.time("start", microseconds: step.start)
                json.member("status", isRunning ? "running" : "crashed")
            }
        } else {
            json.raw("null")
        }
        json.member("errors", steps.failed)
        json.instant("first_written", summary.firstWritten)
        json.instant("last_written", summary.lastWritten)
        json.member("stored_bytes", summary.byteCount)
    }

    private static func branches(_ history: History, _ json: inout JSONText) {
        json.key("branches")
        json.array { json in
            for branch in history.branches {
                let head = (try? branch.lastEnded()) ?? nil
                json.object { json in
                    json.member("id", branch.id.description)
                    json.member("first", head == nil ? nil : branch.baseStep + 1)
                    json.member("head", head)
                    json.key("continues")
                    guard let point = branch.parent else { return json.raw("null") }
                    json.object { json in
                        json.member("branch", point.branch.description)
                        json.member("step", point.step)
                    }
                }
            }
        }
    }

    private static func write(_ children: [TextRecord], _ json: inout JSONText) {
        json.key("children")
        json.array { json in
            for child in children {
                guard let document = try? StateDocument(validating: JSONScanner.compact(child.text))
                else { continue }
                let value = { (key: String) in
                    document.value(at: JSONPointer(parts: [key])).map {
                        String(decoding: $0, as: UTF8.self)
                    } ?? "null"
                }
                guard let pointer = document.value(at: JSONPointer(parts: ["child", "app_id"]))
                else { continue }
                json.object { json in
                    json.key("app")
                    json.raw(pointer)
                    json.key("step")
                    json.raw(value("sequence_id"))
                    json.key("kind")
                    json.raw(value("event_type") == "\"fork\"" ? "\"fork\"" : "\"spawn_start\"")
                }
            }
        }
    }

    private static func problem(_ history: History) -> String? {
        history.problems.first.map { "\($0.error)" }
    }

    private static func links(
        _ app: AppRequest,
        _ meta: Meta?
    ) -> [(name: String, url: String?)] {
        let parent = meta?.parent.map {
            let name = ApplicationName(project: app.name.project, appID: $0.appID)
            return AppRequest.url(of: name, app.request)
        }
        return [
            ("self", app.url), ("steps", "\(app.url)/steps"), ("timeline", "\(app.url)/timeline"),
            ("graph", "\(app.url)/graph"), ("events", "\(app.url)/events"),
            ("marks", "\(app.url)/marks"), ("export", "\(app.url)/export"),
            ("state", "\(app.url)/states/head"), ("parent", parent),
            ("ui", AppRequest.page(of: app.name, app.request)),
        ]
    }
}

extension JSONText {
    /// Writes a time, nanoseconds since 1970 UTC, or null.
    mutating func instant(_ name: String, _ nanoseconds: Int64?) {
        time(name, microseconds: nanoseconds.map { $0.flooredDivision(by: 1_000).quotient })
    }

    /// Writes a point in another application, or null.
    mutating func pointer(_ name: String, _ pointer: ParentPointer?) {
        key(name)
        guard let pointer else { return raw("null") }
        object { json in
            json.member("app", pointer.appID)
            json.member("step", pointer.step)
            json.member("partition_key", pointer.partitionKey)
        }
    }
}
