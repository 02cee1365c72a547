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

extension StringCut {
    /// The last clean cut at or before an offset up to which two contents are the same.
    static func before(_ offset: Int, _ old: ByteView, _ new: ByteView) -> Int {
        var cut = offset
        while cut > 0 {
            if (cut < old.count && old[cut] & 0xC0 == 0x80)
                || (cut < new.count && new[cut] & 0xC0 == 0x80)
            {
                cut -= 1
            } else if let escape = escape(in: old, around: cut) ?? escape(in: new, around: cut) {
                cut = escape.lowerBound
            } else {
                break
            }
        }
        return cut
    }

    /// The longest common tail, at most a given one, that begins at a clean cut of both contents.
    static func tail(_ count: Int, _ old: ByteView, _ new: ByteView, atMost limit: Int) -> Int {
        var tail = min(count, limit)
        while tail > 0 {
            let oldCut = old.count - tail
            let newCut = new.count - tail
            if old[oldCut] & 0xC0 == 0x80 || new[newCut] & 0xC0 == 0x80 {
                tail -= 1
            } else if let escape = escape(in: old, around: oldCut) {
                tail = old.count - escape.upperBound
            } else if let escape = escape(in: new, around: newCut) {
                tail = new.count - escape.upperBound
            } else {
                break
            }
        }
        return max(tail, 0)
    }
}
