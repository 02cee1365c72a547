// SPDX-License-Identifier: Apache-2.0

// The errors of the libraries with the exit codes of the command line.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension CommandError {
    /// How many candidates are listed.
    private static let candidateLimit = 20

    /// Translates any error.
    init(explaining error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as StoreError: self.init(error)
        case let error as ReplayError: self.init(error)
        case let error as RepairError: self.init(error)
        case let error as ImportError: self.init(error)
        case let error as TrackingError: self.init(error)
        case let error as LogError: self.init(error)
        case let error as JSONPointerError: self.init(.usage, "--path: \(error)")
        default: self.init(.internalError, "internal error: \(error)")
        }
    }

    /// Translates an error of finding something in a store.
    init(_ error: StoreError) {
        switch error {
        case .unreadable: self.init(.inputOutput, "\(error)")
        case .ambiguous(let name, let candidates):
            self.init(
                .notFound,
                "'\(name)' may be any of these:",
                details: Self.shortened(candidates)
            )
        case .noStore, .noProject, .noApplication, .empty: self.init(.notFound, "\(error)")
        }
    }

    /// Translates an error of reading history.
    init(_ error: ReplayError) {
        switch error {
        case .badRef: self.init(.usage, "\(error)")
        case .noSteps, .noSuchStep, .noFailedStep, .timeBeforeFirst, .noMark, .noSuchBranch,
            .ambiguousBranch, .stateNotRecorded, .stepWithoutState:
            self.init(.notFound, "\(error)")
        case .stepNotEnded(_, _, let isRunning):
            self.init(isRunning ? .running : .notFound, "\(error)")
        case .unreadable, .badDelta: self.init(.damaged, "\(error)")
        case .log(let error): self.init(error)
        case .store(let error): self.init(error)
        }
    }

    /// Translates an error of importing.
    init(_ error: ImportError) {
        switch error {
        case .file(let number, _):
            self.init(number == .noEntry ? .notFound : .inputOutput, "\(error)")
        case .nothingThere: self.init(.notFound, "\(error)")
        case .lineTooLong: self.init(.damaged, "\(error)")
        case .notWritable: self.init(.inputOutput, "\(error)")
        case .tracking(let error): self.init(error)
        case .replay(let error): self.init(error)
        }
    }

    /// Translates an error of a repair.
    init(_ error: RepairError) {
        switch error {
        case .replay(let error): self.init(error)
        case .tracking(let error): self.init(error)
        case .unreadable(let error): self.init(error)
        case .copyDiffers: self.init(.internalError, "\(error)")
        }
    }

    /// Translates an error of writing a log.
    init(_ error: TrackingError) {
        switch error {
        case .log(let error): self.init(error)
        case .state, .lastState: self.init(.damaged, "\(error)")
        }
    }

    /// Translates an error of a log.
    init(_ error: LogError) {
        switch error {
        case .io, .noSpace, .poisoned, .closed: self.init(.inputOutput, "\(error)")
        case .newerVersion, .damaged, .tooLarge: self.init(.damaged, "\(error)")
        case .lockedByAnotherWriter: self.init(.running, "\(error)")
        case .notFound: self.init(.notFound, "\(error)")
        }
    }

    private static func shortened(_ candidates: [String]) -> [String] {
        let shown = candidates.prefix(candidateLimit).map { "  \($0)" }
        let rest = candidates.count - shown.count
        return rest > 0 ? shown + ["  and \(rest) more"] : shown
    }
}
