// SPDX-License-Identifier: Apache-2.0
// How a call of the C interface fails.

internal import CBurr
internal import EventLog
internal import Replay
internal import Tracking

/// A result code and the sentence that goes with it.
enum CallError: Error {
    case invalid(String)
    case notFound(String)
    case tracking(TrackingError)
    case replay(ReplayError)
    case store(StoreError)

    var result: burr_result {
        switch self {
        case .invalid, .tracking(.state): burr_result(BURR_INVALID)
        case .tracking(.log(let error)), .replay(.log(let error)): Self.result(of: error)
        case .tracking(.lastState), .replay(.unreadable), .replay(.badDelta):
            burr_result(BURR_DAMAGED)
        case .replay(.stepNotEnded): burr_result(BURR_RUNNING)
        case .replay(.store(let error)), .store(let error): Self.result(of: error)
        case .notFound, .replay: burr_result(BURR_NOT_FOUND)
        }
    }

    private static func result(of error: LogError) -> burr_result {
        switch error {
        case .damaged, .newerVersion: burr_result(BURR_DAMAGED)
        case .notFound: burr_result(BURR_NOT_FOUND)
        case .tooLarge: burr_result(BURR_INVALID)
        default: burr_result(BURR_IO)
        }
    }

    private static func result(of error: StoreError) -> burr_result {
        if case .unreadable = error { burr_result(BURR_IO) } else { burr_result(BURR_NOT_FOUND) }
    }
}

extension CallError: CustomStringConvertible {
    var description: String {
        switch self {
        case .invalid(let text), .notFound(let text): text
        case .tracking(let error): error.description
        case .replay(let error): error.description
        case .store(let error): error.description
        }
    }
}

/// Runs a call, and hands its error over as C takes it.
func reporting(
    to error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ body: () throws(CallError) -> Void
) -> burr_result {
    do throws(CallError) {
        try body()
        return burr_result(BURR_OK)
    } catch let problem {
        if let error = unsafe error {
            unsafe error.pointee = cString(Array(problem.description.utf8))
        }
        return problem.result
    }
}
