// SPDX-License-Identifier: Apache-2.0
// Action refs: the names of the graph's actions as small numbers (Formats/events.md, section 2).

package import EventLog

/// The actions that a META lists, so that records can name them by number.
package struct ActionNames: Equatable, Sendable {
    package var names: [[UInt8]]

    package init(_ names: [[UInt8]] = []) {
        self.names = names
    }

    package init(_ names: [String]) {
        self.init(names.map { Array($0.utf8) })
    }

    /// Writes the ref of an action: its number, or its name where it is not listed.
    package func encode(_ action: [UInt8], to writer: inout ByteWriter) {
        // Trackers tell an action by the array that stands here: equal at the first look.
        if let index = names.firstIndex(of: action) {
            writer.varint(UInt64(index) + 1)
        } else {
            writer.varint(0)
            writer.string(action)
        }
    }

    /// The array that stands here for an action, or a new one where none does.
    func array(of action: RawSpan) -> [UInt8] {
        unsafe action.withUnsafeBytes { bytes in
            for name in names where name.count == bytes.count {
                if unsafe bytes.elementsEqual(name) { return name }
            }
            return unsafe [UInt8](bytes)
        }
    }

    /// Reads an action ref; `#3` where the META that lists the action is lost.
    ///
    /// - Throws: `FormatError` when it is cut off.
    package func decode(_ reader: inout ByteReader) throws(FormatError) -> [UInt8] {
        let ref = try reader.varint()
        if ref == 0 { return try reader.array() }
        guard ref <= UInt64(names.count) else { return Array("#\(ref - 1)".utf8) }
        return names[Int(ref) - 1]
    }
}

extension EventTime {
    /// Writes the form; the instant stands in the record's header.
    func encodeForm(to writer: inout ByteWriter) {
        switch form {
        case .utc: writer.u8(0)
        case .naive(let minutes):
            writer.u8(1)
            writer.zigzag(Int64(minutes))
        case .utcShort: writer.u8(2)
        case .verbatim(let text):
            writer.u8(3)
            writer.string(text)
        }
    }

    /// Reads the form of a record whose header holds the instant.
    init(decoding reader: inout ByteReader, nanoseconds: Int64) throws(FormatError) {
        switch try reader.u8() {
        case 0: self.init(nanoseconds: nanoseconds, form: .utc)
        case 1:
            let minutes = try reader.zigzag()
            guard minutes.magnitude < 1 << 20 else {
                throw FormatError.invalid(offset: reader.offset)
            }
            self.init(nanoseconds: nanoseconds, form: .naive(minutes: Int(minutes)))
        case 2: self.init(nanoseconds: nanoseconds, form: .utcShort)
        case 3: self.init(nanoseconds: nanoseconds, form: .verbatim(try reader.array()))
        default: throw FormatError.invalid(offset: reader.offset)
        }
    }
}
