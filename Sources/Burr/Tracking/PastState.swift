// SPDX-License-Identifier: Apache-2.0
// The state of an earlier run, from its log.

internal import EventLog
internal import Replay
internal import Tracking

/// Where an application stood at a step.
struct PastState {
    let state: State
    let step: Int
    let action: String
    let hasFailed: Bool

    /// Reads a step from a store.
    ///
    /// - Returns: `nil` where the application is not in the store, or has not ended a step.
    /// - Throws: `BurrError.loading` where the step is not there or cannot be read.
    static func load(
        _ pointer: StepPointer,
        project: String,
        store: String
    ) throws(BurrError) -> PastState? {
        let name = ApplicationName(project: project, appID: pointer.appID)
        do throws(ReplayError) {
            let history = try History(name, in: Store(root: store))
            let ref = try Ref(pointer.step.map(String.init) ?? "head")
            let position = try history.resolve(ref, now: 0)
            let text = try history.state(at: position)
            let detail = try history.detail(at: position, withEvents: false)
            guard let end = detail.end else { return nil }
            return PastState(
                state: try state(text),
                step: Int(position.step),
                action: String(decoding: end.action, as: UTF8.self),
                hasFailed: end.status == .failed
            )
        } catch .store(.noApplication), .noSteps {
            return nil
        } catch {
            throw .loading("\(name) cannot be gone on with: \(error)")
        }
    }

    private static func state(_ text: [UInt8]) throws(ReplayError) -> State {
        // What is in a log has been checked; anything but an object is no state of ours.
        (try? State(json: String(decoding: text, as: UTF8.self))) ?? State()
    }
}
