// SPDX-License-Identifier: Apache-2.0
// What the server on port 7241 answers, all in all.

internal import Replay
package import Tracking

/// The routes of the tracking server over one store.
package struct Service: Sendable {
    /// Which page stands at the root.
    package enum Page: Sendable {
        /// A page of our own kind.
        case own(Site)
        /// Burr's build, unchanged.
        case burr(Site)
    }

    package let live: LiveStore
    package let metrics: Metrics
    private let pool: ApplicationPool

    package init(_ store: Store) {
        metrics = Metrics()
        live = LiveStore(store, metrics)
        pool = ApplicationPool(store)
        let live = live
        metrics.gauge("burr_logs_open", "Applications kept open.") { Int64(live.openCount) }
    }

    /// Every route, those of the page last.
    package func router(page: Page? = nil, basePath: String = "") -> Router {
        var router = Router(StatusRoutes.routes(metrics))
        let annotations = AnnotationStore(live)
        router.add(V0Routes(live: live, metrics: metrics, annotations: annotations).routes)
        router.add(V1.routes(pool, live))
        switch page {
        case .own(let site): router.add(site.routes(basePath: basePath))
        case .burr(let site): router.add(site.burrRoutes(basePath: basePath))
        case nil: break
        }
        return router
    }
}
