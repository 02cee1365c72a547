// SPDX-License-Identifier: Apache-2.0
// Where and how an application is recorded.

internal import EventLog
internal import Glibc
internal import Tracking

/// When a recorded step is safe.
public enum TrackingDurability: Equatable, Sendable {
    /// A killed process loses nothing; a crashed machine at most the last 250 ms.
    case standard
    /// A killed process loses nothing; nothing is synced.
    case os
    /// A crashed machine loses nothing that was reported.
    case everyStep
    /// A killed process loses at most so many milliseconds; for the highest rates.
    case buffered(milliseconds: Int)

    var durability: Durability {
        switch self {
        case .standard: .standard
        case .os: .os
        case .everyStep: .everyStep
        case .buffered(let delay): .buffered(maxDelay: .milliseconds(delay))
        }
    }
}

/// Where and how an application is recorded.
struct TrackerSettings: Sendable {
    var project: String
    var store: String
    var durability: TrackingDurability
    var raisesFailures: Bool

    var options: TrackerOptions {
        TrackerOptions(
            durability: durability.durability,
            onFailure: raisesFailures ? .raise : .ignore,
            program: CommandLine.arguments.first ?? "swift"
        )
    }

    /// The store when none is named: `$BURR_PATH`, `$burr_path`, or `~/.burr`, as Burr has it.
    static var defaultStore: String {
        expandingHome(environment("BURR_PATH") ?? environment("burr_path") ?? "~/.burr")
    }

    /// A path with a leading `~` replaced by the home folder.
    static func expandingHome(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = environment("HOME") else {
            return path
        }
        return home + path.dropFirst()
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}

/// What applications that an action starts take over from it.
final class SubapplicationSettings: Sendable {
    let tracker: TrackerSettings?

    init(tracker: TrackerSettings?) {
        self.tracker = tracker
    }
}
