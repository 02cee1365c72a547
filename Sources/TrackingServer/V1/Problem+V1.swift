// SPDX-License-Identifier: Apache-2.0
// What can go wrong with history, as problems that let the client go on.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension Problem {
    /// Tells an error of reading an application.
    init(
        _ error: ReplayError,
        _ name: ApplicationName,
        _ store: Store,
        _ request: Request
    ) {
        let detail = "\(error)"
        switch error {
        case .badRef: self.init(.badRequest, code: "bad-ref", detail)
        case .noSteps:
            self.init(.notFound, code: "step-not-found", detail)
            self = with("first", json: "null").with("head", json: "null")
        case .noSuchStep(_, let ref, let first, let head, let nearest):
            self.init(
                .notFound,
                code: "step-not-found",
                "\(name) has no step \(ref.prefix(100)); it has \(first) to \(head)."
            )
            self = with("first", json: "\(first)").with("head", json: "\(head)")
                .with("nearest", json: "\(nearest)")
        case .noFailedStep: self.init(.notFound, code: "no-failed-step", detail)
        case .timeBeforeFirst(_, _, let first):
            self.init(.notFound, code: "time-before-first", detail)
            self = with("first", json: "\(first)").with("nearest", json: "\(first)")
        case .noMark(_, _, let marks):
            self.init(.notFound, code: "mark-not-found", detail)
            self = with("marks", json: JSONText.list(marks))
        case .noSuchBranch(_, _, let branches):
            self.init(.notFound, code: "branch-not-found", detail)
            self = with("branches", json: JSONText.list(branches))
        case .ambiguousBranch(_, _, let branches):
            self.init(.conflict, code: "ambiguous-branch", detail)
            self = with("branches", json: JSONText.list(branches))
        case .stepNotEnded(_, let step, let isRunning):
            self.init(
                .conflict,
                code: "step-running",
                "Step \(step) of \(name) has not ended"
                    + (isRunning ? " yet" : ": its writer is gone")
                    + "; what it saw can be had with side=before.",
                extra: [
                    ("before", "\(AppRequest.url(of: name, request))/states/\(step)?side=before")
                ]
            )
        case .stateNotRecorded(_, let step), .stepWithoutState(_, let step):
            self.init(.notFound, code: "state-not-recorded", detail)
            self = with("step", json: "\(step)")
        case .unreadable(_, let step, _), .badDelta(_, let step, _):
            self.init(.internalError, code: "damaged", detail)
            self = with("step", json: "\(step)")
        case .log: self.init(.internalError, code: "damaged", detail)
        case .store(let error): self.init(error, name, store)
        }
    }

    private init(_ error: StoreError, _ name: ApplicationName, _ store: Store) {
        switch error {
        case .noApplication, .noProject, .noStore:
            self.init(.notFound, code: "app-not-found", "There is no application \(name).")
            self = with("close", json: JSONText.list(Self.close(to: name, store)))
        default: self.init(.internalError, code: "damaged", "\(error)")
        }
    }

    /// Names that the client may have meant.
    private static func close(to name: ApplicationName, _ store: Store) -> [String] {
        do throws(StoreError) {
            return [try Catalog(store).resolve(name.appID, project: name.project).description]
        } catch {
            switch error {
            case .noApplication(_, let close), .ambiguous(_, let close): return close
            default: return []
            }
        }
    }

    /// Tells that Burr's own log has not been taken in.
    init(_ state: ImportState, _ name: ApplicationName) {
        switch state {
        case .running:
            self.init(
                .unavailable,
                code: "busy",
                "Burr's log of \(name) is being read for the first time; ask again in a second."
            )
            self = with("retry_after", json: "1")
            headers.append(.init("Retry-After", "1"))
        case .failed(let error):
            self.init(.conflict, code: "not-imported", "Burr's log of \(name): \(error)")
        }
    }

    private func with(_ name: String, json: String) -> Problem {
        with(name, json: Array(json.utf8))
    }
}
