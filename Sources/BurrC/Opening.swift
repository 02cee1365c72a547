// SPDX-License-Identifier: Apache-2.0
// What C says of an application, as a tracker takes it.

internal import CBurr
internal import EventLog
internal import Replay
internal import Tracking

extension burr_application {
    /// A tracker of this application.
    ///
    /// - Throws: `CallError` when something is missing, or its log cannot be opened.
    func tracker() throws(CallError) -> Tracker {
        let store = Store(root: try unsafe root.required("root"))
        let name = ApplicationName(
            project: try unsafe project.required("project"),
            appID: try unsafe app_id.required("app_id")
        )
        var application = TrackedApplication(store: store, name: name)
        application.partitionKey = unsafe partition_key.string
        application.parent = unsafe parent.pointer
        application.spawningParent = unsafe spawning_parent.pointer
        if let graph = unsafe graph.array {
            application.graph = graph
            application.actions = ActionNames(BurrJSON.actionNames(graph))
        }
        let start = unsafe TrackerStart(
            state: state.array,
            continuing: next_step > 0 ? next_step - 1 : nil
        )
        let options = unsafe TrackerOptions(
            durability: durabilityOfLog,
            onFailure: .raise,
            program: program.string ?? "C"
        )
        do throws(TrackingError) {
            return try Tracker(application, start: start, options: options)
        } catch {
            throw .tracking(error)
        }
    }

    private var durabilityOfLog: Durability {
        let span = unsafe Duration.nanoseconds(interval > 0 ? interval : 250_000_000)
        return switch unsafe Int(durability) {
        case BURR_EVERY_STEP: .everyStep
        case BURR_OS: .os
        case BURR_BUFFERED: .buffered(maxDelay: span)
        default: .interval(span)
        }
    }
}
