// SPDX-License-Identifier: Apache-2.0
// Burr's lines as its server serves them: the fields of its models, no more and no less.

internal import Tracking

/// One of the models of Burr's API: its fields in order, with what stands for a missing one.
package struct BurrModel: Sendable {
    private let fields: [(key: StaticString, fallback: StaticString)]

    package static let beginEntry = BurrModel([
        ("type", "\"begin_entry\""), ("start_time", "null"), ("action", "\"\""), ("inputs", "{}"),
        ("sequence_id", "0"),
    ])
    package static let endEntry = BurrModel([
        ("type", "\"end_entry\""), ("end_time", "null"), ("action", "\"\""), ("result", "null"),
        ("exception", "null"), ("state", "{}"), ("sequence_id", "0"),
    ])
    package static let beginSpan = BurrModel([
        ("type", "\"begin_span\""), ("start_time", "null"), ("action_sequence_id", "0"),
        ("span_id", "\"\""), ("span_name", "\"\""), ("parent_span_id", "null"),
        ("span_dependencies", "[]"),
    ])
    package static let endSpan = BurrModel([
        ("type", "\"end_span\""), ("end_time", "null"), ("action_sequence_id", "0"),
        ("span_id", "\"\""),
    ])
    package static let attribute = BurrModel([
        ("type", "\"attribute\""), ("key", "\"\""), ("action_sequence_id", "0"),
        ("span_id", "null"), ("value", "null"), ("tags", "{}"), ("time_logged", "null"),
    ])
    package static let beginStream = BurrModel([
        ("type", "\"begin_stream\""), ("action_sequence_id", "0"), ("span_id", "null"),
        ("stream_init_time", "null"),
    ])
    package static let firstItem = BurrModel([
        ("type", "\"first_item_stream\""), ("action_sequence_id", "0"), ("span_id", "null"),
        ("first_item_time", "null"),
    ])
    package static let endStream = BurrModel([
        ("type", "\"end_stream\""), ("action_sequence_id", "0"), ("span_id", "null"),
        ("end_time", "null"), ("items_streamed", "0"),
    ])
    package static let child = BurrModel([
        ("type", "\"child_application_data\""), ("child", "null"), ("event_time", "null"),
        ("event_type", "\"fork\""), ("sequence_id", "null"),
    ])
    package static let pointer = BurrModel([
        ("type", "\"pointer_data\""), ("app_id", "\"\""), ("sequence_id", "null"),
        ("partition_key", "null"),
    ])
    package static let transition = BurrModel([
        ("type", "\"transition\""), ("from_", "\"\""), ("to", "\"\""), ("condition", "\"\""),
    ])

    private init(_ fields: [(StaticString, StaticString)]) {
        self.fields = fields.map { (key: $0.0, fallback: $0.1) }
    }

    /// Appends a JSON object's fields of this model.
    ///
    /// - Parameters:
    ///   - text: one JSON object; of another value every field is missing.
    ///   - output: where the object goes.
    /// - Complexity: O(length).
    package func append(_ text: [UInt8], to output: inout [UInt8]) {
        let members = LineMembers(text.span)
        var separator = UInt8(ascii: "{")
        for field in fields {
            output.append(separator)
            separator = UInt8(ascii: ",")
            output.append(UInt8(ascii: "\""))
            output.append(literal: field.key)
            output.append(literal: "\":")
            if let range = members.value(field.key) {
                output.append(contentsOf: text[range])
            } else {
                output.append(literal: field.fallback)
            }
        }
        output.append(UInt8(ascii: "}"))
    }
}

/// Burr's `graph.json` as its server serves it.
package struct BurrGraph {
    /// Appends the graph.
    ///
    /// - Parameters:
    ///   - graph: `graph.json`, in which Burr takes an action's required inputs for its optional
    ///     ones; all trackers follow it there.
    ///   - output: where the object goes.
    /// - Returns: false when it is no JSON object.
    package static func append(
        _ graph: [UInt8],
        to output: inout [UInt8]
    ) -> Bool {
        guard let members = BurrJSON.members(graph) else { return false }
        output.append(literal: "{\"type\":\"application\",\"entrypoint\":")
        appendValue(members.value("entrypoint"), of: graph, or: "\"\"", to: &output)
        output.append(literal: ",\"actions\":[")
        appendEach(members.value("actions"), of: graph, to: &output) { action, output in
            append(action: action, to: &output)
        }
        output.append(literal: "],\"transitions\":[")
        appendEach(members.value("transitions"), of: graph, to: &output) { transition, output in
            BurrModel.transition.append(transition, to: &output)
        }
        output.append(literal: "]}")
        return true
    }

    private static func append(action: [UInt8], to output: inout [UInt8]) {
        let members = LineMembers(action.span)
        // Burr's before 0.16 knew no optional inputs, and swapped nothing.
        let isSwapped = members.value("optional_inputs") != nil
        let fields: [(name: StaticString, source: StaticString, fallback: StaticString)] = [
            ("name", "name", "\"\""), ("reads", "reads", "[]"), ("writes", "writes", "[]"),
            ("code", "code", "\"\""), ("inputs", isSwapped ? "optional_inputs" : "inputs", "[]"),
            ("optional_inputs", isSwapped ? "inputs" : "optional_inputs", "[]"),
        ]
        output.append(literal: "{\"type\":\"action\"")
        for field in fields {
            output.append(literal: ",\"")
            output.append(literal: field.name)
            output.append(literal: "\":")
            appendValue(members.value(field.source), of: action, or: field.fallback, to: &output)
        }
        output.append(literal: "}")
    }

    private static func appendValue(
        _ range: Range<Int>?,
        of text: [UInt8],
        or fallback: StaticString,
        to output: inout [UInt8]
    ) {
        if let range {
            output.append(contentsOf: text[range])
        } else {
            output.append(literal: fallback)
        }
    }

    private static func appendEach(
        _ range: Range<Int>?,
        of text: [UInt8],
        to output: inout [UInt8],
        _ append: ([UInt8], inout [UInt8]) -> Void
    ) {
        guard let range else { return }
        for (index, element) in BurrJSON.elements(Array(text[range])).enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(element, &output)
        }
    }
}

extension BurrJSON {
    /// The elements of a JSON array, as texts; none for another value.
    package static func elements(_ array: [UInt8]) -> [[UInt8]] {
        var cursor = LineCursor(array.span)
        var elements: [[UInt8]] = []
        cursor.skipWhiteSpace()
        guard cursor.skip("[") else { return [] }
        while true {
            cursor.skipWhiteSpace()
            guard let element = cursor.value() else { return elements }
            elements.append(Array(array[element]))
            cursor.skipWhiteSpace()
            guard cursor.skip(",") else { return elements }
        }
    }

    /// The value of a key of a JSON object, as text.
    package static func value(_ key: StaticString, of object: [UInt8]) -> [UInt8]? {
        LineMembers(object.span).value(key).map { Array(object[$0]) }
    }
}
