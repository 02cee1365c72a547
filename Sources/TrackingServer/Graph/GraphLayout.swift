// SPDX-License-Identifier: Apache-2.0
// Where the nodes and edges of a graph are drawn.

/// A graph that has been laid out; points, y grows downwards.
package struct GraphLayout: Equatable, Sendable {
    /// How it was made.
    package enum Method: String, Sendable {
        case dot
        /// With straight lines: splines took too long.
        case dotLine = "dot-line"
        case sfdp
        /// Our own, plain one.
        case layers
    }

    /// A place on the plane.
    package struct Point: Equatable, Sendable {
        package var x: Double
        package var y: Double
    }

    /// A node's box by its centre.
    package struct Box: Equatable, Sendable {
        package var centre: Point
        package var width: Double
        package var height: Double
    }

    /// A node or an edge end: an action, or an input.
    package enum Node: Equatable, Sendable {
        case action(Int)
        case input(Int)
    }

    /// An edge as it is drawn.
    package struct Edge: Equatable, Sendable {
        package var from: Node
        package var to: Node
        /// The transition it stands for; `nil` for an input's edge.
        package var transition: Int?
        /// A start and three points for each curve; two points are a straight line.
        package var points: [Point]
        package var label: Point?
    }

    package var method: Method
    /// Why there is no better one.
    package var hint: String?
    package var width: Double
    package var height: Double
    package var actions: [Box]
    package var inputs: [Box]
    package var edges: [Edge]
}

extension GraphLayout {
    private static let rowHeight = 90.0
    private static let gap = 24.0
    private static let boxHeight = 36.0

    /// The plain layout: actions in rows by their distance from the entrypoint.
    ///
    /// - Complexity: O(actions + transitions).
    package init(layers graph: StateGraph, hint: String?) {
        let rows = Self.rows(of: graph)
        let nowhere = Box(centre: Point(x: 0, y: 0), width: 0, height: 0)
        actions = [Box](repeating: nowhere, count: graph.actions.count)
        inputs = []
        width = 0
        for (number, row) in rows.enumerated() {
            var x = Self.gap
            for action in row {
                let size = Self.width(of: graph.actions[action].name)
                let centre = Point(x: x + size / 2, y: (Double(number) + 0.5) * Self.rowHeight)
                actions[action] = Box(centre: centre, width: size, height: Self.boxHeight)
                x += size + Self.gap
            }
            width = max(width, x)
        }
        height = Double(rows.count) * Self.rowHeight
        method = .layers
        self.hint = hint
        edges = []
        let numbers = Self.numbers(graph)
        for (index, transition) in graph.transitions.enumerated() {
            guard let from = numbers[transition.from], let to = numbers[transition.to] else {
                continue
            }
            let (start, end) = (actions[from].centre, actions[to].centre)
            let label = Point(x: (start.x + end.x) / 2, y: (start.y + end.y) / 2)
            edges.append(
                Edge(
                    from: .action(from),
                    to: .action(to),
                    transition: index,
                    points: [start, end],
                    label: transition.condition == nil ? nil : label
                )
            )
        }
    }

    /// The width of a box with a name in it, in points.
    static func width(of name: String) -> Double {
        max(64, Double(name.unicodeScalars.count) * 8 + 28)
    }

    /// The numbers of the actions by their names.
    static func numbers(_ graph: StateGraph) -> [String: Int] {
        var numbers: [String: Int] = [:]
        for (index, action) in graph.actions.enumerated() where numbers[action.name] == nil {
            numbers[action.name] = index
        }
        return numbers
    }

    private static func rows(of graph: StateGraph) -> [[Int]] {
        let numbers = numbers(graph)
        var following = [[Int]](repeating: [], count: graph.actions.count)
        for transition in graph.transitions {
            guard let from = numbers[transition.from], let to = numbers[transition.to] else {
                continue
            }
            following[from].append(to)
        }
        var isPlaced = [Bool](repeating: false, count: graph.actions.count)
        var rows: [[Int]] = []
        let first = graph.entrypoint.flatMap { numbers[$0] } ?? 0
        for start in [first] + Array(graph.actions.indices) {
            guard graph.actions.indices.contains(start), !isPlaced[start] else { continue }
            isPlaced[start] = true
            var row = [start]
            while !row.isEmpty {
                rows.append(row)
                var next: [Int] = []
                for action in row {
                    for other in following[action] where !isPlaced[other] {
                        isPlaced[other] = true
                        next.append(other)
                    }
                }
                row = next
            }
        }
        return rows
    }
}
