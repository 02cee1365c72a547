// SPDX-License-Identifier: Apache-2.0
// The payloads of text events and import marks (Formats/events.md, section 6).

package import EventLog

/// A file of Burr's that imports read.
package enum BurrFile: UInt8, Sendable {
    case log = 0
    case children = 1
}

/// How far a file of Burr's has been read into the log.
package struct ImportMark: Equatable, Sendable {
    package var file: BurrFile
    /// Bytes read.
    package var offset: UInt64
    /// XXH64 of up to 4,096 bytes before the offset.
    package var hash: UInt64
    /// Whether the last line read had no line feed.
    package var isUnterminated: Bool

    /// How many bytes before the offset the hash covers.
    package static let window = 4_096

    package init(file: BurrFile, offset: UInt64, hash: UInt64, isUnterminated: Bool) {
        self.file = file
        self.offset = offset
        self.hash = hash
        self.isUnterminated = isUnterminated
    }

    /// Writes the payload.
    package func encode(to writer: inout ByteWriter) {
        writer.zigzag(-1)
        writer.u8(file.rawValue)
        writer.varint(offset)
        writer.u64(hash)
        writer.u8(isUnterminated ? 1 : 0)
    }

    /// Reads the payload.
    ///
    /// - Throws: `FormatError` when the bytes are not an IMPORT_MARK.
    package init(decoding reader: inout ByteReader) throws(FormatError) {
        _ = try reader.zigzag()
        guard let file = BurrFile(rawValue: try reader.u8()) else {
            throw FormatError.invalid(offset: reader.offset)
        }
        self.file = file
        offset = try reader.varint()
        hash = try reader.u64()
        isUnterminated = try reader.u8() & 1 != 0
    }
}
