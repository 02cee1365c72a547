// SPDX-License-Identifier: Apache-2.0
// The record types of Burr's events (Formats/events.md, section 6).

package import EventLog

extension RecordType {
    package static let spanBegin = RecordType(rawValue: 128)
    package static let spanEnd = RecordType(rawValue: 129)
    package static let attribute = RecordType(rawValue: 130)
    package static let streamBegin = RecordType(rawValue: 131)
    package static let streamFirst = RecordType(rawValue: 132)
    package static let streamEnd = RecordType(rawValue: 133)
    package static let streamItem = RecordType(rawValue: 134)
    /// A line of `children.jsonl`.
    package static let child = RecordType(rawValue: 135)
    /// A line of `annotations.jsonl`.
    package static let annotation = RecordType(rawValue: 136)
    package static let runBegin = RecordType(rawValue: 137)
    package static let runEnd = RecordType(rawValue: 138)
    /// Any other line of `log.jsonl`.
    package static let line = RecordType(rawValue: 139)
    /// How far a file of Burr's has been read.
    package static let importMark = RecordType(rawValue: 140)

    /// A named moment, in the log of an application's marks.
    package static let mark = RecordType(rawValue: 141)

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
