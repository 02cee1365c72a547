// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/projects and .../apps: what is in the store.

internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with lists of projects and applications.
struct ListRoutes: Sendable {
    private let live: LiveStore
    private var replies: FreshReplies { live.lists }

    init(_ live: LiveStore) {
        self.live = live
    }

    private var catalog: Catalog { live.catalog }

    /// The projects of the store.
    func projects(_ request: Request) throws -> Response {
        if let kept = replies.kept(request) { return kept }
        let order = try ListOrder(
            request,
            sorts: ["project", "apps", "last_written", "stored_bytes"],
            filters: []
        )
        return replies.deferred(request) {
            var found: [ProjectRow] = []
            // Where there is no store yet there are no projects.
            do throws(StoreError) { found = try summaries() } catch {
                guard case .noStore = error else { throw Problem(list: error) }
            }
            let rows = found.filter { order.fits($0.project) }
                .map { project in
                    let key: Int64 =
                        switch order.sort {
                        case "apps": Int64(project.applicationCount)
                        case "stored_bytes": project.byteCount
                        case "last_written": project.lastWritten ?? .min
                        default: 0
                        }
                    return ListOrder.Row(key: key, name: project.project, value: project)
                }
            return order.answer(rows) { write($0, request, &$1) }
        }
    }

    /// The applications of a project.
    func apps(_ request: Request) throws -> Response {
        if let kept = replies.kept(request) { return kept }
        let order = try ListOrder(
            request,
            sorts: ["app", "steps", "first_written", "last_written", "stored_bytes"],
            filters: ["status", "partition", "parent"]
        )
        let statuses = [
            "running", "ok", "failed", "crashed", "empty", "not imported", "unreadable",
        ]
        let status = try request.choice("status", statuses)
        let project = request[parameter: "project"]
        return replies.deferred(request) {
            var found: [ApplicationSummary]
            do throws(StoreError) {
                found = try live.applications(in: project)
            } catch {
                throw Problem(list: error).with("close", json: JSONText.list(known))
            }
            found = found.filter { app in
                if let status, app.status.rawValue != status { return false }
                if let key = request.query("partition"), app.partitionKey != key { return false }
                if let parent = request.query("parent"), app.parent?.appID != parent,
                    app.spawningParent?.appID != parent
                {
                    return false
                }
                return order.fits(app.name.appID)
            }
            let rows = found.map { app in
                let key: Int64 =
                    switch order.sort {
                    case "steps": app.stepCount
                    case "first_written": app.firstWritten ?? .min
                    case "last_written": app.lastWritten ?? .min
                    case "stored_bytes": app.byteCount
                    default: 0
                    }
                return ListOrder.Row(key: key, name: app.name.appID, value: app)
            }
            return order.answer(rows) { write($0, request, &$1) }
        }
    }

    /// One row of the projects.
    private struct ProjectRow: Sendable {
        let project: String
        let applicationCount: Int
        let lastWritten: Int64?
        let byteCount: Int64
        let problemCount: Int
    }

    private func summaries() throws(StoreError) -> [ProjectRow] {
        var rows: [ProjectRow] = []
        for project in try catalog.projects() {
            let applications = try live.applications(in: project)
            rows.append(
                ProjectRow(
                    project: project,
                    applicationCount: applications.count,
                    lastWritten: applications.compactMap(\.lastWritten).max(),
                    byteCount: applications.reduce(0) { $0 + $1.byteCount },
                    problemCount: applications.count { $0.problem != nil }
                )
            )
        }
        return rows
    }

    /// Projects that a client may have meant.
    private var known: [String] {
        do throws(StoreError) { return Array(try catalog.projects().prefix(20)) } catch {
            return []
        }
    }

    private func write(_ project: ProjectRow, _ request: Request, _ json: inout JSONText) {
        let name = PercentCoding.encode(project.project)
        json.member("project", project.project)
        json.member("apps", project.applicationCount)
        json.instant("last_written", project.lastWritten)
        json.member("stored_bytes", project.byteCount)
        json.member("problems", project.problemCount)
        json.links([
            ("apps", "\(request.basePath)/api/v1/projects/\(name)/apps"),
            ("ui", "\(request.basePath)/p/\(name)"),
        ])
    }

    private func write(_ app: ApplicationSummary, _ request: Request, _ json: inout JSONText) {
        json.members(app)
        let url = AppRequest.url(of: app.name, request)
        json.links([("self", url), ("ui", AppRequest.page(of: app.name, request))])
    }
}

extension JSONText {
    /// Writes the members of an application's row, but for its links.
    mutating func members(_ app: ApplicationSummary) {
        member("project", app.name.project)
        member("app", app.name.appID)
        member("partition_key", app.partitionKey)
        member("status", app.status.rawValue)
        member("steps", app.stepCount)
        member("first", app.firstStep)
        member("head", app.lastStep)
        instant("first_written", app.firstWritten)
        instant("last_written", app.lastWritten)
        member("stored_bytes", app.byteCount)
        member("branches", app.branchCount)
        pointer("parent", app.parent)
        pointer("spawning_parent", app.spawningParent)
        member("problem", app.problem)
    }
}

