// SPDX-License-Identifier: Apache-2.0
// The tracker as a lifecycle hook.

internal import EventLog
internal import StateDelta
internal import Tracking

/// Records an application in its log.
final class TrackingHook: LifecycleHook {
    private let tracker: Tracker
    // Safety: touched only by closures that the tracker runs under its lock.
    @exclusivity(unchecked) private nonisolated(unsafe) var recorded: Recorded?
    // Safety: touched only by `stepEnded`; an application ends one step after the other.
    @exclusivity(unchecked) private nonisolated(unsafe) var events: Events

    /// Used again for each step: to make them costs more than to change them.
    private struct Events {
        var end: StepEnd
        var begin: StepBegin?
        /// Whose name each of them has: nodes live as long as the application.
        private var ended: ObjectIdentifier?
        private var begun: ObjectIdentifier?

        init(end: StepEnd) { self.end = end }

        /// Makes them those of a step that ends and, where one follows, of the next one's begin.
        @inline(__always)
        mutating func renew(
            _ identity: StepInfo.Identity,
            _ sequence: Int,
            _ time: Int64,
            _ next: Lent<Graph.Node>?
        ) {
            end.step = Int64(sequence)
            if ended != ObjectIdentifier(identity) {
                ended = ObjectIdentifier(identity)
                end.action = identity.node.name
            }
            end.time.nanoseconds = time
            end.duration = nil
            if end.result != nil { end.result = nil }
            if end.exception != nil { end.exception = nil }
            guard let next else {
                if begun != nil { (begin, begun) = (nil, nil) }
                return
            }
            next.use { next in
                if begun == ObjectIdentifier(next) { return }
                begun = ObjectIdentifier(next)
                begin = StepBegin(step: 0, action: next.name, time: end.time)
            }
            begin?.step = end.step + 1
            begin?.time.nanoseconds = time
        }
    }

    /// What was recorded last.
    private struct Recorded {
        /// The digits of the step's number.
        var digits: Int
        /// The bytes of the state's text.
        var length: Int
    }

    /// Opens the log of an application.
    ///
    /// - Parameters:
    ///   - info: the application.
    ///   - actions: the names of its actions, those that its steps will be told with.
    ///   - state: where it stands.
    ///   - settings: how to write.
    /// - Throws: `BurrError.tracking` where failures are raised.
    init(
        _ info: ApplicationInfo,
        _ actions: [[UInt8]],
        state: State,
        _ settings: TrackerSettings
    ) throws(BurrError) {
        let name = ApplicationName(project: settings.project, appID: info.appID)
        var application = TrackedApplication(store: Store(root: settings.store), name: name)
        application.partitionKey = info.partitionKey
        application.parent = info.parent?.pointer
        application.spawningParent = info.spawningParent?.pointer
        application.graph = info.graph.text
        application.actions = ActionNames(actions)
        unsafe events = Events(end: StepEnd(step: 0, action: [], time: EventTime(nanoseconds: 0)))
        let start = TrackerStart(state: state.text(), continuing: info.continuing.map(Int64.init))
        do throws(TrackingError) {
            tracker = try Tracker(application, start: start, options: settings.options)
        } catch {
            throw .tracking("\(error)")
        }
    }

    func close() throws {
        try reporting { () throws(TrackingError) in try tracker.close() }
    }

    // MARK: Steps

    /// Records the begin of a step.
    func stepBegan(_ step: StepInfo, inputs: [String: JSONValue]) throws {
        var event = StepBegin(
            step: Int64(step.sequence),
            action: step.actionBytes,
            time: EventTime(nanoseconds: Tracker.now)
        )
        if !inputs.isEmpty {
            let members = inputs.sorted { $0.key < $1.key }
            event.inputs = JSONValue.object(members.map { .init($0.key, $0.value) }).text
        }
        try reporting { () throws(TrackingError) in try tracker.begin(event) }
    }

    /// Records the end of a step.
    ///
    /// - Parameters:
    ///   - identity: what the step has in common with others of its action.
    ///   - sequence: the number of the step.
    ///   - before: the state that it began with: the one that was recorded last, but for the
    ///     step's number in it.
    ///   - state: the state after it.
    ///   - changes: the places of the values that changed, as bits, and perhaps of some more; `nil`
    ///     where they are to be found.
    ///   - result: what it found; `nil` where it threw.
    ///   - error: what it threw.
    ///   - next: the action of the next step, where that begins before anything else of the
    ///     program runs: its begin, which takes no inputs, is recorded too.
    /// - Throws: `BurrError.tracking` where failures are raised.
    func stepEnded(
        _ identity: StepInfo.Identity,
        _ sequence: Int,
        before: State,
        state: State,
        changes: UInt64? = nil,
        result: JSONValue?,
        error: (any Error)? = nil,
        followedBy next: Lent<Graph.Node>? = nil
    ) throws {
        unsafe events.renew(identity, sequence, Tracker.now, next)
        if error != nil || result != nil { unsafe events.end.tell(result, error) }
        try reporting { () throws(TrackingError) in
            try unsafe tracker.end(
                &events.end,
                changes: { edits in
                    edits.set(stepNumber: sequence)
                    // The text before, but with this step's number in it.
                    let digits = sequence.decimalLength
                    let known = unsafe recorded.map { $0.length + digits - $0.digits }
                    let length = state.write(since: before, changes, length: known, to: &edits)
                    unsafe recorded = length.map { Recorded(digits: digits, length: $0) }
                    return length
                },
                state: {
                    let text = state.text()
                    unsafe recorded = Recorded(digits: sequence.decimalLength, length: text.count)
                    return text
                },
                followedBy: &events.begin
            )
        }
    }

