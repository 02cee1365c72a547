// SPDX-License-Identifier: Apache-2.0
// Small pieces of JSON text as Burr writes them.

internal import StateDelta

/// Text as Burr's own writer prints it.
package enum BurrText {
    /// Appends UTF-8 as a JSON string.
    package static func appendQuoted(_ text: [UInt8], to output: inout [UInt8]) {
        if text.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            output.append(UInt8(ascii: "\""))
            output.append(contentsOf: text)
            output.append(UInt8(ascii: "\""))
        } else {
            output.append(contentsOf: JSONString.encode(text))
        }
    }
}

extension [UInt8] {
    /// Appends the bytes of a literal.
    package mutating func append(literal: StaticString) {
        // Safe: a literal's bytes live as long as the program.
        let bytes = unsafe UnsafeBufferPointer(
            start: literal.utf8Start,
            count: literal.utf8CodeUnitCount
        )
        unsafe append(contentsOf: bytes)
    }

    /// Appends a number in decimal digits.
    package mutating func append(decimal number: Int64) {
        var rest = number.magnitude
        if number < 0 { append(UInt8(ascii: "-")) }
        var unit: UInt64 = 1
        while rest / unit >= 10 { unit *= 10 }
        while unit > 0 {
            append(UInt8(truncatingIfNeeded: 48 + rest / unit))
            rest %= unit
            unit /= 10
        }
    }
}
