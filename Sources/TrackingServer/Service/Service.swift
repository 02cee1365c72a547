// SPDX-License-Identifier: Apache-2.0
// What the server on port 7241 answers, all in all.

package import Tracking

/// The routes of the tracking server over one store.
package struct Service: Sendable {
    package let live: LiveStore
    package let metrics: Metrics

    package init(_ store: Store) {
        metrics = Metrics()
        live = LiveStore(store, metrics)
        let live = live
        metrics.gauge("burr_logs_open", "Applications kept open.") { Int64(live.openCount) }
    }

    /// Every route, those of pages last.
    package var router: Router {
        Router(StatusRoutes.routes(metrics))
    }
}
