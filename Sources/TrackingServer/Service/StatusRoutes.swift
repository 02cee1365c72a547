// SPDX-License-Identifier: Apache-2.0
// How the server is: for people who run it, and for Prometheus.

/// The routes `/ready` and `/metrics`.
package enum StatusRoutes {
    /// The routes over a server's metrics.
    package static func routes(_ metrics: Metrics) -> [Route] {
        [
            Route(.get, "/ready") { _ in .json(Array(#"{"ready":true}"#.utf8)) },
            Route(.get, "/metrics") { _ in
                .text(metrics.text(), type: "text/plain; version=0.0.4; charset=utf-8")
            },
        ]
    }
}
