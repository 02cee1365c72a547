// SPDX-License-Identifier: Apache-2.0
// The record types of Burr's events (Formats/events.md, section 6).

public import EventLog

extension RecordType {
    /// A span of a step begins.
    @inlinable public static var spanBegin: RecordType { RecordType(rawValue: 128) }
    /// A span of a step ends.
    @inlinable public static var spanEnd: RecordType { RecordType(rawValue: 129) }
    /// Attributes of a step or a span.
    @inlinable public static var attribute: RecordType { RecordType(rawValue: 130) }
    /// A streaming step begins to stream.
    @inlinable public static var streamBegin: RecordType { RecordType(rawValue: 131) }
    /// Its first item came.
    @inlinable public static var streamFirst: RecordType { RecordType(rawValue: 132) }
    /// It has streamed its last item.
    @inlinable public static var streamEnd: RecordType { RecordType(rawValue: 133) }
    /// An item of a stream.
    @inlinable public static var streamItem: RecordType { RecordType(rawValue: 134) }
    /// A line of `children.jsonl`.
    @inlinable public static var child: RecordType { RecordType(rawValue: 135) }
    /// A line of `annotations.jsonl`.
    @inlinable public static var annotation: RecordType { RecordType(rawValue: 136) }
    /// An execute call begins.
    @inlinable public static var runBegin: RecordType { RecordType(rawValue: 137) }
    /// An execute call ends.
    @inlinable public static var runEnd: RecordType { RecordType(rawValue: 138) }
    /// Any other line of `log.jsonl`.
    @inlinable public static var line: RecordType { RecordType(rawValue: 139) }
    /// How far a file of Burr's has been read.
    @inlinable public static var importMark: RecordType { RecordType(rawValue: 140) }

    /// A named moment, in the log of an application's marks.
    @inlinable public static var mark: RecordType { RecordType(rawValue: 141) }

    /// Whether this is a line of `log.jsonl` kept as text.
    package var isTextLine: Bool {
        (128...133).contains(rawValue) || self == .line
    }

    /// Whether the payload is a step and the text of one JSON object.
    package var isText: Bool {
        (128...139).contains(rawValue)
    }
}

/// A text event as its payload holds it.
package struct TextEvent {
    /// Reads the step it belongs to and leaves the text.
    ///
    /// - Throws: `FormatError` when the payload is empty.
    package static func step(_ reader: inout ByteReader) throws(FormatError) -> Int64 {
        try reader.step()
    }
}
