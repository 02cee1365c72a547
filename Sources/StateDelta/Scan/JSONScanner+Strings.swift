// SPDX-License-Identifier: Apache-2.0

/// Strings within JSON text: eight bytes at a time where nothing special stands.
extension JSONScanner {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// A mask whose lowest set bit marks the first quote, backslash, control or non-ASCII byte.
    ///
    /// Higher bits may be wrong: a borrow runs only upwards from a true hit.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let slash = word ^ (ones &* 0x5C)
        let control = (word &- ones &* 0x20) & ~word
        return ((quote &- ones) & ~quote | (slash &- ones) & ~slash | control | word) & highs
    }

    /// As `special`, but only quotes and backslashes: enough in text that was checked before.
    @inline(__always)
    private static func quoteOrSlash(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let slash = word ^ (ones &* 0x5C)
        return ((quote &- ones) & ~quote | (slash &- ones) & ~slash) & highs
    }

    /// Checks the string whose quote stands at `start`; returns the offset after its end quote.
    @inline(__always)
    static func scanString(_ view: ByteView, at start: Int) throws(JSONError) -> Int {
        let end = try scanContent(view, from: start &+ 1)
        guard end < view.count else { throw .truncated(at: view.count) }
        return end &+ 1
    }

    /// Checks what may stand between quotes; returns the offset of the first quote or the count.
    static func scanContent(_ view: ByteView, from start: Int) throws(JSONError) -> Int {
        var offset = start
        while true {
            while offset &+ 8 <= view.count {
                let mask = special(view.word(offset))
                if mask != 0 {
                    offset &+= mask.trailingZeroBitCount >> 3
                    break
                }
                offset &+= 8
            }
            guard offset < view.count else { return offset }
            let byte = view[offset]
            if byte == UInt8(ascii: "\"") { return offset }
            if byte == UInt8(ascii: "\\") {
                offset = try scanEscape(view, at: offset)
            } else if byte >= 0x80 {
                repeat {
                    let length = utf8Length(view, at: offset)
                    guard length > 0 else { throw .badUTF8(at: offset) }
                    offset &+= length
                } while offset < view.count && view[offset] >= 0x80
            } else if byte < 0x20 {
                throw .controlCharacter(at: offset)
            } else {
                offset &+= 1
            }
        }
    }

    /// Checks the escape at `start`; returns the offset after it.
    static func scanEscape(_ view: ByteView, at start: Int) throws(JSONError) -> Int {
        guard start + 1 < view.count else { throw .truncated(at: view.count) }
        switch view[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            for index in start + 2..<start + 6 {
                guard index < view.count else { throw .truncated(at: view.count) }
                guard hexDigit(view[index]) != nil else { throw .badEscape(at: start) }
            }
            return start + 6
        default:
            throw .badEscape(at: start)
        }
    }

    @inline(__always)
    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The length of the UTF-8 sequence at an offset, or 0 where there is none.
    @inline(__always)
    static func utf8Length(_ view: ByteView, at offset: Int) -> Int {
        let (length, isWhole) = utf8Subpart(view, at: offset)
        return isWhole ? length : 0
    }

    /// The longest begin of a UTF-8 sequence at an offset (at least one byte), and whether it is
    /// whole.
    ///
    /// This is the maximal subpart of the Unicode standard, chapter 3, table 3-7.
    static func utf8Subpart(_ view: ByteView, at offset: Int) -> (length: Int, isWhole: Bool) {
        let lead = view[offset]
        if lead < 0x80 { return (1, true) }
        guard lead >= 0xC2, lead <= 0xF4 else { return (1, false) }
        let needed = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch lead {
        case 0xE0: low = 0xA0
        case 0xED: high = 0x9F
        case 0xF0: low = 0x90
        case 0xF4: high = 0x8F
        default: break
        }
        var length = 1
        while length < needed {
            guard offset &+ length < view.count else { return (length, false) }
            let byte = view[offset &+ length]
            guard byte >= low, byte <= high else { return (length, false) }
            low = 0x80
            high = 0xBF
            length &+= 1
        }
        return (length, true)
    }

    /// The offset after the string that begins at `start`, in checked text.
    @inline(__always)
    static func trustedStringEnd(_ view: ByteView, at start: Int) -> Int {
        var offset = start &+ 1
        while true {
            while offset &+ 8 <= view.count {
                let mask = quoteOrSlash(view.word(offset))
                if mask != 0 {
                    offset &+= mask.trailingZeroBitCount >> 3
                    break
                }
                offset &+= 8
            }
            guard offset < view.count else { return view.count }
            switch view[offset] {
            case UInt8(ascii: "\""): return offset &+ 1
            case UInt8(ascii: "\\"): offset &+= 2
            default: offset &+= 1
            }
        }
    }

    /// The offset after the value that begins at `start`, in checked compact text.
    static func trustedEnd(_ view: ByteView, at start: Int) -> Int {
        var offset = start
        var depth = 0
        while offset < view.count {
            switch view[offset] {
            case UInt8(ascii: "\""):
                offset = trustedStringEnd(view, at: offset)
                if depth == 0 { return offset }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth &+= 1
                offset &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // At depth 0 this closes what is around a number or a literal.
                if depth == 0 { return offset }
                depth &-= 1
                offset &+= 1
                if depth == 0 { return offset }
            case UInt8(ascii: ","):
                if depth == 0 { return offset }
                offset &+= 1
            default:
                offset &+= 1
            }
        }
        return min(offset, view.count)
    }

    /// Replaces what is not UTF-8 by U+FFFD, one per maximal subpart.
    ///
    /// - Returns: The repaired bytes (the same array where nothing was wrong) and how many
    ///   replacements were made.
    /// - Complexity: linear.
    package static func repairUTF8(_ bytes: [UInt8]) -> (bytes: [UInt8], replaced: Int) {
        bytes.withView { view in
            var output: [UInt8] = []
            var replaced = 0
            var copied = 0
            var offset = 0
            while offset < view.count {
                if offset + 8 <= view.count, view.word(offset) & highs == 0 {
                    offset += 8
                    continue
                }
                let (length, isWhole) = utf8Subpart(view, at: offset)
                if !isWhole {
                    view.slice(copied, offset).append(to: &output)
                    output.append(contentsOf: [0xEF, 0xBF, 0xBD])
                    replaced += 1
                    copied = offset + length
                }
                offset += length
            }
            guard replaced > 0 else { return (bytes, 0) }
            view.slice(copied, view.count).append(to: &output)
            return (output, replaced)
        }
    }
}
