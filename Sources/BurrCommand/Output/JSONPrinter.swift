// SPDX-License-Identifier: Apache-2.0

// Exact JSON text, indented and coloured: bytes in, bytes out; digits and escapes stay as they are.

/// Indents JSON text by two spaces.
struct JSONPrinter {
    private static let chunk = 32 * 1024

    private let key: [UInt8]
    private let string: [UInt8]
    private let number: [UInt8]
    private let literal: [UInt8]
    private let end: [UInt8]
    private let output: Output
    private var pending: [UInt8] = []

    init(output: Output, palette: Palette) {
        self.output = output
        key = palette.begin(.key)
        string = palette.begin(.string)
        number = palette.begin(.number)
        literal = palette.begin(.literal)
        end = palette.end
        pending.reserveCapacity(2 * Self.chunk)
    }

    /// Prints one JSON value and a line feed.
    ///
    /// - Parameter text: A JSON value as it was recorded; white space in it is replaced.
    /// - Throws: What ``Output`` throws.
    mutating func print(_ text: [UInt8]) throws {
        // One byte per open container: its closing bracket.
        var open: [UInt8] = []
        var expectsKey = false
        var index = 0
        while index < text.count {
            if pending.count >= Self.chunk { try release() }
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let closing = byte + 2
                let next = Self.skipSpace(text, index + 1)
                pending.append(byte)
                if next < text.count, text[next] == closing {
                    pending.append(closing)
                    index = next
                } else {
                    open.append(closing)
                    expectsKey = byte == UInt8(ascii: "{")
                    breakLine(open.count)
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                breakLine(open.count)
                pending.append(byte)
            case UInt8(ascii: ","):
                pending.append(byte)
                breakLine(open.count)
                expectsKey = open.last == UInt8(ascii: "}")
            case UInt8(ascii: ":"):
                pending.append(byte)
                pending.append(UInt8(ascii: " "))
                expectsKey = false
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                break
            default:
                index = scalar(text, index, isKey: expectsKey)
                continue
            }
            index += 1
        }
        try release()
        try output.endLine()
    }

    /// Prints a string, number or literal and returns where it ends.
    private mutating func scalar(_ text: [UInt8], _ start: Int, isKey: Bool) -> Int {
        let style: [UInt8]
        let index: Int
        if text[start] == UInt8(ascii: "\"") {
            style = isKey ? key : string
            index = Self.endOfString(text, start)
        } else {
            style = text[start] < UInt8(ascii: "A") ? number : literal
            index = Self.endOfToken(text, start)
        }
        if !style.isEmpty { pending.append(contentsOf: style) }
        pending.append(contentsOf: text[start..<index])
        if !style.isEmpty { pending.append(contentsOf: end) }
        return index
    }

    private mutating func breakLine(_ depth: Int) {
        pending.append(UInt8(ascii: "\n"))
        for _ in 0..<depth {
            pending.append(UInt8(ascii: " "))
            pending.append(UInt8(ascii: " "))
        }
    }

    private mutating func release() throws {
        try output.write(pending)
        pending.removeAll(keepingCapacity: true)
    }

    private static func endOfString(_ text: [UInt8], _ start: Int) -> Int {
        let bytes = text.span
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, bytes.count)
    }

    private static func endOfToken(_ text: [UInt8], _ start: Int) -> Int {
        var index = start + 1
        while index < text.count, !endsScalar(text[index]) { index += 1 }
        return index
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"),
            UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
            true
        default: false
        }
    }

    private static func skipSpace(_ text: [UInt8], _ start: Int) -> Int {
        var index = start
        while index < text.count, endsScalar(text[index]), text[index] <= UInt8(ascii: " ") {
            index += 1
        }
        return index
    }
}
