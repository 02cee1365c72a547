// SPDX-License-Identifier: Apache-2.0

/// Where the text between a string's quotes can be cut: not within an escape or a UTF-8 sequence.
enum StringCut {
    /// Whether an offset of a valid string content is between two characters as written.
    static func isClean(_ content: ByteView, _ offset: Int) -> Bool {
        if offset < content.count, content[offset] & 0xC0 == 0x80 { return false }
        return escape(in: content, around: offset) == nil
    }

    /// The escape of which an offset lies within, if any.
    static func escape(in content: ByteView, around offset: Int) -> Range<Int>? {
        var start = offset - 1
        while start >= 0, start > offset - 6 {
            if content[start] == UInt8(ascii: "\\") {
                var run = start
                while run > 0, content[run - 1] == UInt8(ascii: "\\") { run -= 1 }
                // Within a run of backslashes every other one begins an escape.
                let first = (start - run) % 2 == 0 ? start : start - 1
                let isLong = first + 1 < content.count && content[first + 1] == UInt8(ascii: "u")
                let end = first + (isLong ? 6 : 2)
                return end > offset ? first..<end : nil
            }
            start -= 1
        }
        return nil
    }
}
