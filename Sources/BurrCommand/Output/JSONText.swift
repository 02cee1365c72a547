// SPDX-License-Identifier: Apache-2.0

// Compact JSON documents, written member by member in a stable order.

/// Builds one JSON value as text.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Writes an object whose members the closure adds.
    mutating func object(_ members: (inout JSONText) throws -> Void) rethrows {
        try enclose(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
    }

    /// Writes an array whose elements the closure adds.
    mutating func array(_ elements: (inout JSONText) throws -> Void) rethrows {
        try enclose(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
    }

    /// Begins a member: its value is what is written next.
    mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string value.
    mutating func string(_ value: String?) {
        separate()
        if let value { appendQuoted(value) } else { appendRaw("null") }
        needsComma = true
    }

    /// Writes an integer value.
    mutating func integer(_ value: Int?) {
        raw(value.map(String.init) ?? "null")
    }

    /// Writes `true` or `false`.
    mutating func boolean(_ value: Bool) {
        raw(value ? "true" : "false")
    }

    /// Writes milliseconds with the digits of their nanoseconds: `1204.3`.
    mutating func milliseconds(nanoseconds: Int64?) {
        guard let nanoseconds else { return raw("null") }
        let magnitude = nanoseconds.magnitude
        var text = (nanoseconds < 0 ? "-" : "") + String(magnitude / 1_000_000)
        let rest = magnitude % 1_000_000
        if rest > 0 {
            let digits = String(rest)
            let fraction = String(repeating: "0", count: 6 - digits.count) + digits
            text += "." + fraction.reversed().drop { $0 == "0" }.reversed()
        }
        raw(text)
    }

    /// Writes a value that is JSON text already.
    mutating func raw(_ text: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: text)
        needsComma = true
    }

    /// Writes a value that a closure appends as JSON text.
    mutating func raw(_ append: (inout [UInt8]) -> Void) {
        separate()
        append(&bytes)
        needsComma = true
    }

    /// Empties the document for another one.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Writes a value that is JSON text already.
    mutating func raw(_ text: String) {
        raw(text.utf8)
    }

    private mutating func enclose(
        _ opening: UInt8,
        _ closing: UInt8,
        _ inside: (inout JSONText) throws -> Void
    ) rethrows {
        separate()
        bytes.append(opening)
        needsComma = false
        try inside(&self)
        bytes.append(closing)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func appendRaw(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// The escapes Burr's own canonical lines use.
    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x08: appendRaw("\\b")
            case 0x09: appendRaw("\\t")
            case 0x0A: appendRaw("\\n")
            case 0x0C: appendRaw("\\f")
            case 0x0D: appendRaw("\\r")
            case 0..<0x20:
                appendRaw("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONText {
    /// Writes a member that is a string or null.
    mutating func member(_ name: String, _ value: String?) {
        key(name)
        string(value)
    }

    /// Writes a member that is an integer or null.
    mutating func member(_ name: String, _ value: Int?) {
        key(name)
        integer(value)
    }

    /// Writes a member that is a boolean.
    mutating func member(_ name: String, _ value: Bool) {
        key(name)
        boolean(value)
    }

    /// Writes a member that is a list of strings.
    mutating func member(_ name: String, _ values: [String]) {
        key(name)
        array { json in
            for value in values { json.string(value) }
        }
    }
}
