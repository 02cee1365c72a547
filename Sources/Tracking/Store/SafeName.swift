// SPDX-License-Identifier: Apache-2.0
// How a project or application id becomes a file name, and back.

/// Encodes ids as file names that can hold any id and never leave their folder.
///
/// `/`, NUL, `%`, control bytes and a leading dot become `%XX` (upper-case hex); all else stays as
/// it is, so the folders of Burr's own tracker keep their names. An empty id is `%`. A name longer
/// than a file system takes is refused by the file system, not cut here.
package enum SafeName {
    /// Encodes an id as one path component.
    ///
    /// - Complexity: O(length).
    package static func encode(_ id: String) -> String {
        guard !id.isEmpty else { return "%" }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(id.utf8.count)
        for byte in id.utf8 {
            if mustEscape(byte) || (bytes.isEmpty && byte == UInt8(ascii: ".")) {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexDigit(byte >> 4))
                bytes.append(hexDigit(byte & 15))
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes a path component; a stray `%` stands for itself, as in a folder Burr made.
    ///
    /// - Complexity: O(length).
    package static func decode(_ name: String) -> String {
        if name == "%" { return "" }
        let source = Array(name.utf8)
        guard source.contains(UInt8(ascii: "%")) else { return name }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var position = 0
        while position < source.count {
            if source[position] == UInt8(ascii: "%"), position + 2 < source.count,
                let high = hexValue(source[position + 1]), let low = hexValue(source[position + 2])
            {
                bytes.append(high << 4 | low)
                position += 3
            } else {
                bytes.append(source[position])
                position += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The name of the folder that Burr's own tracker makes for an id: the id, where that is a
    /// name.
    ///
    /// - Complexity: O(length).
    package static func burrFolder(_ id: String) -> String {
        let isName =
            !id.isEmpty && id != "." && id != ".." && !id.utf8.contains { $0 == 0 || $0 == 0x2F }
        return isName ? id : encode(id)
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%")
    }

    private static func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
