// SPDX-License-Identifier: Apache-2.0
// What can go wrong when history is read, in words for the person who asked.

package import EventLog
internal import Glibc
package import StateDelta
package import Tracking

/// An error of reading history.
package enum ReplayError: Error, Equatable, Sendable {
    case badRef(String)
    case noSteps(ApplicationName)
    case noSuchStep(ApplicationName, ref: String, first: Int64, head: Int64, nearest: Int64)
    case noFailedStep(ApplicationName)
    case timeBeforeFirst(ApplicationName, ref: String, first: Int64)
    case noMark(ApplicationName, mark: String, marks: [String])
    case noSuchBranch(ApplicationName, prefix: String, branches: [String])
    case ambiguousBranch(ApplicationName, prefix: String, branches: [String])
    /// The step began and has not ended: it has a state before, none after.
    case stepNotEnded(ApplicationName, step: Int64, isRunning: Bool)
    /// Burr does not record the state before the first step.
    case stateNotRecorded(ApplicationName, before: Int64)
    /// The step ended, and its record has no state.
    case stepWithoutState(ApplicationName, step: Int64)
    /// The bytes that this state depends on are damaged.
    case unreadable(ApplicationName, step: Int64, place: String)
    case badDelta(ApplicationName, step: Int64, DeltaError)
    case log(LogError)
    case store(StoreError)

    /// An application's folder could not be listed.
    static func listing(_ directory: String, of name: ApplicationName, _ error: Errno) -> Self {
        // Nothing has a name that no file system takes.
        let isAbsent = [.noEntry, Errno(ENOTDIR), Errno(ENAMETOOLONG)].contains(error)
        return .store(
            isAbsent
                ? .noApplication(name.description, close: [])
                : .unreadable(path: directory, error)
        )
    }
}

extension ReplayError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badRef(let text):
            return "'\(text)' is no ref. A ref is a step (42), steps before the head (-1), head, "
                + "first, err, err-1, t:2026-08-22T10:00:00Z, t:-5m or mark:NAME; 42.1 is the "
                + "first run of step 42, 42@0192f0 names a branch"
        case .noSteps(let app):
            return "\(app) has no steps yet"
        case .noSuchStep(let app, let ref, let first, let head, let nearest):
            return "\(app) has no step \(ref) (first \(first), head \(head)). Nearest: "
                + "burr replay \(app) --step \(nearest)"
        case .noFailedStep(let app):
            return "no step of \(app) failed, or not so many"
        case .timeBeforeFirst(let app, let ref, let first):
            return "no step of \(app) had ended at \(ref); the first is \(first)"
        case .noMark(let app, let mark, let marks):
            return "\(app) has no mark \(mark). "
                + (marks.isEmpty ? "It has none" : "Its marks: \(list(marks))")
        case .noSuchBranch(let app, let prefix, let branches):
            return "\(app) has no branch \(prefix). Its branches: \(list(branches))"
        case .ambiguousBranch(let app, let prefix, let branches):
            return "more than one branch of \(app) begins with \(prefix): \(list(branches))"
        case .stepNotEnded(let app, let step, let isRunning):
            let why = isRunning ? " yet" : ": its writer is gone"
            return "step \(step) of \(app) has not ended\(why). What it saw: "
                + "burr replay \(app) --step \(step) --before"
        case .stateNotRecorded(let app, let step):
            return "the state of \(app) before its first step \(step) is not recorded: "
                + "Burr's own logs do not hold it"
        case .stepWithoutState(let app, let step):
            return "step \(step) of \(app) was recorded without a state"
        case .unreadable(let app, let step, let place):
            return "the state of \(app) at step \(step) cannot be rebuilt: \(place)"
        case .badDelta(let app, let step, let error):
            return "the delta of step \(step) of \(app) does not apply: \(error)"
        case .log(let error): return "\(error)"
        case .store(let error): return "\(error)"
        }
    }

    private func list(_ branches: [String]) -> String {
        branches.joined(separator: ", ")
    }
}
