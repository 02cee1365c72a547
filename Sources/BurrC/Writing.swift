// SPDX-License-Identifier: Apache-2.0
// Recording an application.

public import CBurr
internal import EventLog
internal import StateDelta
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
        let tracker = try unsafe application.pointee.tracker()
        unsafe writer.pointee = OpaquePointer(Unmanaged.passRetained(tracker).toOpaque())
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
    unsafe recording(writer, error) { (tracker) throws(CallError) in
        let action = try unsafe tracker.name(of: action)
        var event: StepBegin? = StepBegin(
            step: step,
            action: action,
            time: EventTime(nanoseconds: time)
        )
        if let text = try unsafe inputs.json("inputs"), !text.isEmptyObject {
            event?.inputs = text
        }
        do throws(TrackingError) { try tracker.begin(&event) } catch { throw .tracking(error) }
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
    unsafe recording(writer, error) { (tracker) throws(CallError) in
        let action = try unsafe tracker.name(of: action)
        var event = StepEnd(step: step, action: action, time: EventTime(nanoseconds: time))
        try unsafe event.take(result: result, exception: exception)
        let text = unsafe state.buffer
        do throws(TrackingError) {
            if let text = unsafe text {
                try tracker.end(event, state: unsafe text.bytes)
            } else {
                try tracker.end(event, state: nil)
            }
        } catch {
            throw .tracking(error)
        }
    }
}

/// Records that a step ended, and what it changed: see `burr.h`.
@c @implementation
public func burr_step_end_changes(
    _ writer: OpaquePointer?,
    _ step: Int64,
    _ action: burr_text,
    _ result: burr_text,
    _ exception: burr_text,
    _ state: burr_text,
    _ changes: UnsafePointer<burr_change>?,
    _ count: Int,
    _ version: UnsafeMutablePointer<UInt64>?,
    _ time: Int64,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe recording(writer, error) { (tracker) throws(CallError) in
        guard let version = unsafe version else { throw .invalid("version is missing") }
        let former = unsafe version.pointee
        unsafe version.pointee = 0
        guard let text = unsafe state.buffer else { throw .invalid("state is missing") }
        let action = try unsafe tracker.name(of: action)
        var event = StepEnd(step: step, action: action, time: EventTime(nanoseconds: time))
        try unsafe event.take(result: result, exception: exception)
        // Safe: the caller keeps them during the call.
        let changes = unsafe UnsafeBufferPointer(start: changes, count: changes == nil ? 0 : count)
        for index in changes.indices where unsafe changes[index].isIncomplete {
            throw .invalid("a change has no key or no value")
        }
        do throws(TrackingError) {
            unsafe version.pointee = try tracker.end(
                &event,
                state: unsafe text.bytes,
                from: former
            ) { edits in
                for index in changes.indices {
                    guard let key = unsafe changes[index].key.buffer,
                        let value = unsafe changes[index].value.buffer
                    else { continue }
                    unsafe edits.set(key.bytes, value.bytes)
                }
            }
        } catch {
            throw .tracking(error)
        }
    }
}

extension Tracker {
    /// The name of an action that a step must have.
    fileprivate func name(of action: burr_text) throws(CallError) -> [UInt8] {
        guard let text = unsafe action.buffer else { throw .invalid("action is missing") }
        return unsafe name(ofAction: text.bytes)
    }
}

extension burr_change {
    fileprivate var isIncomplete: Bool { unsafe key.bytes == nil || value.bytes == nil }
}

extension StepEnd {
    /// Takes what C tells of the end of a step.
    ///
    /// Unsafe: the caller of the C function keeps the texts alive until it returns.
    @unsafe
    fileprivate mutating func take(
        result: burr_text,
        exception: burr_text
    ) throws(CallError) {
        if let text = try unsafe result.json("result"), !text.isEmptyObject { self.result = text }
        if let text = try unsafe exception.json("exception") { self.exception = text }
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
    unsafe recording(writer, error) { (tracker) throws(CallError) in
        let type = RecordType(rawValue: UInt8(clamping: type))
        guard
            (RecordType.spanBegin.rawValue...RecordType.streamItem.rawValue)
                .contains(type.rawValue)
        else { throw .invalid("there is no event of type \(type.rawValue)") }
        guard let text = try unsafe object.json("object") else {
            throw .invalid("object is missing")
        }
        do throws(TrackingError) {
            try tracker.event(type, step: step, time: time, text: text.rawSpan)
        } catch {
            throw .tracking(error)
        }
    }
}

/// Records that an execute call began: see `burr.h`.
@c @implementation
public func burr_run_begin(
    _ writer: OpaquePointer?,
    _ method: burr_text,
    _ time: Int64,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe recording(writer, error) { (tracker) throws(CallError) in
        let method = try unsafe method.required("method")
        do throws(TrackingError) {
            try tracker.runBegin(method: method, time: time)
        } catch {
            throw .tracking(error)
        }
    }
}

/// Records that an execute call ended: see `burr.h`.
@c @implementation
public func burr_run_end(
    _ writer: OpaquePointer?,
    _ method: burr_text,
    _ exception: burr_text,
    _ time: Int64,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe recording(writer, error) { (tracker) throws(CallError) in
        let method = try unsafe method.required("method")
        let exception = unsafe exception.string
        do throws(TrackingError) {
            try tracker.runEnd(method: method, exception: exception, time: time)
        } catch {
            throw .tracking(error)
        }
    }
}

/// Lets other writers in: see `burr.h`.
@c @implementation
public func burr_release(
    _ writer: OpaquePointer?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe recording(writer, error) { (tracker) throws(CallError) in
        do throws(TrackingError) { try tracker.release() } catch { throw .tracking(error) }
    }
}

/// Makes everything durable: see `burr.h`.
@c @implementation
public func burr_flush(
    _ writer: OpaquePointer?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> burr_result {
    unsafe recording(writer, error) { (tracker) throws(CallError) in
        do throws(TrackingError) { try tracker.flush() } catch { throw .tracking(error) }
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
    let tracker = unsafe Unmanaged<Tracker>.fromOpaque(UnsafeRawPointer(writer))
        .takeRetainedValue()
    return unsafe reporting(to: error) { () throws(CallError) in
        do throws(TrackingError) { try tracker.close() } catch { throw .tracking(error) }
    }
}

/// Runs a call on the tracker that a handle stands for.
private func recording(
    _ writer: OpaquePointer?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ body: (Tracker) throws(CallError) -> Void
) -> burr_result {
    unsafe reporting(to: error) { () throws(CallError) in
        guard let writer = unsafe writer else { throw .invalid("writer is missing") }
        // Safe: the caller keeps the writer open during the call. A reference of our own would be
        // counted beside the weak ones that there are, which is slow.
        let tracker = unsafe Unmanaged<Tracker>.fromOpaque(UnsafeRawPointer(writer))
        let failure = unsafe tracker._withUnsafeGuaranteedRef { tracker -> CallError? in
            do throws(CallError) { try body(tracker) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }
}