    /// A call of one step is not recorded: the step says all there is to say.
    func executeBegan(_ method: ExecuteMethod) throws {
        if method == .step { return }
        try reporting { () throws(TrackingError) in
            try tracker.runBegin(method: method.rawValue, time: Tracker.now)
        }
    }

    /// Records that a call ended, and lets other writers go on.
    func executeEnded(_ method: ExecuteMethod, error: (any Error)?) throws {
        if method == .step {
            return try reporting { () throws(TrackingError) in try tracker.release() }
        }
        let text = error.map { "\(type(of: $0)): \($0)" }
        try reporting { () throws(TrackingError) in
            try tracker.runEnd(method: method.rawValue, exception: text, time: Tracker.now)
        }
    }

    // MARK: Within a step

    func spanBegan(_ span: Span) throws {
        try write(.spanBegin, span.step) { time in
            [
                .init("type", "begin_span"),
                .init("start_time", time),
                .init("action_sequence_id", JSONValue(span.step.sequence)),
                .init("span_id", .string(span.id)),
                .init("span_name", .string(span.name)),
                .init("parent_span_id", JSONValue(span.parentID)),
                .init("span_dependencies", []),
            ]
        }
    }

    func spanEnded(_ span: Span) throws {
        try write(.spanEnd, span.step) { time in
            [
                .init("type", "end_span"),
                .init("end_time", time),
                .init("action_sequence_id", JSONValue(span.step.sequence)),
                .init("span_id", .string(span.id)),
            ]
        }
    }

    func attributesLogged(
        _ attributes: [(key: String, value: JSONValue)],
        span: Span?,
        step: StepInfo
    ) throws {
        for (key, value) in attributes {
            try write(.attribute, step) { time in
                [
                    .init("type", "attribute"),
                    .init("key", .string(key)),
                    .init("action_sequence_id", JSONValue(step.sequence)),
                    .init("span_id", JSONValue(span?.id)),
                    .init("value", value),
                    .init("tags", [:]),
                    .init("time_logged", time),
                ]
            }
        }
    }

    func streamBegan(_ step: StepInfo) throws {
        try write(.streamBegin, step) { time in
            [
                .init("type", "begin_stream"),
                .init("action_sequence_id", JSONValue(step.sequence)),
                .init("span_id", .null),
                .init("stream_init_time", time),
            ]
        }
    }

    func streamItem(_ item: JSONValue, index: Int, step: StepInfo) throws {
        guard index == 0 else { return }
        try write(.streamFirst, step) { time in
            [
                .init("type", "first_item_stream"),
                .init("action_sequence_id", JSONValue(step.sequence)),
                .init("span_id", .null),
                .init("first_item_time", time),
            ]
        }
    }

    func streamEnded(_ step: StepInfo, itemCount: Int) throws {
        try write(.streamEnd, step) { time in
            [
                .init("type", "end_stream"),
                .init("action_sequence_id", JSONValue(step.sequence)),
                .init("span_id", .null),
                .init("end_time", time),
                .init("items_streamed", JSONValue(itemCount)),
            ]
        }
    }

    private func write(
        _ type: RecordType,
        _ step: StepInfo,
        _ members: (JSONValue) -> [JSONValue.Member]
    ) throws {
        let time = EventTime(nanoseconds: Tracker.now)
        var text: [UInt8] = []
        time.append(to: &text)
        let line = JSONValue.object(members(JSONParser.parse(text))).text
        try reporting { () throws(TrackingError) in
            try tracker.event(
                type,
                step: Int64(step.sequence),
                time: time.nanoseconds,
                text: line.rawSpan
            )
        }
    }

    private func reporting(_ body: () throws(TrackingError) -> Void) throws(BurrError) {
        do throws(TrackingError) { try body() } catch { throw .tracking("\(error)") }
    }
}

extension StepPointer {
    var pointer: ParentPointer {
        ParentPointer(appID: appID, step: step.map(Int64.init), partitionKey: partitionKey)
    }
}

extension StepEnd {
    /// Takes in what a step found, or what it threw.
    @inline(never)
    fileprivate mutating func tell(_ found: JSONValue?, _ error: (any Error)?) {
        if let error {
            result = JSONValue.null.text
            exception = JSONValue.string("\(type(of: error)): \(error)").text
        } else if let found, !found.isEmptyObject {
            result = found.text
        }
    }
}
