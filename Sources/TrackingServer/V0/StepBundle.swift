// SPDX-License-Identifier: Apache-2.0
// One step as Burr's server shows it, put together from its records.

internal import EventLog
internal import Replay
internal import Tracking

/// What was recorded of a step.
struct StepBundle {
    let step: Int64
    /// The step's begin as a JSON object.
    var begin: [UInt8]?
    var end: [UInt8]?
    /// Spans, attributes and stream events, in the order of the log.
    var events: [(type: RecordType, text: [UInt8])] = []

    /// Takes over what a later branch recorded of the same step.
    mutating func merge(_ later: StepBundle) {
        begin = later.begin ?? begin
        end = later.end ?? end
        events += later.events
    }

    /// Appends the step as an object of the API; a step that never began is none.
    ///
    /// - Returns: whether there was one.
    func append(to output: inout [UInt8]) -> Bool {
        Self.append(begin: begin?[...], end: end?[...], events: events, to: &output)
    }

    /// Appends the parts of a step as an object of the API.
    static func append(
        begin: ArraySlice<UInt8>?,
        end: ArraySlice<UInt8>?,
        events: [(type: RecordType, text: [UInt8])],
        to output: inout [UInt8]
    ) -> Bool {
        guard let begin else { return false }
        output.append(literal: "{\"step_start_log\":")
        output.append(contentsOf: begin)
        output.append(literal: ",\"step_end_log\":")
        if let end { output.append(contentsOf: end) } else { output.append(literal: "null") }
        guard !events.isEmpty else {
            output.append(literal: ",\"spans\":[],\"attributes\":[],\"streaming_events\":[]}")
            return true
        }
        output.append(literal: ",\"spans\":[")
        append(spans: events, to: &output)
        output.append(literal: "],\"attributes\":[")
        append(events, [.attribute], to: &output)
        output.append(literal: "],\"streaming_events\":[")
        append(events, [.streamBegin, .streamFirst, .streamEnd], to: &output)
        output.append(literal: "]}")
        return true
    }

    private static func append(
        _ events: [(type: RecordType, text: [UInt8])],
        _ types: [RecordType],
        to output: inout [UInt8]
    ) {
        var isFirst = true
        for event in events where types.contains(event.type) {
            guard let model = model(event.type) else { continue }
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            model.append(event.text, to: &output)
        }
    }

    private static func model(_ type: RecordType) -> BurrModel? {
        switch type {
        case .attribute: .attribute
        case .streamBegin: .beginStream
        case .streamFirst: .firstItem
        case .streamEnd: .endStream
        default: nil
        }
    }

    /// Spans by their ids, each where its id stood first; a second begin starts it anew, and an end
    /// without a begin is none.
    private static func append(
        spans events: [(type: RecordType, text: [UInt8])],
        to output: inout [UInt8]
    ) {
        var order: [[UInt8]] = []
        var spans: [[UInt8]: (begin: [UInt8]?, end: [UInt8]?)] = [:]
        for event in events where event.type == .spanBegin || event.type == .spanEnd {
            let id = BurrJSON.value("span_id", of: event.text) ?? []
            if spans[id] == nil { order.append(id) }
            if event.type == .spanBegin {
                spans[id] = (event.text, nil)
            } else {
                spans[id, default: (nil, nil)].end = event.text
            }
        }
        var isFirst = true
        for id in order {
            guard let span = spans[id], let begin = span.begin else { continue }
            output.append(literal: isFirst ? "{\"begin_entry\":" : ",{\"begin_entry\":")
            isFirst = false
            BurrModel.beginSpan.append(begin, to: &output)
            output.append(literal: ",\"end_entry\":")
            if let end = span.end {
                BurrModel.endSpan.append(end, to: &output)
            } else {
                output.append(literal: "null")
            }
            output.append(literal: "}")
        }
    }
}
