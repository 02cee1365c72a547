// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/stream: what happens, as it happens.

internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with a stream of server-sent events.
struct StreamRoute: Sendable {
    private let pool: ApplicationPool
    private let hub: LiveHub
    /// Applications of one stream.
    private static let appLimit = 64

    init(_ live: LiveStore) {
        pool = live.pool
        hub = LiveHub(live)
    }

    func get(_ request: Request) throws -> Response {
        let project = try project(request)
        let apps = try apps(request, orProject: project != nil)
        let view = try request.choice("view", LiveView.allCases.map(\.rawValue))
            .flatMap { LiveView(rawValue: $0) }
        let start = try start(request, apps.count)
        let hub = hub
        return Response(
            headers: [
                .init("Content-Type", "text/event-stream"), .init("Cache-Control", "no-store"),
                .init("X-Accel-Buffering", "no"),
            ],
            body: .stream {
                LiveStream(
                    hub,
                    apps: apps,
                    project: project,
                    view: view ?? .steps,
                    start: start
                )
            }
        )
    }

    /// The project whose list is followed.
    private func project(_ request: Request) throws(Problem) -> String? {
        guard let name = request.query("project") else { return nil }
        guard !name.isEmpty, pool.store.exists(pool.store.directory(project: name)) else {
            throw Problem(
                .notFound,
                code: "project-not-found",
                "There is no project \(name.prefix(100))."
            )
        }
        return name
    }

    private func apps(
        _ request: Request,
        orProject hasProject: Bool
    ) throws(Problem) -> [ApplicationName] {
        guard let text = request.query("apps"), !text.isEmpty else {
            if hasProject { return [] }
            throw badApps("apps is missing: name the applications to follow, or a project.")
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= Self.appLimit else {
            throw badApps("A stream follows \(Self.appLimit) applications at most.")
        }
        var names: [ApplicationName] = []
        for part in parts {
            let words = part.split(separator: "/", omittingEmptySubsequences: false)
            guard words.count == 2, let project = PercentCoding.decode(words[0]),
                let app = PercentCoding.decode(words[1]), !project.isEmpty, !app.isEmpty
            else { throw badApps("'\(part.prefix(100))' is not project/app.") }
            let name = ApplicationName(project: project, appID: app)
            guard !names.contains(name) else { throw badApps("\(name) stands in apps twice.") }
            guard pool.store.exists(pool.store.directory(of: name)) else {
                throw Problem(
                    ReplayError.store(.noApplication("", close: [])),
                    name,
                    pool.store,
                    request
                )
            }
            names.append(name)
        }
        return names
    }

    private func badApps(_ detail: String) -> Problem {
        Problem(
            .badRequest,
            code: "bad-parameter",
            detail,
            extra: [("parameter", "apps"), ("expected", "demo/chat-1,demo/chat-2")]
        )
    }

    /// Where the stream goes on; `nil` for the present.
    private func start(_ request: Request, _ count: Int) throws(Problem) -> [LivePlace]? {
        // An empty one is what a browser sends that has seen no id.
        let header = request.header("Last-Event-ID").flatMap { $0.isEmpty ? nil : $0 }
        guard count > 0, let text = header ?? request.query("from") else { return nil }
        let places = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { LivePlace($0) }
        let known = places.compactMap { $0 }
        guard known.count == places.count, known.count == count else {
            throw Problem(
                .badRequest,
                code: "bad-parameter",
                "'\(text.prefix(200))' is not the id of an event of this stream: it has "
                    + "<g>.<lsn>.<marks> for each of the \(count) applications.",
                extra: [("parameter", header == nil ? "from" : "Last-Event-ID")]
            )
        }
        return known
    }
}
