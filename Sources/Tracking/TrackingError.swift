// SPDX-License-Identifier: Apache-2.0
// What can go wrong when a log is written or a store is looked into.

package import EventLog
package import StateDelta

/// An error of writing an application's log.
package enum TrackingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The state is not JSON that can be stored; nothing was written.
    case state(JSONError)
    /// The state the log ends with cannot be rebuilt.
    case lastState(StateError)
    case log(LogError)

    package var description: String {
        switch self {
        case .state(let error): "the state cannot be recorded: \(error)"
        case .lastState(let error): "the last state cannot be rebuilt: \(error)"
        case .log(let error): "\(error)"
        }
    }
}

/// An error of finding something in a store.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(path: String, Errno)
    case noStore(path: String)
    case noProject(String, known: [String])
    case noApplication(String, close: [String])
    case ambiguous(String, candidates: [String])
    case empty(path: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let error): "\(path) cannot be read: \(error)"
        case .noStore(let path):
            "there is no store at \(path). Name one with --store, "
                + "or import Burr's logs: burr import"
        case .noProject(let name, let known):
            "no project is called '\(name)'\(StoreError.list("Projects", known))"
        case .noApplication(let name, let close):
            "no application is called '\(name)'\(StoreError.list("Close", close))"
        case .ambiguous(let name, let candidates):
            "'\(name)' could be any of: \(candidates.joined(separator: ", "))"
        case .empty(let path): "the store at \(path) holds no applications"
        }
    }

    private static func list(_ title: String, _ names: [String]) -> String {
        names.isEmpty ? "" : ". \(title): \(names.joined(separator: ", "))"
    }
}
