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

    package init(_ store: Store) {
        metrics = Metrics()
        live = LiveStore(store)
        Self.describe(live.pool, in: metrics)
    }

    private static func describe(_ pool: ApplicationPool, in metrics: Metrics) {
        metrics.gauge("burr_logs_open", "Applications kept open.") { Int64(pool.openCount) }
        metrics.gauge("burr_segments_open", "Segments that they have open.") {
            Int64(pool.openFiles)
        }
        metrics.gauge("burr_held_bytes", "Bytes held for open applications, about.") {
            Int64(pool.heldBytes)
        }
        metrics.gauge(
            "burr_unsynced_bytes",
            "Bytes behind the last sync marks of open logs, as of the last look at each."
        ) { Int64(pool.unsyncedBytes) }
        metrics.gauge("burr_replayed_states_total", "States rebuilt from snapshots and deltas.") {
            Int64(clamping: pool.replays.states)
        }
        metrics.gauge("burr_replayed_deltas_total", "Deltas applied for them.") {
            Int64(clamping: pool.replays.deltas)
        }
        metrics.gauge("burr_replay_depth_max", "The most deltas that one state took.") {
            Int64(clamping: pool.replays.deepest)
        }
        metrics.gauge("burr_damage_found_total", "Damaged or unreadable logs met.") {
            Int64(clamping: pool.damageFound)
        }
        metrics.gauge("burr_imports_total", "Times new lines of Burr's own logs were read.") {
            Int64(clamping: pool.importCount)
        }
    }

    /// Every route, those of the page last.
    package func router(page: Page? = nil, basePath: String = "") -> Router {
        let annotations = AnnotationStore(live)
        let ofPage =
            switch page {
            case .own(let site): site.routes(basePath: basePath)
            case .burr(let site): site.burrRoutes(basePath: basePath)
            case nil: [Route]()
            }
        return Router(
            StatusRoutes.routes(metrics)
                + V0Routes(live: live, annotations: annotations).routes
                + V1.routes(live) + ofPage
        )
    }
}
