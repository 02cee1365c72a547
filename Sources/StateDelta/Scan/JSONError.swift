// SPDX-License-Identifier: Apache-2.0

/// Why a text is not one JSON value that can be stored.
package enum JSONError: Error, Equatable, Sendable {
    /// A byte that cannot stand at this offset.
    case unexpectedByte(UInt8, at: Int)
    /// The text ends within a value.
    case truncated(at: Int)
    /// A backslash that no escape of JSON follows.
    case badEscape(at: Int)
    /// A number that RFC 8259 does not know, such as `01` or `1.`.
    case badNumber(at: Int)
    /// A byte below 0x20 within a string.
    case controlCharacter(at: Int)
    /// Bytes that are not UTF-8.
    case badUTF8(at: Int)
    /// More than 1,024 arrays and objects within one another.
    case tooDeep(at: Int)
    /// Something follows the value.
    case trailingBytes(at: Int)
    /// No value at all.
    case empty
    /// White space between tokens, where compact text is asked for.
    case insignificantWhiteSpace(at: Int)
    /// More bytes than `StateDocument.byteLimit`.
    case tooLarge(byteCount: Int)

    /// The offset of the offending byte.
    package var offset: Int {
        switch self {
        case .unexpectedByte(_, let offset), .truncated(let offset), .badEscape(let offset),
            .badNumber(let offset), .controlCharacter(let offset), .badUTF8(let offset),
            .tooDeep(let offset), .trailingBytes(let offset),
            .insignificantWhiteSpace(let offset):
            offset
        case .empty: 0
        case .tooLarge(let byteCount): byteCount
        }
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unexpectedByte(let byte, let offset):
            "unexpected \(JSONError.name(of: byte)) at offset \(offset)"
        case .truncated(let offset): "the text ends within a value, at offset \(offset)"
        case .badEscape(let offset): "no such escape in a string, at offset \(offset)"
        case .badNumber(let offset): "not a number of JSON, at offset \(offset)"
        case .controlCharacter(let offset):
            "a control character must be escaped in a string, at offset \(offset)"
        case .badUTF8(let offset): "not UTF-8 at offset \(offset)"
        case .tooDeep(let offset):
            "more than \(JSONScanner.depthLimit) levels of nesting, at offset \(offset)"
        case .trailingBytes(let offset): "something follows the value, at offset \(offset)"
        case .empty: "no value"
        case .insignificantWhiteSpace(let offset):
            "white space between tokens at offset \(offset), compact text is needed"
        case .tooLarge(let byteCount):
            "\(byteCount) bytes are more than the limit of \(StateDocument.byteLimit)"
        }
    }

    private static func name(of byte: UInt8) -> String {
        if byte > 0x20, byte < 0x7F { return "'\(Character(UnicodeScalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (digits.count < 2 ? "0" : "") + digits
    }
}
