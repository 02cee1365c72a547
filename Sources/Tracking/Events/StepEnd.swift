// SPDX-License-Identifier: Apache-2.0
// The payload of STEP_END (Formats/events.md, section 5).

package import EventLog

/// A step ended: all that is known of it but its state.
package struct StepEnd: Equatable, Sendable {
    package var step: Int64
    package var action: [UInt8]
    /// When it ended; the record's header holds the instant.
    package var time: EventTime
    /// Microseconds since its begin, where that is known.
    package var duration: UInt64?
    /// JSON text; `nil` stands for `{}`.
    package var result: [UInt8]?
    /// JSON text, Burr's traceback as a string; `nil` stands for `null`.
    package var exception: [UInt8]?
    /// How Burr's line differs from the canonical one.
    package var shape: LineShape
    /// Bytes of the state text after the step; `nil` when it ended without a readable state.
    package var stateLength: UInt64?

    package init(step: Int64, action: [UInt8], time: EventTime) {
        self.step = step
        self.action = action
        self.time = time
        shape = .canonical
    }

    /// How the line of Burr's log is rebuilt.
    package enum LineShape: Equatable, Sendable {
        case canonical
        /// The bytes before and after the state.
        case envelope(head: [UInt8], tail: [UInt8])
        /// The whole line, in which the state is missing or not compact.
        case verbatim([UInt8])
    }

    /// How the state follows in the payload.
    package enum DeltaEncoding: UInt8, Sendable {
        case plain = 0
        /// LZ4 block with the end of the last snapshot's text as dictionary.
        case packed = 1
        /// The state is the SNAPSHOT that follows in the same group.
        case snapshot = 2
    }

    package var status: StepStatus { exception == nil ? .ok : .failed }

    enum Flag {
        static let result: UInt64 = 1
        static let resultNull: UInt64 = 2
        static let exception: UInt64 = 4
        static let envelope: UInt64 = 8
        static let noState: UInt64 = 16
        static let duration: UInt64 = 32
        static let line: UInt64 = 64
    }

    private static let null: [UInt8] = Array("null".utf8)

    /// Writes the payload up to the delta; the caller appends its encoding byte and bytes, unless
    /// there is no state.
    package func encode(actions: ActionNames, to writer: inout ByteWriter) {
        var flags: UInt64 = 0
        if let result { flags |= result == Self.null ? Flag.resultNull : Flag.result }
        if exception != nil { flags |= Flag.exception }
        if stateLength == nil { flags |= Flag.noState }
        if duration != nil { flags |= Flag.duration }
        switch shape {
        case .canonical: break
        case .envelope: flags |= Flag.envelope
        case .verbatim: flags |= Flag.line
        }
        writer.varint(flags)
        writer.zigzag(step)
        actions.encode(action, to: &writer)
        time.encodeForm(to: &writer)
        if let duration { writer.varint(duration) }
        if let result, flags & Flag.result != 0 { writer.string(result) }
        if let exception { writer.string(exception) }
        switch shape {
        case .canonical: break
        case .envelope(let head, let tail):
            writer.string(head)
            writer.string(tail)
        case .verbatim(let line): writer.string(line)
        }
        if let stateLength { writer.varint(stateLength) }
    }

    /// Reads the payload up to the delta's encoding byte.
    ///
    /// - Throws: `FormatError` when the bytes are not a STEP_END.
    package init(
        decoding reader: inout ByteReader,
        time: Int64,
        actions: ActionNames
    ) throws(FormatError) {
        let flags = try reader.varint()
        step = try reader.step()
        action = try actions.decode(&reader)
        self.time = try EventTime(decoding: &reader, nanoseconds: time)
        duration = flags & Flag.duration != 0 ? try reader.varint() : nil
        if flags & Flag.resultNull != 0 {
            result = Self.null
        } else {
            result = flags & Flag.result != 0 ? try reader.array() : nil
        }
        exception = flags & Flag.exception != 0 ? try reader.array() : nil
        if flags & Flag.envelope != 0 {
            shape = .envelope(head: try reader.array(), tail: try reader.array())
        } else if flags & Flag.line != 0 {
            shape = .verbatim(try reader.array())
        } else {
            shape = .canonical
        }
        stateLength = flags & Flag.noState != 0 ? nil : try reader.varint()
    }

    /// Appends the line of Burr's log, without a line feed (Formats/events.md, section 10).
    ///
    /// - Parameters:
    ///   - state: appends the state text after this step.
    ///   - output: where the line goes.
    package func appendLine(state: (inout [UInt8]) -> Void, to output: inout [UInt8]) {
        switch shape {
        case .verbatim(let line):
            output.append(contentsOf: line)
        case .envelope(let head, let tail):
            output.append(contentsOf: head)
            state(&output)
            output.append(contentsOf: tail)
        case .canonical:
            output.append(literal: "{\"type\":\"end_entry\",\"end_time\":")
            time.append(to: &output)
            output.append(literal: ",\"action\":")
            BurrText.appendQuoted(action, to: &output)
            output.append(literal: ",\"result\":")
            output.append(contentsOf: result ?? Array("{}".utf8))
            output.append(literal: ",\"exception\":")
            output.append(contentsOf: exception ?? Self.null)
            output.append(literal: ",\"state\":")
            state(&output)
            output.append(literal: ",\"sequence_id\":")
            output.append(decimal: step)
            output.append(literal: "}")
        }
    }
}
