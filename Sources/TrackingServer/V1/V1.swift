// SPDX-License-Identifier: Apache-2.0
// Time travel over HTTP: /api/v1, as Formats/openapi.yaml says.

package import Replay

/// The routes of `/api/v1`.
package enum V1 {
    private static let app = "/api/v1/projects/{project}/apps/{app}"

    /// The routes over a store.
    ///
    /// - Parameter pool: the applications that are kept open.
    package static func routes(_ pool: ApplicationPool) -> [Route] {
        let lists = ListRoutes(pool)
        return [
            Route(.get, "/api/v1/projects", lists.projects),
            Route(.get, "/api/v1/projects/{project}/apps", lists.apps),
            Route(.get, "/api/v1/stream", StreamRoute(pool).get),
            of(pool, "", SummaryRoute.get),
            of(pool, "/states/{ref}", StateRoute.get),
            of(pool, "/steps", StepRoutes.list),
            of(pool, "/steps/{ref}", StepRoutes.get),
            of(pool, "/diff", DiffRoute.get),
            of(pool, "/windows/{ref}", WindowRoute.get),
            of(pool, "/timeline", TimelineRoute.get),
        ]
    }

    /// A route about one application; a worker answers, for the first look at one may take long.
    private static func of(
        _ pool: ApplicationPool,
        _ rest: String,
        _ answer: @escaping @Sendable (AppRequest) throws -> Response
    ) -> Route {
        Route(.get, app + rest) { request in
            Response(
                body: .deferred { try AppRequest.answer(request, pool, answer) }
            )
        }
    }
}