/// How a list is filtered, ordered and cut into pages.
struct ListOrder: Sendable {
    /// One row with what it is ordered by.
    struct Row<Value: Sendable>: Sendable {
        let key: Int64
        let name: String
        let value: Value
    }

    let sort: String
    private let isDescending: Bool
    private let limit: Int
    private let text: String?
    private let filter: UInt64
    private let cursor: (key: Int64, name: String, isBackward: Bool)?
    private let request: Request

    init(_ request: Request, sorts: [String], filters: [String]) throws(Problem) {
        self.request = request
        sort = try request.choice("sort", sorts) ?? "last_written"
        let isName = sort == "project" || sort == "app"
        let order = try request.choice("order", ["asc", "desc"])
        isDescending = order.map { $0 == "desc" } ?? !isName
        limit = try request.number("limit", 1...1_000) ?? 100
        text = request.query("q")?.lowercased()
        let filtered = filters.map { request.query($0) }
        filter = PageCursor.filter([sort, isDescending ? "desc" : "asc", text] + filtered)
        guard let given = try PageCursor(request, filter: filter) else {
            cursor = nil
            return
        }
        let parts = given.place.split(
            separator: ",",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, let key = Int64(parts[0]) else {
            cursor = nil
            return
        }
        cursor = (key, String(parts[1]), given.isBackward)
    }

    /// Whether a name contains what is looked for.
    func fits(_ name: String) -> Bool {
        text.map { name.lowercased().contains($0) } ?? true
    }

    /// The page of some rows that was asked for.
    func answer<Value>(
        _ rows: [Row<Value>],
        _ write: (Value, inout JSONText) -> Void
    ) -> Response {
        let ordered = rows.sorted { stands(($0.key, $0.name), before: ($1.key, $1.name)) }
        var range = 0..<ordered.count
        if let cursor {
            let place = (cursor.key, cursor.name)
            let behind = ordered.partitioned { stands(place, before: ($0.key, $0.name)) }
            let from = ordered.partitioned { !stands(($0.key, $0.name), before: place) }
            range = cursor.isBackward ? max(0, from - limit)..<from : behind..<ordered.count
        }
        let page = range.lowerBound..<min(range.upperBound, range.lowerBound + limit)
        let text = { (row: Row<Value>, isBackward: Bool) in
            PageCursor(
                filter: filter,
                isBackward: isBackward,
                place: "\(row.key),\(row.name)"
            ).text
        }
        let next =
            page.upperBound < ordered.count ? page.last.map { text(ordered[$0], false) } : nil
        let prev = page.lowerBound > 0 ? page.first.map { text(ordered[$0], true) } : nil
        return Response.json { json in
            json.object { json in
                json.key("items")
                json.array { json in
                    for row in ordered[page] { json.object { write(row.value, &$0) } }
                }
                json.member("next", next)
                json.member("prev", prev)
                json.member("truncated", page.upperBound < ordered.count)
                json.member("total", ordered.count)
            }
        }.tagged().linked(request, next: next, prev: prev)
    }

    private func stands(_ left: (Int64, String), before right: (Int64, String)) -> Bool {
        if left.0 != right.0 { return (left.0 < right.0) != isDescending }
        if left.1 == right.1 { return false }
        // Names ascend where the keys are the same, unless it is the names that descend.
        let isName = sort == "project" || sort == "app"
        return (left.1 < right.1) != (isDescending && isName)
    }
}

extension Array {
    /// Where the elements begin that a predicate holds for; it holds for all behind the first.
    fileprivate func partitioned(_ holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Problem {
    /// Tells an error of listing the store.
    fileprivate init(list error: StoreError) {
        switch error {
        case .noProject(let name, _):
            self.init(.notFound, code: "project-not-found", "There is no project \(name).")
        case .noStore: self.init(.notFound, code: "project-not-found", "\(error)")
        default: self.init(.internalError, code: "damaged", "\(error)")
        }
    }
}

extension Response {
    /// The response with an entity tag of its bytes.
    func tagged() -> Response {
        guard case .bytes(let bytes) = body else { return self }
        return with("ETag", "\"\(String(decoding: bytes, as: UTF8.self).tag)\"")
    }
}

extension FreshReplies {
    /// The reply of a request's path and query, if it is kept.
    fileprivate func kept(_ request: Request) -> Response? {
        kept(Self.key(request))
    }

    /// The reply of a request's path and query, made by a worker.
    fileprivate func deferred(
        _ request: Request,
        _ make: @escaping @Sendable () throws -> Response
    ) -> Response {
        let key = Self.key(request)
        return Response(body: .deferred { try self.reply(key, make) })
    }

    private static func key(_ request: Request) -> String {
        request.query.reduce(into: request.path) { key, field in
            key += "\u{0}\(field.name)\u{0}\(field.value)"
        }
    }
}
