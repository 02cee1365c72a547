// SPDX-License-Identifier: Apache-2.0
// Compact JSON documents, written member by member in a stable order.

/// Builds one JSON value as text.
package struct JSONText: Sendable {
    /// The text so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Makes an empty text.
    package init() {}

    /// Writes an object whose members the closure adds.
    package mutating func object(_ members: (inout JSONText) throws -> Void) rethrows {
        try enclose(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
    }

    /// Writes an array whose elements the closure adds.
    package mutating func array(_ elements: (inout JSONText) throws -> Void) rethrows {
        try enclose(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
    }

    /// Begins a member: its value is what is written next.
    package mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string value.
    package mutating func string(_ value: String?) {
        separate()
        if let value { appendQuoted(value) } else { bytes.append(contentsOf: "null".utf8) }
        needsComma = true
    }

    /// Writes an integer value.
    package mutating func integer(_ value: Int?) {
        raw(value.map(String.init) ?? "null")
    }

    /// Writes `true` or `false`.
    package mutating func boolean(_ value: Bool) {
        raw(value ? "true" : "false")
    }

    /// Writes milliseconds with the digits of their nanoseconds: `1204.3`.
    package mutating func milliseconds(nanoseconds: Int64?) {
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
    package mutating func raw(_ text: [UInt8]) {
        separate()
        bytes.append(contentsOf: text)
        needsComma = true
    }

    /// Writes a value that a closure appends as JSON text.
    package mutating func raw(_ append: (inout [UInt8]) -> Void) {
        separate()
        append(&bytes)
        needsComma = true
    }

    /// Empties the document for another one.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Writes a value that is JSON text already.
    package mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
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

    /// The escapes Burr's own canonical lines use.
    private mutating func appendQuoted(_ text: String) {
        JSONString.appendEncoded(Array(text.utf8), to: &bytes)
    }
}

extension JSONText {
    /// Writes a member that is a string or null.
    package mutating func member(_ name: String, _ value: String?) {
        key(name)
        string(value)
    }

    /// Writes a member that is an integer or null.
    package mutating func member(_ name: String, _ value: Int?) {
        key(name)
        integer(value)
    }

    /// Writes a member that is a boolean.
    package mutating func member(_ name: String, _ value: Bool) {
        key(name)
        boolean(value)
    }

    /// Writes a member that is a list of strings.
    package mutating func member(_ name: String, _ values: [String]) {
        key(name)
        array { json in
            for value in values { json.string(value) }
        }
    }
}
