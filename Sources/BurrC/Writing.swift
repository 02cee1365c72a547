// SPDX-License-Identifier: Apache-2.0
// Recording an application.

public import CBurr
internal import EventLog
internal import Tracking

/// Begins to record an application: see `burr.h`.
@c @implementation
public func burr_writer_open(
    _ application: UnsafePointer<burr_application>?,
    _ writer: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe reporting(to: error) { () throws(CallError) in
        guard let application = unsafe application, let writer = unsafe writer else {
            throw .invalid("application or writer is missing")
        }
        let recording = try unsafe Recording(unsafe application.pointee)
        unsafe writer.pointee = OpaquePointer(Unmanaged.passRetained(recording).toOpaque())
    }
}

/// Records that a step began: see `burr.h`.
@c @implementation
public func burr_step_begin(
    _ writer: OpaquePointer?,
    _ step: Int64,
    _ action: burr_text,
    _ inputs: burr_text,
    _ time: Int64,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe reporting(to: error) { () throws(CallError) in
        guard let action = unsafe action.array else { throw .invalid("action is missing") }
        let event = unsafe StepBegin(
            step: step,
            action: action,
            time: EventTime(nanoseconds: time),
            inputs: inputs.array
        )
        try unsafe recording(writer).withWriter { (writer) throws(TrackingError) in
            do throws(LogError) { try writer.begin(event) } catch { throw .log(error) }
        }
    }
}

/// Records that a step ended: see `burr.h`.
@c @implementation
public func burr_step_end(
    _ writer: OpaquePointer?,
    _ step: Int64,
    _ action: burr_text,
    _ result: burr_text,
    _ exception: burr_text,
    _ state: burr_text,
    _ time: Int64,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe reporting(to: error) { () throws(CallError) in
        guard let action = unsafe action.array else { throw .invalid("action is missing") }
        var event = StepEnd(step: step, action: action, time: EventTime(nanoseconds: time))
        event.result = unsafe result.array
        event.exception = unsafe exception.array
        let text = unsafe state.buffer
        try unsafe recording(writer).withWriter { (writer) throws(TrackingError) in
            guard let text = unsafe text else { return try writer.end(event, state: nil) }
            try writer.end(event, state: unsafe text.bytes)
        }
    }
}

/// Records what happened within a step: see `burr.h`.
@c @implementation
public func burr_event(
    _ writer: OpaquePointer?,
    _ type: burr_event_type,
    _ step: Int64,
    _ object: burr_text,
    _ time: Int64,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe reporting(to: error) { () throws(CallError) in
        let type = RecordType(rawValue: UInt8(clamping: type))
        guard type.isText, let text = unsafe object.buffer else {
            throw .invalid("this is no event, or its object is missing")
        }
        try unsafe recording(writer).withWriter { (writer) throws(TrackingError) in
            do throws(LogError) {
                try unsafe writer.event(type, step: step, time: time, text: text.bytes)
            } catch {
                throw .log(error)
            }
        }
    }
}

/// Ends the recording: see `burr.h`.
@c @implementation
public func burr_writer_close(
    _ writer: OpaquePointer?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    guard let writer = unsafe writer else { return burr_result(BURR_OK) }
    // Safe: balances the retain of `burr_writer_open`; the caller uses the writer no more.
    let recording = unsafe Unmanaged<Recording>.fromOpaque(UnsafeRawPointer(writer))
        .takeRetainedValue()
    return unsafe reporting(to: error) { () throws(CallError) in try recording.close() }
}

/// Forgets a writer that the process inherited: see `burr.h`.
@c @implementation
public func burr_writer_abandon(_ writer: OpaquePointer?) {
    // Its memory stays: ending the writer would end the parent's recording too.
}

/// The recording that a handle stands for.
private func recording(_ writer: OpaquePointer?) throws(CallError) -> Recording {
    guard let writer = unsafe writer else { throw .invalid("writer is missing") }
    // Safe: the caller keeps the writer open during the call.
    return unsafe Unmanaged<Recording>.fromOpaque(UnsafeRawPointer(writer)).takeUnretainedValue()
}
