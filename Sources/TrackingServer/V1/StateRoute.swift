// SPDX-License-Identifier: Apache-2.0
// GET .../states/{ref}: the state at a point in history.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with a state, or a part of one.
enum StateRoute {
    private static let defaultBytes = 1 << 20

    /// What of the state is wanted.
    private struct Wanted {
        var side: Side
        var path: JSONPointer
        var depth: Int?
        var byteLimit: Int
        var isRaw: Bool

        init(_ app: AppRequest) throws {
            let request = app.request
            side = try app.choice("side", ["after", "before"]) == "before" ? .before : .after
            path = try app.pointer()
            depth = try request.number("depth", 0...512)
            byteLimit = try request.number("max_bytes", 256...(256 << 20)) ?? defaultBytes
            if try app.choice("full", ["0", "1"]) == "1" { (depth, byteLimit) = (nil, .max) }
            isRaw = request.header("Accept")?.contains("profile=raw") ?? false
        }

        /// Tells two answers for the same step apart.
        var tag: String {
            let text = "\(side) \(path) \(depth ?? -1) \(byteLimit) \(isRaw)"
            return Hex.text(XXH64.hash(Array(text.utf8).rawSpan))
        }
    }

    static func get(_ app: AppRequest) throws -> Response {
        let point = try app.pathPoint()
        let wanted = try Wanted(app)
        let steps = try app.app.wholeSteps()
        // Steps of a parent application do not end with this one's generation.
        let isSealed = app.app.steps.row(point.step) != nil
        return try app.cached(sealed: isSealed && point.isFixed, tag: "\(point.step)-\(wanted.tag)")
        {
            let cursor = try app.app.history.cursor(at: point.position, side: wanted.side)
            guard let document = cursor.document else {
                throw ReplayError.stateNotRecorded(app.name, before: point.step)
            }
            switch document.select(wanted.path) {
            case .found(let selection):
                return answer(app, point, wanted, selection, isSealed, steps)
            case .missing(let prefix, let siblings):
                throw missing(app, point, wanted, prefix, siblings)
            }
        }
    }

    private static func answer(
        _ app: AppRequest,
        _ point: AppRequest.Point,
        _ wanted: Wanted,
        _ selection: Selection,
        _ isSealed: Bool,
        _ steps: StepIndex
    ) -> Response {
        var elision = Elision(
            depth: wanted.depth,
            byteLimit: wanted.byteLimit,
            base: selection.path,
            link: { path in
                var query = [("path", path.description), ("full", "1")]
                if wanted.side == .before { query.append(("side", "before")) }
                return app.link("/states/\(point.step)", query)
            }
        )
        if wanted.byteLimit == .max { elision.stringLimit = .max }
        if wanted.isRaw {
            var bytes: [UInt8] = []
            elision.append(selection.text, firstIndex: selection.firstIndex, to: &bytes)
            return .json(bytes)
        }
        let row = steps.row(point.step)
        return .json { json in
            json.object { json in
                app.begin(&json)
                json.member("step", point.step)
                json.member("side", wanted.side.rawValue)
                json.member("sealed", isSealed)
                json.time("time", microseconds: wanted.side == .after ? row?.end : row?.start)
                json.member("action", row.map { steps.actions[$0.action] })
                json.member("path", wanted.path.description)
                json.member("bytes", selection.text.count)
                json.key("value")
                json.raw { output in
                    elision.append(selection.text, firstIndex: selection.firstIndex, to: &output)
                }
                json.member("elided", elision.count)
                json.links(links(app, point, steps))
            }
        }
    }

    private static func links(
        _ app: AppRequest,
        _ point: AppRequest.Point,
        _ steps: StepIndex
    ) -> [(name: String, url: String?)] {
        let rows = steps.rows
        let position = steps.position(of: point.step)
        let previous = position > 0 ? rows[position - 1].step : nil
        let next = position + 1 < rows.count ? rows[position + 1].step : nil
        return [
            ("self", app.link("/states/\(point.step)")),
            ("step", app.link("/steps/\(point.step)")),
            ("prev", previous.map { app.link("/states/\($0)") }),
            ("next", next.map { app.link("/states/\($0)") }),
            ("ui", "\(AppRequest.page(of: app.name, app.request))?step=\(point.step)"),
        ]
    }

    private static func missing(
        _ app: AppRequest,
        _ point: AppRequest.Point,
        _ wanted: Wanted,
        _ prefix: JSONPointer,
        _ siblings: Lookup.Siblings
    ) -> Problem {
        let place = prefix.parts.isEmpty ? "the state" : prefix.description
        let problem = Problem(
            .notFound,
            code: "path-not-found",
            "The state at step \(point.step) has no \(wanted.path.description.prefix(500)): "
                + "it has \(place), but nothing of that name below it.",
            extra: [("prefix", prefix.description)]
        )
        switch siblings {
        case .keys(let keys): return problem.with("keys", json: JSONText.list(keys))
        case .elements(let count): return problem.with("elements", json: Array("\(count)".utf8))
        case .scalar: return problem
        }
    }
}
