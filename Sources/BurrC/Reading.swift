// SPDX-License-Identifier: Apache-2.0
// Reading states and listing applications.

public import CBurr
internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Reads the state that a step left: see `burr.h`.
@c @implementation
public func burr_state_read(
    _ root: burr_text,
    _ project: burr_text,
    _ app_id: burr_text,
    _ step: Int64,
    _ state: UnsafeMutablePointer<burr_state>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe reporting(to: error) { () throws(CallError) in
        guard let state = unsafe state else { throw .invalid("state is missing") }
        let history = try unsafe history(root, project, app_id)
        guard step >= 0 || step == .min else { throw .notFound("there is no step \(step)") }
        do throws(ReplayError) {
            let ref = try Ref(step == .min ? "head" : "\(step)")
            let position = try history.resolve(ref, now: 0)
            let text = try history.state(at: position)
            let detail = try history.detail(at: position, withEvents: false)
            unsafe state.pointee = burr_state(
                text: cText(text),
                step: position.step,
                action: cText(detail.end?.action ?? []),
                failed: detail.end?.status == .failed ? 1 : 0,
                ended_at: detail.end?.time.nanoseconds ?? 0
            )
        } catch {
            throw .replay(error)
        }
    }
}

/// Gives back what was read: see `burr.h`.
@c @implementation
public func burr_state_free(_ state: UnsafeMutablePointer<burr_state>?) {
    guard let state = unsafe state else { return }
    unsafe burr_free(UnsafeMutableRawPointer(mutating: state.pointee.text.bytes))
    unsafe burr_free(UnsafeMutableRawPointer(mutating: state.pointee.action.bytes))
    unsafe state.pointee = burr_state()
}

/// Lists the steps of an application: see `burr.h`.
@c @implementation
public func burr_steps(
    _ root: burr_text,
    _ project: burr_text,
    _ app_id: burr_text,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe reporting(to: error) { () throws(CallError) in
        guard let json = unsafe json else { throw .invalid("json is missing") }
        let history = try unsafe history(root, project, app_id)
        var rows: [StepRow] = []
        do throws(ReplayError) {
            try history.eachRow(history.line(of: history.newest)) { row in
                rows.append(row.row)
                return true
            }
        } catch {
            throw .replay(error)
        }
        var text = JSONText()
        text.array { text in
            for row in rows {
                text.object { text in
                    text.key("step")
                    text.integer(Int(row.step))
                    text.key("status")
                    text.string("\(row.status)")
                }
            }
        }
        unsafe json.pointee = cString(text.bytes)
    }
}

/// Lists the applications of a project: see `burr.h`.
@c @implementation
public func burr_applications(
    _ root: burr_text,
    _ project: burr_text,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe reporting(to: error) { () throws(CallError) in
        guard let json = unsafe json else { throw .invalid("json is missing") }
        let store = Store(root: try unsafe root.required("root"))
        let project = try unsafe project.required("project")
        do throws(StoreError) {
            let found = try Catalog(store).applications(in: project)
            unsafe json.pointee = cString(listing(found))
        } catch .noProject, .noStore {
            unsafe json.pointee = cString(listing([]))
        } catch {
            throw .store(error)
        }
    }
}

/// The applications as a JSON array, the last written first.
private func listing(_ applications: [ApplicationSummary]) -> [UInt8] {
    var text = JSONText()
    text.array { text in
        let sorted = applications.sorted { ($0.lastWritten ?? 0) > ($1.lastWritten ?? 0) }
        for summary in sorted {
            text.object { text in
                text.key("app_id")
                text.string(summary.name.appID)
                text.key("partition_key")
                text.string(summary.partitionKey)
            }
        }
    }
    return text.bytes
}

private func history(
    _ root: burr_text,
    _ project: burr_text,
    _ appID: burr_text
) throws(CallError) -> History {
    let store = unsafe Store(root: try root.required("root"))
    let name = unsafe ApplicationName(
        project: try project.required("project"),
        appID: try appID.required("app_id")
    )
    do throws(ReplayError) { return try History(name, in: store) } catch { throw .replay(error) }
}
