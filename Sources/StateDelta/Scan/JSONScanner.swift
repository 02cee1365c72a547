// SPDX-License-Identifier: Apache-2.0

/// Checks JSON text (RFC 8259) and finds where values end, without building anything.
///
/// Lone surrogate escapes such as `\uD800` are accepted, as the grammar does.
package enum JSONScanner {
    /// How many arrays and objects may stand within one another.
    package static let depthLimit = 1_024

    /// Checks that a text is exactly one JSON value, white space around and within it allowed.
    ///
    /// - Throws: `JSONError`: the first thing that is wrong.
    /// - Complexity: linear; no allocation.
    package static func validate(_ text: RawSpan) throws(JSONError) {
        try text.withView { (view) throws(JSONError) in
            try validate(view, mode: .anySpace)
        }
    }

    /// Checks the value that begins at an offset.
    ///
    /// - Parameters:
    ///   - text: the text, of which only the value is read
    ///   - start: offset of the value's first byte
    /// - Returns: The offset after the value.
    /// - Throws: `JSONError`: the first thing that is wrong within the value.
    /// - Complexity: linear in the value; no allocation.
    package static func scanValue(_ text: RawSpan, at start: Int) throws(JSONError) -> Int {
        try text.withView { (view) throws(JSONError) -> Int in
            guard start >= 0, start < view.count else { throw .truncated(at: view.count) }
            return try scan(view, at: start, depth: 0, mode: .anySpace)
        }
    }

    /// Whether a valid text has no insignificant white space.
    ///
    /// - Complexity: linear.
    package static func isCompact(_ text: [UInt8]) -> Bool {
        text.withView { firstSpace(in: $0) == $0.count }
    }

    /// Removes the insignificant white space of a valid text.
    ///
    /// - Returns: The compact text: the same array where there is nothing to remove.
    /// - Complexity: linear; one allocation when something is removed.
    package static func compact(_ text: [UInt8]) -> [UInt8] {
        let first = text.withView { firstSpace(in: $0) }
        guard first < text.count else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        text.withView { view in
            view.slice(0, first).append(to: &output)
            var offset = first
            while offset < view.count {
                let byte = view[offset]
                if isSpace(byte) {
                    offset += 1
                } else if byte == UInt8(ascii: "\"") {
                    let end = trustedStringEnd(view, at: offset)
                    view.slice(offset, end).append(to: &output)
                    offset = end
                } else {
                    output.append(byte)
                    offset += 1
                }
            }
        }
        return output
    }

    /// The offset of the first white space outside strings, or the count.
    private static func firstSpace(in view: ByteView) -> Int {
        var offset = 0
        while offset < view.count {
            let byte = view[offset]
            if byte == UInt8(ascii: "\"") {
                offset = trustedStringEnd(view, at: offset)
            } else if isSpace(byte) {
                return offset
            } else {
                offset += 1
            }
        }
        return offset
    }
}

