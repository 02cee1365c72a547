// SPDX-License-Identifier: Apache-2.0
// Time travel over HTTP: /api/v1, as Formats/openapi.yaml says.

internal import Replay

/// The routes of `/api/v1`.
package enum V1 {
    private static let app = "/api/v1/projects/{project}/apps/{app}"

    /// The routes over a store.
    ///
    /// - Parameter live: the store with its open applications and known summaries.
    /// - Returns: the routes, the stream among them.
    package static func routes(_ live: LiveStore) -> [Route] {
        let pool = live.pool
        let lists = ListRoutes(live)
        return [
            SpecificationRoute.route,
            Route(.get, "/api/v1/projects", lists.projects),
            Route(.get, "/api/v1/projects/{project}/apps", lists.apps),
            Route(
                .post,
                "/api/v1/projects/{project}/import",
                bodyLimit: TransportRoutes.importLimit,
                sink: { () throws(Problem) in try Upload(pool.store) }
            ) { request in
                Response(
                    body: .deferred {
                        // A client that lists what it has just imported finds it.
                        defer { live.lists.forget() }
                        return try TransportRoutes.take(request, pool.store)
                    }
                )
            },
            Route(.get, "/api/v1/stream", StreamRoute(live).get),
            of(pool, .get, "", SummaryRoute.get),
            of(pool, .get, "/states/{ref}", StateRoute.get),
            of(pool, .get, "/steps", StepRoutes.list),
            of(pool, .get, "/steps/{ref}", StepRoutes.get),
            of(pool, .get, "/diff", DiffRoute.get),
            of(pool, .get, "/windows/{ref}", WindowRoute.get),
            of(pool, .get, "/timeline", TimelineRoute.get),
            of(pool, .get, "/graph", GraphRoute().get),
            of(pool, .get, "/events", EventRoute.list),
            of(pool, .get, "/export", TransportRoutes.export),
            of(pool, .get, "/marks", MarkRoutes.list),
            of(pool, .post, "/marks", MarkRoutes.create),
            of(pool, .delete, "/marks/{name}", MarkRoutes.remove),
            // The page answers every other path; a program must not take it for an answer.
            Route(.get, "/api/v1/{rest...}") { request in
                throw Problem(.notFound, "Nothing is at \(request.path.prefix(200)).")
            },
        ]
    }

    /// A route about one application; a worker answers, for the first look at one may take long.
    private static func of(
        _ pool: ApplicationPool,
        _ method: Method,
        _ rest: String,
        _ answer: @escaping @Sendable (AppRequest) throws -> Response
    ) -> Route {
        Route(method, app + rest) { request in
            Response(
                body: .deferred { try AppRequest.answer(request, pool, answer) }
            )
        }
    }
}
