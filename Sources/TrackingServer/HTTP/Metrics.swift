// SPDX-License-Identifier: Apache-2.0
// What the server counts, and how Prometheus reads it.

internal import Synchronization

/// Counters, gauges and durations of the server.
package final class Metrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private struct Duration {
        var buckets = [UInt64](repeating: 0, count: Metrics.bounds.count + 1)
        var sum: Int64 = 0
    }

    private struct Values {
        var requests: [Key: UInt64] = [:]
        var durations: [String: Duration] = [:]
        var counters: [String: UInt64] = [:]
        var gauges: [String: @Sendable () -> Int64] = [:]
        var help: [String: String] = [:]
    }

    /// Upper bounds of the durations' buckets, in microseconds.
    private static let bounds: [Int64] = [
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000,
    ]

    private let values = Mutex(Values())

    package init() {}

    /// Adds to a counter, which appears with its first use.
    ///
    /// - Parameters:
    ///   - name: by the rules of Prometheus, ending in `_total`; labels may follow in braces.
    ///   - count: how many.
    package func count(_ name: String, _ count: UInt64 = 1) {
        values.withLock { $0.counters[name, default: 0] += count }
    }

    /// Declares a value that is asked for when the metrics are read: a counter if it ends in
    /// `_total`.
    package func gauge(_ name: String, _ help: String, _ read: @escaping @Sendable () -> Int64) {
        values.withLock {
            $0.gauges[name] = read
            $0.help[name] = help
        }
    }

    /// Says what a counter counts.
    package func describe(_ name: String, _ help: String) {
        values.withLock {
            $0.help[name] = help
            $0.counters[name, default: 0] += 0
        }
    }

    /// Takes down a request that was answered.
    func note(route: String, status: Int, nanoseconds: Int64) {
        let microseconds = nanoseconds / 1_000
        let bucket = Self.bounds.firstIndex { microseconds <= $0 } ?? Self.bounds.count
        values.withLock { values in
            values.requests[Key(route: route, status: status), default: 0] += 1
            values.durations[route, default: Duration()].buckets[bucket] += 1
            values.durations[route, default: Duration()].sum += nanoseconds
        }
    }

    /// The metrics in the text format of Prometheus.
    package func text() -> String {
        let (requests, durations, counters, gauges, help) = values.withLock {
            ($0.requests, $0.durations, $0.counters, $0.gauges, $0.help)
        }
        var text = "# HELP burr_http_requests_total Requests answered.\n"
        text += "# TYPE burr_http_requests_total counter\n"
        for (key, count) in requests.sorted(by: {
            ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
        }) {
            text += "burr_http_requests_total{route=\"\(key.route)\",status=\"\(key.status)\"} "
            text += "\(count)\n"
        }
        text += "# HELP burr_http_request_seconds From the request's head to its answer.\n"
        text += "# TYPE burr_http_request_seconds histogram\n"
        for (route, duration) in durations.sorted(by: { $0.key < $1.key }) {
            text += Self.histogram(route, duration)
        }
        for (name, count) in counters.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(help[name] ?? "Counted by the server.")\n"
            text += "# TYPE \(name) counter\n\(name) \(count)\n"
        }
        for (name, read) in gauges.sorted(by: { $0.key < $1.key }) {
            let type = name.hasSuffix("_total") ? "counter" : "gauge"
            text += "# HELP \(name) \(help[name] ?? "")\n# TYPE \(name) \(type)\n"
            text += "\(name) \(read())\n"
        }
        return text
    }

    private static func histogram(_ route: String, _ duration: Duration) -> String {
        var text = ""
        var total: UInt64 = 0
        for (bound, count) in zip(bounds, duration.buckets) {
            total += count
            text += "burr_http_request_seconds_bucket{route=\"\(route)\","
            text += "le=\"\(seconds(bound * 1_000))\"} \(total)\n"
        }
        total += duration.buckets[bounds.count]
        text += "burr_http_request_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} \(total)\n"
        text += "burr_http_request_seconds_sum{route=\"\(route)\"} \(seconds(duration.sum))\n"
        text += "burr_http_request_seconds_count{route=\"\(route)\"} \(total)\n"
        return text
    }

    private static func seconds(_ nanoseconds: Int64) -> String {
        let digits = String(nanoseconds % 1_000_000_000)
        return "\(nanoseconds / 1_000_000_000)."
            + String(repeating: "0", count: 9 - digits.count) + digits
    }
}
