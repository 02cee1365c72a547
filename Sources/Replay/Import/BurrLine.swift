// SPDX-License-Identifier: Apache-2.0
// One line of Burr's log.jsonl, taken apart without copying it.

package import EventLog
package import StateDelta
internal import Tracking

/// What a line of Burr's `log.jsonl` says, as ranges of its bytes.
package enum BurrLine: Equatable {
    /// A step began. Ranges are JSON values; `nil` where the key is missing.
    case begin(Begin)
    /// A step ended.
    case end(End)
    /// A span, attribute or stream event, kept as text; `step` is -1 where it names none.
    case event(RecordType, step: Int64)
    /// One JSON value that is none of these, or a blank line.
    case other

    /// A `begin_entry`.
    package struct Begin: Equatable {
        package var step: Int64
        package var time: Range<Int>?
        package var action: Range<Int>?
        package var inputs: Range<Int>?
        /// Whether the line is what Formats/events.md, section 10, prints for it.
        package var isCanonical: Bool
    }

    /// An `end_entry`.
    package struct End: Equatable {
        package var step: Int64
        package var time: Range<Int>?
        package var action: Range<Int>?
        package var result: Range<Int>?
        package var exception: Range<Int>?
        package var state: Range<Int>?
        package var isCanonical: Bool
        /// Whether the state has been checked to be one JSON value.
        package var isValidated: Bool
    }

    /// Takes a line apart.
    ///
    /// The state of a canonical `end_entry` is found, not validated: the store validates what
    /// changed.
    ///
    /// - Throws: `JSONError` when the line is not one JSON value.
    /// - Complexity: O(length), without the state of a canonical line.
    package init(_ line: Span<UInt8>) throws(JSONError) {
        if let begin = BurrLine.canonicalBegin(line) {
            self = .begin(begin)
        } else if let end = BurrLine.canonicalEnd(line) {
            self = .end(end)
        } else {
            self = try BurrLine.general(line)
        }
    }

    /// Takes a line apart, validating all of it.
    ///
    /// - Throws: `JSONError` when the line is not one JSON value.
    package init(validating line: Span<UInt8>) throws(JSONError) {
        self = try BurrLine.general(line)
    }
}

// MARK: - Canonical lines

extension BurrLine {
    private static func canonicalBegin(_ line: Span<UInt8>) -> Begin? {
        var cursor = LineCursor(line)
        guard cursor.skip("{\"type\":\"begin_entry\",\"start_time\":"),
            let time = cursor.plainString(), cursor.skip(",\"action\":"),
            let action = cursor.plainString(), cursor.skip(",\"inputs\":"),
            let inputs = cursor.value(), cursor.skip(",\"sequence_id\":"),
            let step = cursor.integer(), cursor.skip("}"), cursor.isAtEnd,
            isCompact(line.extracting(inputs))
        else { return nil }
        return Begin(step: step, time: time, action: action, inputs: inputs, isCanonical: true)
    }

    private static func canonicalEnd(_ line: Span<UInt8>) -> End? {
        var cursor = LineCursor(line)
        guard cursor.skip("{\"type\":\"end_entry\",\"end_time\":"),
            let time = cursor.plainString(), cursor.skip(",\"action\":"),
            let action = cursor.plainString(), cursor.skip(",\"result\":"),
            let result = cursor.value(), cursor.skip(",\"exception\":"),
            let exception = cursor.value(), cursor.skip(",\"state\":"),
            let (stateEnd, step) = sequenceTail(line),
            stateEnd > cursor.position,
            isCompact(line.extracting(result)),
            isCompact(line.extracting(exception))
        else { return nil }
        return End(
            step: step,
            time: time,
            action: action,
            result: result,
            exception: exception,
            state: cursor.position..<stateEnd,
            isCanonical: true,
            isValidated: false
        )
    }

    private static func isCompact(_ value: Span<UInt8>) -> Bool {
        value.equals("{}") || value.equals("null") || JSONScanner.isCompact(value.array())
    }

    /// Reads `,"sequence_id":42}` from the end of a line; the state ends where it begins.
    private static func sequenceTail(_ line: Span<UInt8>) -> (start: Int, step: Int64)? {
        var position = line.count - 1
        guard position > 20, line[position] == UInt8(ascii: "}") else { return nil }
        while position > 0, (48...57).contains(line[position - 1]) { position -= 1 }
        let keyStart = position - 15
        guard line.starts(with: ",\"sequence_id\":", at: keyStart) else { return nil }
        var cursor = LineCursor(line)
        cursor.position = position
        guard let step = cursor.integer(), cursor.position == line.count - 1 else { return nil }
        return (keyStart, step)
    }
}

// MARK: - Any other line

extension BurrLine {
    private static func general(_ line: Span<UInt8>) throws(JSONError) -> BurrLine {
        if isBlank(line) { return .other }
        // Safe: bytes have no padding.
        try JSONScanner.validate(unsafe line.bytes)
        let members = LineMembers(line)
        guard let type = members.value("type") else { return .other }
        switch RecordType(burrLineType: line.extracting(type)) {
        case .stepBegin?: return generalBegin(line, members)
        case .stepEnd?: return generalEnd(line, members)
        case let type?:
            let step = members.integer("action_sequence_id", in: line)
            return .event(type, step: step ?? -1)
        case nil: return .other
        }
    }

    private static func generalBegin(_ line: Span<UInt8>, _ members: LineMembers) -> BurrLine {
        guard let step = members.integer("sequence_id", in: line), step >= 0 else { return .other }
        let begin = Begin(
            step: step,
            time: members.value("start_time"),
            action: members.string("action", in: line),
            inputs: members.value("inputs"),
            isCanonical: false
        )
        return .begin(begin)
    }

    private static func generalEnd(_ line: Span<UInt8>, _ members: LineMembers) -> BurrLine {
        guard let step = members.integer("sequence_id", in: line), step >= 0 else { return .other }
        let end = End(
            step: step,
            time: members.value("end_time"),
            action: members.string("action", in: line),
            result: members.value("result"),
            exception: members.value("exception"),
            state: members.value("state"),
            isCanonical: false,
            isValidated: true
        )
        return .end(end)
    }

    private static func isBlank(_ line: Span<UInt8>) -> Bool {
        for index in line.indices
        where line[index] != 0x20 && line[index] != 0x09 && line[index] != 0x0D { return false }
        return true
    }
}

extension RecordType {
    /// The record type of a Burr line's `type`, given as JSON string.
    fileprivate init?(burrLineType text: Span<UInt8>) {
        let known: [(StaticString, RecordType)] = [
            ("\"begin_entry\"", .stepBegin), ("\"end_entry\"", .stepEnd),
            ("\"attribute\"", .attribute), ("\"begin_span\"", .spanBegin),
            ("\"end_span\"", .spanEnd), ("\"begin_stream\"", .streamBegin),
            ("\"first_item_stream\"", .streamFirst), ("\"end_stream\"", .streamEnd),
        ]
        for (name, type) in known where text.equals(name) {
            self = type
            return
        }
        return nil
    }
}
