// SPDX-License-Identifier: Apache-2.0
// Layouts by Graphviz: a graph as DOT text, and its answer read back.

internal import FoundationEssentials

/// Lays graphs out with Graphviz's programs, where they are installed.
enum Graphviz {
    /// What is tried, one after the other, and for how long in milliseconds.
    private static let attempts: [(method: GraphLayout.Method, words: [String], time: Int)] = [
        (.dot, ["dot", "-Gnslimit=1", "-Gmclimit=0.2"], 2_000),
        (.dotLine, ["dot", "-Gnslimit=1", "-Gmclimit=0.2", "-Gsplines=line"], 2_000),
        (.sfdp, ["sfdp", "-Gsplines=line", "-Goverlap=prism"], 2_000),
    ]

    /// Lays a graph out, or falls back to the plain layout with a hint.
    ///
    /// - Complexity: at most six seconds and a little.
    static func layout(_ graph: StateGraph) -> GraphLayout {
        guard !graph.actions.isEmpty else { return GraphLayout(layers: graph, hint: nil) }
        let text = source(of: graph)
        for (method, words, time) in attempts {
            switch ChildProcess.run(words + ["-Tjson0"], input: text, milliseconds: time) {
            case .output(let bytes):
                if let layout = GraphLayout(bytes, graph, method) { return layout }
            case .notFound:
                return GraphLayout(
                    layers: graph,
                    hint: "Install Graphviz (the package graphviz) for a proper layout."
                )
            case .failed, .tookTooLong: continue
            }
        }
        return GraphLayout(layers: graph, hint: "The graph is too large for Graphviz to lay out.")
    }

    /// The graph in Graphviz's language; names are numbers, so nothing in it needs a quote.
    private static func source(of graph: StateGraph) -> [UInt8] {
        let numbers = GraphLayout.numbers(graph)
        var text = "digraph {\nnode [shape=box fixedsize=true height=0.5 label=\"\"]\n"
        text += "edge [fontsize=11]\n"
        for (index, action) in graph.actions.enumerated() {
            text += "a\(index) [width=\(inches(action.name))]\n"
        }
        let inputs = graph.inputs
        for (index, input) in inputs.enumerated() {
            text += "i\(index) [width=\(inches(input)) height=0.4]\n"
        }
        for (index, transition) in graph.transitions.enumerated() {
            guard let from = numbers[transition.from], let to = numbers[transition.to] else {
                continue
            }
            // The label takes its room; what it says is not sent.
            let room = min(transition.condition?.unicodeScalars.count ?? 0, 48)
            let label = String(repeating: "m", count: room)
            text += "a\(from) -> a\(to) [number=\(index) label=\"\(label)\"]\n"
        }
        for (index, action) in graph.actions.enumerated() {
            for input in action.inputs {
                guard let number = inputs.firstIndex(of: input) else { continue }
                text += "i\(number) -> a\(index) [style=dashed]\n"
            }
        }
        return Array((text + "}\n").utf8)
    }

    private static func inches(_ name: String) -> Double {
        GraphLayout.width(of: name) / 72
    }
}

extension GraphLayout {
    /// What Graphviz says of a layout.
    private struct Answer: Decodable {
        struct Node: Decodable {
            var name: String
            var pos: String?
            var width: String?
            var height: String?
        }

        struct Edge: Decodable {
            var tail: Int
            var head: Int
            var pos: String?
            var lp: String?
            var number: String?
        }

        var bb: String
        var objects: [Node]?
        var edges: [Edge]?
    }

    /// Reads Graphviz's answer; `nil` when it is not one for this graph.
    fileprivate init?(_ json: [UInt8], _ graph: StateGraph, _ method: Method) {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(json)) else {
            return nil
        }
        let bounds = answer.bb.split(separator: ",").compactMap { Double($0) }
        guard bounds.count == 4 else { return nil }
        (width, height) = (bounds[2] - bounds[0], bounds[3] - bounds[1])
        let plane = Plane(left: bounds[0], top: bounds[3])
        let nowhere = Box(centre: Point(x: 0, y: 0), width: 0, height: 0)
        actions = [Box](repeating: nowhere, count: graph.actions.count)
        inputs = [Box](repeating: nowhere, count: graph.inputs.count)
        var nodes: [Node?] = []
        for object in answer.objects ?? [] {
            let number = Int(object.name.dropFirst()) ?? -1
            let centre = object.pos.flatMap { plane.point($0) }
            let size = (Double(object.width ?? "") ?? 1, Double(object.height ?? "") ?? 0.5)
            guard let centre else { return nil }
            let box = Box(centre: centre, width: size.0 * 72, height: size.1 * 72)
            if object.name.hasPrefix("a"), actions.indices.contains(number) {
                actions[number] = box
                nodes.append(.action(number))
            } else if object.name.hasPrefix("i"), inputs.indices.contains(number) {
                inputs[number] = box
                nodes.append(.input(number))
            } else {
                nodes.append(nil)
            }
        }
        edges = []
        for edge in answer.edges ?? [] {
            guard nodes.indices.contains(edge.tail), nodes.indices.contains(edge.head),
                let from = nodes[edge.tail], let to = nodes[edge.head]
            else { return nil }
            edges.append(
                Edge(
                    from: from,
                    to: to,
                    transition: edge.number.flatMap { Int($0) },
                    points: plane.curve(edge.pos ?? ""),
                    label: edge.lp.flatMap { plane.point($0) }
                )
            )
        }
        self.method = method
        hint = method == .dot ? nil : "The graph was too large for the usual layout."
    }

    /// Graphviz's plane, where y grows upwards.
    private struct Plane {
        let left: Double
        let top: Double

        func point(_ text: some StringProtocol) -> Point? {
            let numbers = text.split(separator: ",").compactMap { Double($0) }
            guard numbers.count >= 2 else { return nil }
            return Point(x: numbers[0] - left, y: top - numbers[1])
        }

        /// `e,x,y x,y x,y ...`: the tip of the arrow first, then a start and its curves.
        func curve(_ text: String) -> [Point] {
            text.split(separator: " ").compactMap { piece in
                piece.hasPrefix("e,") || piece.hasPrefix("s,") ? nil : point(piece)
            }
        }
    }
}
