// SPDX-License-Identifier: Apache-2.0

/// Equality of JSON values as RFC 6902 means it: numbers by value, members in any order.
extension JSONPatch {
    /// Whether two compact texts stand for the same value.
    ///
    /// Of a key that stands twice the last member counts. Numbers are compared exactly.
    ///
    /// - Complexity: linear, and quick where the texts are the same.
    package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withView { left in right.withView { isEqual(left, $0) } }
    }

    private static func isEqual(_ left: ByteView, _ right: ByteView) -> Bool {
        if left == right { return true }
        guard left.count > 0, right.count > 0 else { return false }
        switch (left[0], right[0]) {
        case (UInt8(ascii: "{"), UInt8(ascii: "{")):
            let first = members(left)
            let second = members(right)
            guard first.count == second.count else { return false }
            for (key, value) in first {
                guard let other = second[key], isEqual(value, other) else { return false }
            }
            return true
        case (UInt8(ascii: "["), UInt8(ascii: "[")):
            var first: [Range<Int>] = []
            var second: [Range<Int>] = []
            StateDocument.forEachElement(left) { first.append($0) }
            StateDocument.forEachElement(right) { second.append($0) }
            guard first.count == second.count else { return false }
            for (one, other) in zip(first, second)
            where !isEqual(left.slice(one), right.slice(other)) {
                return false
            }
            return true
        case (UInt8(ascii: "\""), UInt8(ascii: "\"")):
            let first = codeUnits(left.slice(1, left.count - 1))
            return first == codeUnits(right.slice(1, right.count - 1))
        default:
            guard let first = Decimal(left), let second = Decimal(right) else { return false }
            return first == second
        }
    }

    private static func members(_ view: ByteView) -> [[UInt8]: ByteView] {
        var members: [[UInt8]: ByteView] = [:]
        StateDocument.forEachMember(view) { key, value in
            members[codeUnits(key)] = value
            return true
        }
        return members
    }

    /// Decoded characters in which lone surrogates stay different from one another.
    private static func codeUnits(_ raw: ByteView) -> [UInt8] {
        var decoded = JSONString.decode(raw)
        let text = String(decoding: decoded, as: UTF8.self)
        guard text.unicodeScalars.contains("\u{FFFD}") else { return decoded }
        // 0xFF begins no UTF-8, so what follows cannot be taken for characters.
        var offset = 0
        while offset + 6 <= raw.count {
            if raw[offset] == UInt8(ascii: "\\") {
                if raw[offset + 1] == UInt8(ascii: "u"),
                    raw[offset + 2] | 0x20 == UInt8(ascii: "d")
                {
                    decoded.append(0xFF)
                    for index in offset + 2..<offset + 6 { decoded.append(raw[index] | 0x20) }
                }
                offset += 2
            } else {
                offset += 1
            }
        }
        return decoded
    }

    /// A number as its digits without zeros at either end, and the exponent of the first one.
    private struct Decimal: Equatable {
        var isNegative = false
        var digits: [UInt8] = []
        var exponent = 0

        init?(_ text: ByteView) {
            guard let first = text.count > 0 ? text[0] : nil,
                first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10
            else { return nil }
            var offset = 0
            if first == UInt8(ascii: "-") {
                isNegative = true
                offset = 1
            }
            var scale = 0
            var isFraction = false
            while offset < text.count {
                let byte = text[offset]
                if byte == UInt8(ascii: ".") {
                    isFraction = true
                } else if byte &- UInt8(ascii: "0") < 10 {
                    digits.append(byte)
                    if !isFraction { scale += 1 }
                } else {
                    break
                }
                offset += 1
            }
            if offset < text.count {
                let written = String(
                    decoding: text.slice(offset + 1, text.count).array,
                    as: UTF8.self
                )
                // Beyond this only the same lexeme is taken for the same number.
                guard let power = Int(written), power.magnitude < 1 << 60 else { return nil }
                scale += power
            }
            let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
            digits.removeFirst(zeros)
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
            exponent = digits.isEmpty ? 0 : scale - zeros
            if digits.isEmpty { isNegative = false }
        }
    }
}
