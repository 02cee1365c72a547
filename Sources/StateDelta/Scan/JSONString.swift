// SPDX-License-Identifier: Apache-2.0

/// Between the text of a JSON string and the characters it stands for.
package enum JSONString {
    /// Decodes what stands between the quotes of a valid JSON string.
    ///
    /// - Parameter raw: the bytes between the quotes
    /// - Returns: UTF-8; a lone surrogate becomes U+FFFD.
    /// - Complexity: linear.
    package static func decode(_ raw: [UInt8]) -> [UInt8] {
        raw.withView { decode($0) }
    }

    /// As above, of a span.
    package static func decode(_ raw: RawSpan) -> [UInt8] {
        raw.withView { decode($0) }
    }

    /// Encodes UTF-8 as a JSON string with quotes.
    ///
    /// Only `"`, `\` and control characters are escaped: `\b \f \n \r \t`, else `\u00xx`.
    ///
    /// - Complexity: linear.
    package static func encode(_ utf8: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(utf8.count + 2)
        appendEncoded(utf8, to: &output)
        return output
    }

    /// Encodes UTF-8 as a JSON string with quotes at the end of `output`.
    package static func appendEncoded(_ utf8: [UInt8], to output: inout [UInt8]) {
        let digits: StaticString = "0123456789abcdef"
        output.append(UInt8(ascii: "\""))
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0x08: output.append(contentsOf: [0x5C, UInt8(ascii: "b")])
            case 0x09: output.append(contentsOf: [0x5C, UInt8(ascii: "t")])
            case 0x0A: output.append(contentsOf: [0x5C, UInt8(ascii: "n")])
            case 0x0C: output.append(contentsOf: [0x5C, UInt8(ascii: "f")])
            case 0x0D: output.append(contentsOf: [0x5C, UInt8(ascii: "r")])
            case 0..<0x20:
                output.append(contentsOf: [0x5C, UInt8(ascii: "u"), 0x30, 0x30])
                // In range: both indexes are below 16.
                unsafe output.append(digits.utf8Start[Int(byte >> 4)])
                unsafe output.append(digits.utf8Start[Int(byte & 15)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    static func decode(_ raw: ByteView) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(raw.count)
        var offset = 0
        while offset < raw.count {
            let byte = raw[offset]
            guard byte == UInt8(ascii: "\\"), offset + 1 < raw.count else {
                output.append(byte)
                offset += 1
                continue
            }
            switch raw[offset + 1] {
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                offset += decodeUnicode(raw, at: offset, into: &output)
                continue
            case let other: output.append(other)
            }
            offset += 2
        }
        return output
    }

    /// Decodes the `\u` escape at an offset, with the one after it for a pair; returns its length.
    private static func decodeUnicode(
        _ raw: ByteView,
        at offset: Int,
        into output: inout [UInt8]
    ) -> Int {
        guard let unit = codeUnit(raw, at: offset) else { return 2 }
        if unit & 0xFC00 == 0xD800, let low = codeUnit(raw, at: offset + 6), low & 0xFC00 == 0xDC00
        {
            append(0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF), to: &output)
            return 12
        }
        append(unit & 0xF800 == 0xD800 ? 0xFFFD : unit, to: &output)
        return 6
    }

    private static func codeUnit(_ raw: ByteView, at offset: Int) -> UInt32? {
        guard offset + 6 <= raw.count, raw[offset] == UInt8(ascii: "\\"),
            raw[offset + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for index in offset + 2..<offset + 6 {
            guard let digit = JSONScanner.hexDigit(raw[index]) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }

    private static func append(_ scalar: UInt32, to output: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(scalar) else { return }
        output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
}
