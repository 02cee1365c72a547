// SPDX-License-Identifier: Apache-2.0
// Reading the members of a line of JSON in order.

internal import StateDelta
internal import Tracking

/// A position in a line, moved on by what is expected to stand there.
struct LineCursor: ~Escapable {
    let line: Span<UInt8>
    var position = 0

    @_lifetime(copy line)
    init(_ line: Span<UInt8>) {
        self.line = line
    }

    var isAtEnd: Bool { position == line.count }

    /// Moves past a literal, if it stands here.
    mutating func skip(_ literal: StaticString) -> Bool {
        guard line.starts(with: literal, at: position) else { return false }
        position += literal.utf8CodeUnitCount
        return true
    }

    /// Moves past a string without escapes; the range includes its quotes.
    mutating func plainString() -> Range<Int>? {
        guard position < line.count, line[position] == UInt8(ascii: "\"") else { return nil }
        let start = position
        let end: Int? = unsafe line.withUnsafeBytes { bytes in
            // Safe: offsets stay below the count.
            for offset in (start + 1)..<bytes.count {
                let byte = unsafe bytes[offset]
                if byte == UInt8(ascii: "\"") { return offset + 1 }
                guard byte >= 0x20, byte != UInt8(ascii: "\\"), byte < 0x7F else { return nil }
            }
            return nil
        }
        guard let end else { return nil }
        position = end
        return start..<end
    }

    /// Moves past one JSON value, validating it.
    mutating func value() -> Range<Int>? {
        guard position < line.count else { return nil }
        // `{}` and `null` stand in most lines.
        let end: Int
        if skip("{}") || skip("null") {
            return (position - (line[position - 1] == UInt8(ascii: "}") ? 2 : 4))..<position
        }
        // Safe: bytes have no padding.
        let bytes = unsafe line.bytes
        do { end = try JSONScanner.scanValue(bytes, at: position) } catch { return nil }
        let range = position..<end
        position = end
        return range
    }

    /// Moves past digits without leading zeros that fit a step number.
    mutating func integer() -> Int64? {
        var value: Int64 = 0
        let start = position
        while position < line.count, (48...57).contains(line[position]) {
            guard position - start < 15 else { return nil }
            value = value * 10 + Int64(line[position] - 48)
            position += 1
        }
        guard position > start, position - start == 1 || line[start] != 48 else { return nil }
        return value
    }

    /// Moves past white space.
    mutating func skipWhiteSpace() {
        while position < line.count {
            switch line[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }
}

/// The members of a line that is one valid JSON object; no members for any other value.
struct LineMembers {
    /// Keys as written between their quotes, and the ranges of their values.
    private var members: [(key: [UInt8], value: Range<Int>)] = []

    init(_ line: Span<UInt8>) {
        var cursor = LineCursor(line)
        cursor.skipWhiteSpace()
        guard cursor.skip("{") else { return }
        while true {
            cursor.skipWhiteSpace()
            guard let key = cursor.value(), key.count >= 2 else { return }
            cursor.skipWhiteSpace()
            guard cursor.skip(":") else { return }
            cursor.skipWhiteSpace()
            guard let value = cursor.value() else { return }
            let name = line.extracting((key.lowerBound + 1)..<(key.upperBound - 1)).array()
            members.append((name, value))
            cursor.skipWhiteSpace()
            guard cursor.skip(",") else { return }
        }
    }

    /// The value of a key; of the last one where a key stands twice, as Python reads it.
    func value(_ key: StaticString) -> Range<Int>? {
        members.last { $0.key.span.equals(key) }?.value
    }

    /// The value of a key, where it is a string.
    func string(_ key: StaticString, in line: Span<UInt8>) -> Range<Int>? {
        guard let range = value(key), line[range.lowerBound] == UInt8(ascii: "\"") else {
            return nil
        }
        return range
    }

    /// The value of a key, where it is an integer of at most 18 digits.
    func integer(_ key: StaticString, in line: Span<UInt8>) -> Int64? {
        guard let range = value(key) else { return nil }
        var cursor = LineCursor(line)
        cursor.position = range.lowerBound
        guard let number = cursor.integer(), cursor.position == range.upperBound else {
            return nil
        }
        return number
    }
}
