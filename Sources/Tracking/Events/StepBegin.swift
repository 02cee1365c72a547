// SPDX-License-Identifier: Apache-2.0
// The payload of STEP_BEGIN (Formats/events.md, section 4).

package import EventLog

/// A step began.
package struct StepBegin: Equatable, Sendable {
    package var step: Int64
    package var action: [UInt8]
    /// When it began; the record's header holds the instant.
    package var time: EventTime
    /// JSON text; `nil` stands for `{}`.
    package var inputs: [UInt8]?
    /// The whole line of Burr's log, when it is not canonical.
    package var line: [UInt8]?

    package init(
        step: Int64,
        action: [UInt8],
        time: EventTime,
        inputs: [UInt8]? = nil,
        line: [UInt8]? = nil
    ) {
        self.step = step
        self.action = action
        self.time = time
        self.inputs = inputs
        self.line = line
    }

    private static let hasInputs: UInt64 = 1
    private static let hasLine: UInt64 = 2

    /// Writes the payload.
    package func encode(actions: ActionNames, to writer: inout ByteWriter) {
        var flags: UInt64 = inputs == nil ? 0 : Self.hasInputs
        if line != nil { flags |= Self.hasLine }
        writer.varint(flags)
        writer.zigzag(step)
        actions.encode(action, to: &writer)
        time.encodeForm(to: &writer)
        if let inputs { writer.string(inputs) }
        if let line { writer.string(line) }
    }

    /// Reads the payload of a record whose header holds `time`.
    ///
    /// - Throws: `FormatError` when the bytes are not a STEP_BEGIN.
    package init(
        decoding reader: inout ByteReader,
        time: Int64,
        actions: ActionNames
    ) throws(FormatError) {
        let flags = try reader.varint()
        step = try reader.step()
        action = try actions.decode(&reader)
        self.time = try EventTime(decoding: &reader, nanoseconds: time)
        inputs = flags & Self.hasInputs != 0 ? try reader.array() : nil
        line = flags & Self.hasLine != 0 ? try reader.array() : nil
    }

    /// Appends the line of Burr's log, without a line feed (Formats/events.md, section 10).
    package func appendLine(to output: inout [UInt8]) {
        if let line {
            output.append(contentsOf: line)
            return
        }
        output.append(literal: "{\"type\":\"begin_entry\",\"start_time\":")
        time.append(to: &output)
        output.append(literal: ",\"action\":")
        BurrText.appendQuoted(action, to: &output)
        output.append(literal: ",\"inputs\":")
        if let inputs { output.append(contentsOf: inputs) } else { output.append(literal: "{}") }
        output.append(literal: ",\"sequence_id\":")
        output.append(decimal: step)
        output.append(literal: "}")
    }
}
