// SPDX-License-Identifier: Apache-2.0
// GET .../graph: the state machine, laid out, with the visits up to a step.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with graphs.
struct GraphRoute: Sendable {
    private let layouts = LayoutCache()
    /// Steps of the trail.
    private static let trailLength = 64

    @Sendable
    func get(_ app: AppRequest) throws -> Response {
        let steps = app.app.steps
        let ref = app.request.query("at") ?? "head"
        let point = steps.rows.isEmpty ? nil : try app.point(ref, "at")
        let row = point.flatMap { steps.row($0.step) }
        let visits = Visits(steps, upTo: row?.step ?? -1)
        let recorded = try graph(app, at: point).flatMap { text in
            StateGraph(text).map { (hash: XXH64.hash(text.rawSpan), graph: $0) }
        }
        let (hash, graph) = recorded ?? Self.observed(steps, visits)
        let layout = layouts.layout(hash, graph)
        let isFinal = layout.hint == nil
        let tag = "v\(row?.step ?? -1)-\(Hex.text(hash))-\(layout.method.rawValue)"
        let isFixed = point?.isFixed ?? false && app.request.query("at") != nil
        return app.cached(sealed: isFinal && isFixed && row != nil, tag: tag) {
            .json { json in
                Drawing(app: app, graph: graph, layout: layout, visits: visits, row: row)
                    .write(hash, &json)
            }
        }
    }

    /// The graph that held at a step which is named; else the latest.
    private func graph(_ app: AppRequest, at point: AppRequest.Point?) throws -> [UInt8]? {
        if let point, app.request.query("at") != nil,
            let meta = try app.app.history.detail(at: point.position, withEvents: false).meta
        {
            return meta.graph
        }
        return try app.app.meta()?.graph
    }

    /// What the steps themselves tell where no graph is recorded.
    private static func observed(
        _ steps: StepIndex,
        _ visits: Visits
    ) -> (hash: UInt64, graph: StateGraph) {
        let graph = StateGraph(actions: steps.actions.names, pairs: visits.followed)
        let text = graph.transitions.map { "\($0.from)\u{1}\($0.to)" }
        let names = (steps.actions.names + text).joined(separator: "\u{2}")
        return (XXH64.hash(Array(names.utf8).rawSpan), graph)
    }

    /// One answer.
    private struct Drawing {
        let app: AppRequest
        let graph: StateGraph
        let layout: GraphLayout
        let visits: Visits
        let row: StepIndex.Row?

        func write(_ hash: UInt64, _ json: inout JSONText) {
            json.object { json in
                app.begin(&json)
                json.member("hash", Hex.text(hash))
                at(&json)
                json.member("layout", layout.method.rawValue)
                json.member("hint", layout.hint)
                json.member("width", points: layout.width)
                json.member("height", points: layout.height)
                json.member("entrypoint", graph.entrypoint)
                json.key("nodes")
                json.array { json in
                    for index in graph.actions.indices { action(index, &json) }
                    for (input, box) in zip(graph.inputs, layout.inputs) {
                        node(input, "input", box, 0, &json)
                    }
                }
                json.key("edges")
                json.array { json in
                    for edge in layout.edges { write(edge, &json) }
                }
                json.numbers("trail", trail.lazy.map(Int64.init))
                json.links([("self", app.link("/graph"))])
            }
        }

        private func at(_ json: inout JSONText) {
            json.key("at")
            guard let row else { return json.raw("null") }
            json.object { json in
                json.member("step", row.step)
                json.member("action", app.app.steps.actions[row.action])
                json.member("edge", edgeTaken)
            }
        }

        /// The drawn edge between the last two actions.
        private var edgeTaken: Int? {
            let steps = app.app.steps
            guard let row else { return nil }
            let position = steps.position(of: row.step)
            guard position > 0 else { return nil }
            let from = steps.actions[steps.rows[position - 1].action]
            let to = steps.actions[row.action]
            return layout.edges.firstIndex { edge in
                guard let number = edge.transition else { return false }
                let transition = graph.transitions[number]
                return transition.from == from && transition.to == to
            }
        }

        private func action(_ index: Int, _ json: inout JSONText) {
            let action = graph.actions[index]
            let known = app.app.steps.actions.known(action.name)
            let count = known.map { visits.actions[Int($0)] } ?? 0
            node(action.name, "action", layout.actions[index], count, &json) { json in
                json.member("reads", action.reads)
                json.member("writes", action.writes)
                json.member("inputs", action.inputs)
                json.member("code", action.code)
            }
        }

        private func node(
            _ name: String,
            _ kind: String,
            _ box: GraphLayout.Box,
            _ visits: Int,
            _ json: inout JSONText,
            _ more: (inout JSONText) -> Void = { _ in }
        ) {
            json.object { json in
                json.member("name", name)
                json.member("kind", kind)
                json.member("x", points: box.centre.x)
                json.member("y", points: box.centre.y)
                json.member("width", points: box.width)
                json.member("height", points: box.height)
                more(&json)
                json.member("visits", visits)
            }
        }

        private func write(_ edge: GraphLayout.Edge, _ json: inout JSONText) {
            let transition = edge.transition.map { graph.transitions[$0] }
            json.object { json in
                json.member("from", name(edge.from))
                json.member("to", name(edge.to))
                json.member("kind", transition == nil ? "input" : "transition")
                json.member("condition", transition?.condition)
                json.key("points")
                json.array { json in
                    for point in edge.points { json.point(point) }
                }
                json.key("label")
                if let label = edge.label { json.point(label) } else { json.raw("null") }
                json.member("visits", transition.map(count) ?? 0)
            }
        }

        private func name(_ node: GraphLayout.Node) -> String {
            switch node {
            case .action(let index): graph.actions[index].name
            case .input(let index): graph.inputs[index]
            }
        }

        /// Edges between the same two actions cannot be told apart: each has their count.
        private func count(_ transition: StateGraph.Transition) -> Int {
            let actions = app.app.steps.actions
            guard let from = actions.known(transition.from), let to = actions.known(transition.to)
            else { return 0 }
            return visits.pair(from: from, to: to)
        }

        private var trail: [Int] {
            guard let row else { return [] }
            let steps = app.app.steps
            let end = steps.position(of: row.step) + 1
            let rows = steps.rows[max(0, end - trailLength)..<end]
            return rows.compactMap { row in
                let name = steps.actions[row.action]
                return graph.actions.firstIndex { $0.name == name }
            }
        }
    }
}

extension JSONText {
    /// Writes a length in points with two digits behind the point at most.
    fileprivate mutating func member(_ name: String, points value: Double) {
        key(name)
        raw(Self.text(value))
    }

    /// Writes a point as a list of two numbers.
    fileprivate mutating func point(_ point: GraphLayout.Point) {
        array { json in
            json.raw(Self.text(point.x))
            json.raw(Self.text(point.y))
        }
    }

    private static func text(_ value: Double) -> String {
        let hundredths = (value * 100).rounded()
        guard hundredths.magnitude < 1e12 else { return "0" }
        return hundredths == 0 ? "0" : "\(hundredths / 100)"
    }
}
