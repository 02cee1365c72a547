// SPDX-License-Identifier: Apache-2.0

// One application of the demo, recorded step by step.

internal import EventLog
internal import StateDelta
internal import Tracking

/// Records the steps of one application, with a clock of its own.
struct DemoApplication {
    let name: ApplicationName
    private let tracker: Tracker
    private(set) var step: Int64
    /// Nanoseconds since 1970 UTC, whole microseconds.
    var time: Int64
    private var spans = 0

    /// What is recorded of one step, besides its state.
    struct Step {
        var action: String
        var inputs: [UInt8]?
        var result: [UInt8]?
        /// What it failed with, as Python prints it.
        var exception: String?
    }

    /// Begins an application.
    ///
    /// - Throws: `TrackingError` when it cannot be recorded.
    init(
        _ application: TrackedApplication,
        state: [UInt8],
        after step: Int64 = -1,
        time: Int64
    ) throws(TrackingError) {
        name = application.name
        self.step = step + 1
        self.time = time
        tracker = try Tracker(
            application,
            start: TrackerStart(
                state: state,
                continuing: step < 0 ? nil : step,
                time: time
            ),
            options: TrackerOptions(onFailure: .raise, program: "burr demo")
        )
    }

    /// Records a step: its begin, what happens within, its end.
    ///
    /// - Parameters:
    ///   - event: what is known of it.
    ///   - within: records what happens in the step, and moves the clock.
    ///   - state: the state after it.
    /// - Throws: `TrackingError` when it cannot be recorded.
    mutating func record(
        _ event: Step,
        within: (inout DemoApplication) throws(TrackingError) -> Void,
        state: [UInt8]
    ) throws(TrackingError) {
        let began = time
        spans = 0
        let action = Array(event.action.utf8)
        try tracker.begin(
            StepBegin(
                step: step,
                action: action,
                time: EventTime(nanoseconds: began),
                inputs: event.inputs
            )
        )
        try within(&self)
        var end = StepEnd(step: step, action: action, time: EventTime(nanoseconds: time))
        end.duration = UInt64(max(0, time - began) / 1_000)
        end.result = event.result
        end.exception = event.exception.map { JSONString.encode(Array($0.utf8)) }
        try tracker.end(end, state: state.rawSpan)
        step += 1
    }

    /// Lets time pass within a step, or between two.
    mutating func pass(milliseconds: Int) {
        time += Int64(milliseconds) * 1_000_000
    }

    /// Ends the recording.
    ///
    /// - Throws: `TrackingError` when the log cannot be closed.
    func close() throws(TrackingError) {
        try tracker.close()
    }
}

// MARK: - Events within a step

extension DemoApplication {
    /// Records a span around something.
    ///
    /// - Throws: `TrackingError` when it cannot be recorded.
    mutating func span(
        _ name: String,
        parent: String? = nil,
        _ within: (inout DemoApplication, _ id: String) throws(TrackingError) -> Void
    ) throws(TrackingError) {
        let id = parent.map { "\($0).0" } ?? "\(step):\(spans)"
        if parent == nil { spans += 1 }
        try event(.spanBegin, "begin_span") { json, time in
            json.key("start_time")
            json.raw(time)
            json.member("action_sequence_id", Int(step))
            json.member("span_id", id)
            json.member("span_name", name)
            json.member("parent_span_id", parent)
            json.member("span_dependencies", [String]())
        }
        try within(&self, id)
        try event(.spanEnd, "end_span") { json, time in
            json.key("end_time")
            json.raw(time)
            json.member("action_sequence_id", Int(step))
            json.member("span_id", id)
        }
    }

    /// Records an attribute, whose value is JSON text.
    ///
    /// - Throws: `TrackingError` when it cannot be recorded.
    func attribute(_ key: String, _ value: String, span: String?) throws(TrackingError) {
        try event(.attribute, "attribute") { json, time in
            json.member("key", key)
            json.member("action_sequence_id", Int(step))
            json.member("span_id", span)
            json.key("value")
            json.raw(value)
            json.key("tags")
            json.object { _ in }
            json.key("time_logged")
            json.raw(time)
        }
    }

    /// Records a stream of so many items, one every few milliseconds.
    ///
    /// - Throws: `TrackingError` when it cannot be recorded.
    mutating func stream(items: Int, first: Int, each: Int) throws(TrackingError) {
        try stream(.streamBegin, "begin_stream", "stream_init_time", items: nil)
        pass(milliseconds: first)
        try stream(.streamFirst, "first_item_stream", "first_item_time", items: nil)
        pass(milliseconds: items * each)
        try stream(.streamEnd, "end_stream", "end_time", items: items)
    }

    private func stream(
        _ type: RecordType,
        _ name: String,
        _ timeKey: String,
        items: Int?
    ) throws(TrackingError) {
        try event(type, name) { json, time in
            json.member("action_sequence_id", Int(step))
            json.member("span_id", String?.none)
            json.key(timeKey)
            json.raw(time)
            if let items { json.member("items_streamed", items) }
        }
    }

    private func event(
        _ type: RecordType,
        _ name: String,
        _ members: (inout JSONText, _ time: [UInt8]) -> Void
    ) throws(TrackingError) {
        var text: [UInt8] = []
        EventTime(nanoseconds: time).append(to: &text)
        var json = JSONText()
        json.object { json in
            json.member("type", name)
            members(&json, text)
        }
        try tracker.event(type, step: step, time: time, text: json.bytes.rawSpan)
    }
}
