// SPDX-License-Identifier: Apache-2.0
// GET .../timeline: steps summed up in cells.

internal import Replay
internal import StateDelta

/// Answers with timelines.
enum TimelineRoute {
    /// Which cells are wanted.
    private struct Wanted {
        var level: Int
        var firstCell: Int64
        var count: Int

        var lastStep: Int64 {
            let (end, overflow) = (firstCell + Int64(count)).multipliedReportingOverflow(
                by: 1 << Int64(level)
            )
            return overflow ? .max : end - 1
        }
    }

    /// The columns there are.
    private static let lanes = [
        "steps", "top_action", "errors", "start_us", "dur_max_us", "dur_sum_us", "size_last",
        "changes",
    ]

    static func get(_ app: AppRequest) throws -> Response {
        let wanted = try wanted(app)
        let lanes = try app.request.words("lanes", lanes) ?? Set(lanes)
        let steps = try app.app.wholeSteps()
        let head = steps.rows.last?.step ?? -1
        let isSealed = try wanted.lastStep <= head && app.app.wholeIsComplete()
        let isFixed = app.request.query("tile") != nil
        let names = lanes.sorted().joined(separator: ",").tag
        let tag = "t\(wanted.level)-\(wanted.firstCell)-\(wanted.count)-\(names)"
        return try app.cached(
            sealed: isSealed && isFixed,
            tag: isSealed ? tag : "\(tag)\(app.headTag)-\(steps.rows.count)"
        ) {
            let timeline = try app.app.wholeTimeline(
                level: wanted.level,
                firstCell: wanted.firstCell,
                count: wanted.count
            )
            return try .json { try write(app, timeline, isSealed, lanes, &$0) }
        }
    }

    private static func wanted(_ app: AppRequest) throws -> Wanted {
        let request = app.request
        let level = try request.number("lod", 0...Timeline.highestLevel)
        let size = Int64(Timeline.tileSize)
        if let tile = try request.number("tile", 0...(1 << 53) - 1) {
            guard let level else {
                throw Problem(
                    .badRequest,
                    code: "bad-parameter",
                    "tile needs lod: the level of detail that tiles are counted in.",
                    extra: [("parameter", "lod")]
                )
            }
            // Beyond the last step that a ref can name there is nothing.
            guard Int64(tile) <= (Int64.max >> Int64(level)) / size - 1 else {
                throw Problem(
                    .badRequest,
                    code: "bad-parameter",
                    "There is no tile \(tile) at level \(level).",
                    extra: [("parameter", "tile")]
                )
            }
            return Wanted(level: level, firstCell: Int64(tile) * size, count: Timeline.tileSize)
        }
        let range = try app.range()
        let rows = try app.app.wholeSteps().rows
        let first = max(range.lowerBound, min(rows.first?.step ?? 0, range.upperBound))
        let last = max(first, min(range.upperBound, rows.last?.step ?? first))
        let cells = try request.number("cells", 1...Timeline.cellLimit) ?? 2_048
        let finest = StepIndex.level(for: first...last, cells: Timeline.cellLimit - 1_024)
        let chosen = level ?? max(finest, StepIndex.level(for: first...last, cells: cells))
        guard chosen >= finest else {
            throw Problem(
                .badRequest,
                code: "too-many-cells",
                "At level \(chosen) these steps need more than \(Timeline.cellLimit) cells; "
                    + "level \(finest) is the finest for them, or ask for tiles."
            ).with("lod", json: Array("\(finest)".utf8))
        }
        let firstCell = (first >> Int64(chosen)) / size * size
        let lastCell = ((last >> Int64(chosen)) / size + 1) * size - 1
        return Wanted(level: chosen, firstCell: firstCell, count: Int(lastCell - firstCell) + 1)
    }

    private static func write(
        _ app: AppRequest,
        _ timeline: Timeline,
        _ isSealed: Bool,
        _ lanes: Set<String>,
        _ json: inout JSONText
    ) throws {
        let cells = timeline.cells
        let steps = try app.app.wholeSteps()
        let owners = try app.app.owners()
        json.object { json in
            app.begin(&json)
            json.member("lod", timeline.level)
            json.member("from", timeline.firstStep)
            json.member("to", timeline.lastStep)
            json.member("sealed", isSealed)
            json.member("first", steps.rows.first?.step)
            app.head(&json)
            json.line(owners)
            json.member("actions", steps.actions.names)
            json.key("cells")
            json.object { json in columns(timeline, lanes, &json) }
            let tile = timeline.firstCell / Int64(Timeline.tileSize)
            let isTile = cells.count == Timeline.tileSize
            let query = [("lod", String(timeline.level)), ("tile", String(tile))]
            json.links([("self", isTile ? app.link("/timeline", query) : nil)])
        }
    }

    private static func columns(
        _ timeline: Timeline,
        _ lanes: Set<String>,
        _ json: inout JSONText
    ) {
        let cells = timeline.cells
        func column(_ name: String, _ numbers: [Int64?]) {
            if lanes.contains(name) { json.numbersOrNull(name, numbers) }
        }
        column("steps", cells.map { Int64($0.steps) })
        column("top_action", timeline.topActions.map { $0.map(Int64.init) ?? -1 })
        column("errors", cells.map { Int64($0.errors) })
        column("start_us", cells.map { $0.steps > 0 ? $0.start : nil })
        column("dur_max_us", cells.map(\.longest))
        column("dur_sum_us", cells.map(\.total))
        column("size_last", cells.map { Int64($0.size) })
        column("changes", cells.map { Int64($0.changes) })
    }
}