extension JSONScanner {
    /// What to do with white space between tokens.
    enum Mode {
        case anySpace
        case compact
    }

    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Whether a value that begins so is a number, `true`, `false` or `null`.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "[")
    }

    static func validate(_ view: ByteView, mode: Mode) throws(JSONError) {
        var start = 0
        if mode == .anySpace {
            while start < view.count, isSpace(view[start]) { start += 1 }
        }
        guard start < view.count else { throw .empty }
        var end = try scan(view, at: start, depth: 0, mode: mode)
        while end < view.count, isSpace(view[end]) {
            if mode == .compact { throw .insignificantWhiteSpace(at: end) }
            end += 1
        }
        guard end == view.count else { throw .trailingBytes(at: end) }
    }

    @inline(__always)
    static func unexpected(
        _ view: ByteView,
        _ offset: Int,
        _ mode: Mode = .anySpace
    ) -> JSONError {
        guard offset < view.count else { return .truncated(at: view.count) }
        let byte = view[offset]
        if mode == .compact, isSpace(byte) { return .insignificantWhiteSpace(at: offset) }
        return .unexpectedByte(byte, at: offset)
    }

    /// Moves over white space where it is allowed.
    @inline(__always)
    private static func skip(_ view: ByteView, _ offset: inout Int, _ mode: Mode) {
        guard mode == .anySpace else { return }
        while offset < view.count, isSpace(view[offset]) { offset &+= 1 }
    }

    /// The kinds of the open containers: one bit each, set for objects.
    private struct Stack {
        private var bits: [16 of UInt64] = .init(repeating: 0)
        private(set) var depth = 0
        private(set) var inObject = false

        @inline(__always)
        mutating func push(object: Bool) {
            let bit = UInt64(1) << UInt64(depth & 63)
            if object { bits[depth >> 6] |= bit } else { bits[depth >> 6] &= ~bit }
            depth &+= 1
            inObject = object
        }

        @inline(__always)
        mutating func pop() {
            depth &-= 1
            guard depth > 0 else { return }
            let top = depth &- 1
            inObject = bits[top >> 6] & (1 << UInt64(top & 63)) != 0
        }
    }

    /// Checks one value and returns the offset after it.
    ///
    /// - Parameters:
    ///   - view: the text
    ///   - start: the value's first byte, below `view.count`
    ///   - base: how many containers are open around the value
    ///   - mode: whether white space may stand between tokens
    /// - Returns: The offset after the value.
    /// - Throws: `JSONError`: the first thing that is wrong within the value.
    static func scan(
        _ view: ByteView,
        at start: Int,
        depth base: Int,
        mode: Mode
    ) throws(JSONError) -> Int {
        var offset = start
        var stack = Stack()
        while true {
            // A value begins here.
            guard offset < view.count else { throw .truncated(at: view.count) }
            let byte = view[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset = try scanString(view, at: offset)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard base &+ stack.depth < depthLimit else { throw .tooDeep(at: offset) }
                let object = byte == UInt8(ascii: "{")
                offset &+= 1
                skip(view, &offset, mode)
                guard offset < view.count else { throw .truncated(at: view.count) }
                if view[offset] == (object ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    offset &+= 1
                } else {
                    stack.push(object: object)
                    if object { try scanKey(view, &offset, mode) }
                    continue
                }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                offset = try scanNumber(view, at: offset)
            default:
                offset = try scanLiteral(view, at: offset, mode)
            }
            // A value has ended: close what closes with it.
            while true {
                if stack.depth == 0 { return offset }
                skip(view, &offset, mode)
                guard offset < view.count else { throw .truncated(at: view.count) }
                let next = view[offset]
                if next == UInt8(ascii: ",") {
                    offset &+= 1
                    skip(view, &offset, mode)
                    if stack.inObject { try scanKey(view, &offset, mode) }
                    break
                }
                guard next == (stack.inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw unexpected(view, offset, mode)
                }
                offset &+= 1
                stack.pop()
            }
        }
    }

    /// Moves from a key's quote to the value after its colon.
    @inline(__always)
    private static func scanKey(
        _ view: ByteView,
        _ offset: inout Int,
        _ mode: Mode
    ) throws(JSONError) {
        guard offset < view.count, view[offset] == UInt8(ascii: "\"") else {
            throw unexpected(view, offset, mode)
        }
        offset = try scanString(view, at: offset)
        skip(view, &offset, mode)
        guard offset < view.count, view[offset] == UInt8(ascii: ":") else {
            throw unexpected(view, offset, mode)
        }
        offset &+= 1
        skip(view, &offset, mode)
    }

    private static func scanLiteral(
        _ view: ByteView,
        at start: Int,
        _ mode: Mode
    ) throws(JSONError) -> Int {
        let word: StaticString
        switch view[start] {
        case UInt8(ascii: "t"): word = "true"
        case UInt8(ascii: "f"): word = "false"
        case UInt8(ascii: "n"): word = "null"
        default: throw unexpected(view, start, mode)
        }
        for index in 0..<word.utf8CodeUnitCount {
            guard start + index < view.count else { throw .truncated(at: view.count) }
            // In range: the index is below the literal's length.
            guard unsafe view[start + index] == word.utf8Start[index] else {
                throw .unexpectedByte(view[start + index], at: start + index)
            }
        }
        return start + word.utf8CodeUnitCount
    }

    @inline(__always)
    private static func digits(_ view: ByteView, _ offset: inout Int) -> Bool {
        let start = offset
        while offset < view.count, view[offset] &- UInt8(ascii: "0") < 10 { offset &+= 1 }
        return offset > start
    }

    static func scanNumber(_ view: ByteView, at start: Int) throws(JSONError) -> Int {
        var offset = start
        if view[offset] == UInt8(ascii: "-") { offset &+= 1 }
        guard offset < view.count else { throw .truncated(at: view.count) }
        if view[offset] == UInt8(ascii: "0") {
            offset &+= 1
            if offset < view.count, view[offset] &- UInt8(ascii: "0") < 10 {
                throw .badNumber(at: start)
            }
        } else if !digits(view, &offset) {
            throw .badNumber(at: start)
        }
        if offset < view.count, view[offset] == UInt8(ascii: ".") {
            offset &+= 1
            guard digits(view, &offset) else { throw .badNumber(at: start) }
        }
        if offset < view.count, view[offset] | 0x20 == UInt8(ascii: "e") {
            offset &+= 1
            if offset < view.count,
                view[offset] == UInt8(ascii: "+") || view[offset] == UInt8(ascii: "-")
            {
                offset &+= 1
            }
            guard digits(view, &offset) else { throw .badNumber(at: start) }
        }
        return offset
    }
}
