// SPDX-License-Identifier: Apache-2.0

/// Where a value stands within a JSON value, written as RFC 6901 says: `/history/0/role`.
///
/// When a pointer is evaluated for reading, an array index may count from the end: `-1` is the
/// last.
package struct JSONPointer: Equatable, Hashable, Sendable {
    /// The reference tokens: decoded keys, or array indexes as digits.
    package var parts: [String]

    /// The pointer that has these reference tokens.
    package init(parts: [String]) {
        self.parts = parts
    }

    /// Reads the text of a pointer.
    ///
    /// - Throws: `JSONPointerError` where the text is neither empty nor begins with `/`, or a `~`
    ///   is not followed by `0` or `1`.
    package init(_ text: String) throws(JSONPointerError) {
        var parts: [String] = []
        var part: [UInt8] = []
        var isEscaped = false
        for (offset, byte) in text.utf8.enumerated() {
            if offset == 0 {
                guard byte == UInt8(ascii: "/") else { throw .noLeadingSlash }
            } else if isEscaped {
                switch byte {
                case UInt8(ascii: "0"): part.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): part.append(UInt8(ascii: "/"))
                default: throw .badEscape(at: offset - 1)
                }
                isEscaped = false
            } else if byte == UInt8(ascii: "/") {
                parts.append(String(decoding: part, as: UTF8.self))
                part.removeAll(keepingCapacity: true)
            } else if byte == UInt8(ascii: "~") {
                isEscaped = true
            } else {
                part.append(byte)
            }
        }
        if isEscaped { throw .badEscape(at: text.utf8.count - 1) }
        if !text.isEmpty { parts.append(String(decoding: part, as: UTF8.self)) }
        self.parts = parts
    }

    /// The array index that a reference token names, or nil.
    ///
    /// - Parameters:
    ///   - part: the reference token
    ///   - count: how many elements the array has
    ///   - allowsNegative: whether `-1` means the last element
    /// - Returns: The index, from 0 to below the count.
    static func index(_ part: some StringProtocol, count: Int, allowsNegative: Bool) -> Int? {
        var digits = Array(part.utf8)
        var isNegative = false
        if allowsNegative, digits.first == UInt8(ascii: "-") {
            isNegative = true
            digits.removeFirst()
        }
        guard let first = digits.first, digits.count <= 10 else { return nil }
        if digits.count > 1 || isNegative, first == UInt8(ascii: "0") { return nil }
        var value = 0
        for digit in digits {
            guard digit &- UInt8(ascii: "0") < 10 else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        if isNegative { value = count - value }
        return value >= 0 && value < count ? value : nil
    }
}

extension JSONPointer: CustomStringConvertible {
    /// The text of the pointer, escaped.
    package var description: String {
        var bytes: [UInt8] = []
        for part in parts {
            bytes.append(UInt8(ascii: "/"))
            JSONPointer.append(part.utf8, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends one escaped reference token.
    static func append(_ part: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        for byte in part {
            switch byte {
            case UInt8(ascii: "~"): bytes.append(contentsOf: [byte, UInt8(ascii: "0")])
            case UInt8(ascii: "/"):
                bytes.append(contentsOf: [UInt8(ascii: "~"), UInt8(ascii: "1")])
            default: bytes.append(byte)
            }
        }
    }
}

/// Why a text is not a JSON pointer.
package enum JSONPointerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A pointer is empty or begins with `/`.
    case noLeadingSlash
    /// `~` is followed by something else than `0` or `1`.
    case badEscape(at: Int)

    package var description: String {
        switch self {
        case .noLeadingSlash: "a JSON pointer is empty or begins with /"
        case .badEscape(let offset): "~ must be followed by 0 or 1, at offset \(offset)"
        }
    }
}
