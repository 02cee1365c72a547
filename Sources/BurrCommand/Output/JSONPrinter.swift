// Exact JSON text, indented and coloured: bytes in, bytes out; digits and escapes stay as they are.

/// Indents JSON text by two spaces.
struct JSONPrinter {
    private let key: [UInt8]
    private let string: [UInt8]
    private let number: [UInt8]
    private let literal: [UInt8]
    private let end: [UInt8]
    private let output: Output

    init(output: Output, palette: Palette) {
        self.output = output
        key = palette.begin(.key)
        string = palette.begin(.string)
        number = palette.begin(.number)
        literal = palette.begin(.literal)
        end = palette.end
    }

    /// Prints one JSON value and a line feed.
    ///
    /// - Parameter text: A JSON value as it was recorded; white space in it is replaced.
    /// - Throws: What ``Output`` throws.
    func print(_ text: [UInt8]) throws {
        // One byte per open container: its closing bracket.
        var open: [UInt8] = []
        var expectsKey = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let closing = byte + 2
                let next = Self.skipSpace(text, index + 1)
                if next < text.count, text[next] == closing {
                    try output.write([byte, closing])
                    index = next + 1
                    continue
                }
                open.append(closing)
                expectsKey = byte == UInt8(ascii: "{")
                try output.write([byte])
                try breakLine(open.count)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                try breakLine(open.count)
                try output.write([byte])
            case UInt8(ascii: ","):
                try output.write([byte])
                try breakLine(open.count)
                expectsKey = open.last == UInt8(ascii: "}")
            case UInt8(ascii: ":"):
                try output.write(": ")
                expectsKey = false
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                break
            default:
                index = try scalar(text, index, isKey: expectsKey)
                continue
            }
            index += 1
        }
        try output.endLine()
    }

    /// Prints a string, number or literal and returns where it ends.
    private func scalar(_ text: [UInt8], _ start: Int, isKey: Bool) throws -> Int {
        var index = start + 1
        let style: [UInt8]
        if text[start] == UInt8(ascii: "\"") {
            style = isKey ? key : string
            while index < text.count, text[index] != UInt8(ascii: "\"") {
                index += text[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            index = min(index + 1, text.count)
        } else {
            while index < text.count, !Self.endsScalar(text[index]) { index += 1 }
            let isNumber = text[start] < UInt8(ascii: "A")
            style = isNumber ? number : literal
        }
        if !style.isEmpty { try output.write(style) }
        try output.write(text[start..<index])
        if !style.isEmpty { try output.write(end) }
        return index
    }

    private func breakLine(_ depth: Int) throws {
        try output.write("\n")
        try output.write([UInt8](repeating: UInt8(ascii: " "), count: depth * 2))
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
