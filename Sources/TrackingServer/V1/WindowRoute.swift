// SPDX-License-Identifier: Apache-2.0
// GET .../windows/{ref}: a keyframe and deltas, what a scrubber loads.

internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with windows.
enum WindowRoute {
    private static let appendingType = "application/vnd.burr.window+json"
    /// Keys of the keyframe over this many bytes are left out.
    private static let keyLimit = 256 << 10

    static func get(_ app: AppRequest) throws -> Response {
        let (step, isFixed) = try step(app)
        let isAppending = app.request.header("Accept")?.contains(appendingType) ?? false
        let scope = try scope(app.request)
        let window = try app.app.window(of: step) { document in
            PatchEmitter(
                from: document,
                dialect: isAppending ? .appending : .standard,
                scope: scope
            )
        }
        guard let window else {
            throw Problem(
                .internalError,
                code: "damaged",
                "The window of step \(step) of \(app.name) cannot be read."
            ).with("step", json: Array("\(step)".utf8))
        }
        let tag =
            "w\(window.first)-\(window.last)-\(window.isComplete)-\(isAppending)-"
            + (scope?.joined(separator: "\u{1}") ?? "").tag
        return app.cached(sealed: window.isComplete && isFixed, tag: tag) {
            Response.json { write(app, window, scope, &$0) }
                .with("Content-Type", isAppending ? appendingType : "application/json")
                .with("Vary", "Accept")
                .with("Content-Location", app.link("/windows/\(window.first)"))
        }
    }

    /// The step asked for, or the first one behind it in its block: blocks begin anywhere.
    private static func step(_ app: AppRequest) throws -> (step: Int64, isFixed: Bool) {
        let text = app.request[parameter: "ref"]
        if let number = Int64(text), number >= 0 {
            let steps = app.app.steps
            let position = steps.position(of: number)
            if position < steps.rows.count,
                try number == Window.block(of: number) || parent(of: number, app) == nil,
                Window.block(of: steps.rows[position].step) == Window.block(of: number)
            {
                return (steps.rows[position].step, true)
            }
        }
        let point = try app.pathPoint()
        guard app.app.steps.row(point.step) != nil else {
            if let parent = try parent(of: point.step, app) {
                throw AppRequest.OtherLine(name: parent, branch: nil)
            }
            guard let first = app.app.steps.rows.first, let last = app.app.steps.rows.last else {
                throw ReplayError.noSteps(app.name)
            }
            throw ReplayError.noSuchStep(
                app.name,
                ref: text,
                first: first.step,
                head: last.step,
                nearest: min(max(point.step, first.step), last.step)
            )
        }
        return (point.step, point.isFixed)
    }

    /// The application that a fork has a step from; `nil` for a step of its own.
    private static func parent(of step: Int64, _ app: AppRequest) throws -> ApplicationName? {
        if let first = app.app.steps.rows.first, step >= first.step { return nil }
        guard let (parent, forkedAt) = try app.app.history.parent(), step <= forkedAt else {
            return nil
        }
        return parent.name
    }

    /// The keys that are wanted; `nil` for all.
    private static func scope(_ request: Request) throws -> [String]? {
        guard let text = request.query("paths"), !text.isEmpty else { return nil }
        return try text.split(separator: ",").map { part in
            guard let pointer = try? JSONPointer(String(part)), pointer.parts.count == 1 else {
                throw Problem(
                    .badRequest,
                    code: "bad-pointer",
                    "paths must name top-level keys, as /a,/b.",
                    extra: [("parameter", "paths"), ("expected", "/chat_history,/counter")]
                )
            }
            return pointer.parts[0]
        }
    }

    private static func write(
        _ app: AppRequest,
        _ window: Window,
        _ scope: [String]?,
        _ json: inout JSONText
    ) {
        let steps = app.app.steps
        let rows = window.steps.map { steps.row($0.step) }
        json.object { json in
            app.begin(&json)
            json.member("from", window.first)
            json.member("to", window.last)
            json.member("sealed", window.isComplete)
            json.key("keyframe")
            keyframe(app, window, scope, &json)
            json.key("rows")
            columns(window, rows, steps, &json)
            json.member("actions", steps.actions.names)
            json.member("keys", steps.keys.names)
            json.key("deltas")
            json.array { json in
                for step in window.steps { json.raw(step.patch ?? Array("null".utf8)) }
            }
            json.key("problems")
            json.array { json in
                for step in window.steps {
                    guard let problem = step.problem else { continue }
                    json.object { json in
                        json.member("step", step.step)
                        json.member("reason", problem)
                    }
                }
            }
            let (next, prev) = neighbours(app, window)
            json.member("next", next)
            json.member("prev", prev)
            json.links([("self", app.link("/windows/\(window.first)", query(scope)))])
        }
    }

    private static func query(_ scope: [String]?) -> [(String, String)] {
        guard let scope else { return [] }
        let text = scope.map { JSONPointer(parts: [$0]).description }.joined(separator: ",")
        return [("paths", text)]
    }

    private static func neighbours(
        _ app: AppRequest,
        _ window: Window
    ) -> (next: String?, prev: String?) {
        let steps = app.app.steps
        let query = query((try? scope(app.request)) ?? nil)
        let behind = steps.position(of: window.last + 1)
        let before = steps.position(of: window.first) - 1
        let next = behind < steps.rows.count ? steps.rows[behind].step : nil
        let prev = before >= 0 ? Window.block(of: steps.rows[before].step) : nil
        // Where a fork begins, the window before is its parent's.
        let whole = prev == nil ? (try? app.app.wholeSteps()) ?? steps : steps
        let parent = whole.position(of: window.first) - 1
        return (
            next.map { app.link("/windows/\($0)", query) },
            (prev ?? (parent >= 0 ? whole.rows[parent].step : nil)).map {
                app.link("/windows/\($0)", query)
            }
        )
    }

    private static func keyframe(
        _ app: AppRequest,
        _ window: Window,
        _ scope: [String]?,
        _ json: inout JSONText
    ) {
        json.object { json in
            json.member("recorded", window.keyframe != nil)
            json.member("bytes", window.keyframe?.byteCount ?? 0)
            guard let document = window.keyframe else {
                json.member("elided", [])
                json.key("state")
                return json.raw("null")
            }
            var text: [UInt8] = []
            let emitter = PatchEmitter(from: nil, scope: scope)
            let large = emitter.appendKeyframe(document, keyLimit: keyLimit, to: &text) { key in
                let path = JSONPointer(parts: [key]).description
                let query = [("side", "before"), ("path", path), ("full", "1")]
                return app.link("/states/\(window.first)", query)
            }
            json.member("elided", large.map { JSONPointer(parts: [$0]).description })
            json.key("state")
            json.raw(text)
        }
    }

    private static func columns(
        _ window: Window,
        _ rows: [StepIndex.Row?],
        _ steps: StepIndex,
        _ json: inout JSONText
    ) {
        json.object { json in
            json.numbers("step", window.steps.lazy.map(\.step))
            json.numbers("action", rows.lazy.map { Int64($0?.action ?? 0) })
            json.numbers("status", rows.lazy.map { $0?.hasFailed == true ? 1 : 0 })
            json.numbers("start_us", rows.lazy.map { $0?.start ?? 0 })
            json.numbers("duration_us", rows.lazy.map { $0?.duration ?? 0 })
            json.numbers("size", rows.lazy.map { Int64($0?.size ?? 0) })
            json.key("changed")
            json.array { json in
                for row in rows {
                    let keys = row.map { steps.changedKeys(of: $0) } ?? []
                    json.array { json in
                        for key in keys { json.integer(Int(key)) }
                    }
                }
            }
        }
    }
}
