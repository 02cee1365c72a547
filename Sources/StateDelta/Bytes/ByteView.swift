// SPDX-License-Identifier: Apache-2.0

/// A borrowed run of bytes.
///
/// The one place of the module where raw memory is read. A view is valid while its source is
/// borrowed or kept alive unchanged; it never leaves the call that made it.
@safe
struct ByteView {
    private let base: UnsafeRawPointer
    let count: Int

    /// What an empty view points at.
    // Safety: written never, read never; only its address is used.
    private nonisolated(unsafe) static let nowhere = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    )

    @inline(__always)
    init(_ buffer: UnsafeRawBufferPointer) {
        unsafe base = unsafe buffer.baseAddress ?? ByteView.nowhere
        count = buffer.count
    }

    @inline(__always)
    init(base: UnsafeRawPointer, count: Int) {
        unsafe self.base = base
        self.count = count
    }

    @inline(__always)
    subscript(_ offset: Int) -> UInt8 {
        assert(offset >= 0 && offset < count)
        // In range: every caller compares with `count` first; debug builds check it.
        return unsafe base.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes from an offset, the first in the lowest bits.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        assert(offset >= 0 && offset + 8 <= count)
        // In range as above.
        return unsafe UInt64(
            littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        )
    }

    @inline(__always)
    func slice(_ start: Int, _ end: Int) -> ByteView {
        assert(start >= 0 && start <= end && end <= count)
        // In range as above.
        return unsafe ByteView(base: base + start, count: end - start)
    }

    @inline(__always)
    func slice(_ range: Range<Int>) -> ByteView {
        slice(range.lowerBound, range.upperBound)
    }

    /// The view as a span, for calls that want one.
    var span: RawSpan {
        @_lifetime(borrow self)
        get {
            // The bytes are there as long as the view may be used.
            unsafe RawSpan(_unsafeStart: base, byteCount: count)
        }
    }

    var array: [UInt8] {
        // The buffer covers exactly this view.
        unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    @inline(__always)
    func append(to output: inout [UInt8]) {
        // The buffer covers exactly this view.
        unsafe output.append(contentsOf: UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Copies the view to memory that has room for it.
    @inline(__always)
    func copy(to target: UnsafeMutableRawPointer) {
        unsafe target.copyMemory(from: base, byteCount: count)
    }

    @inline(__always)
    static func == (left: ByteView, right: ByteView) -> Bool {
        left.count == right.count && left.commonPrefix(right) == left.count
    }

    /// Whether this view stands in `other` at an offset.
    @inline(__always)
    func stands(in other: ByteView, at offset: Int) -> Bool {
        guard offset >= 0, count <= other.count - offset else { return false }
        return self == other.slice(offset, offset + count)
    }

    /// How many leading bytes two views share.
    ///
    /// - Complexity: 64 bytes per turn.
    func commonPrefix(_ other: ByteView) -> Int {
        let limit = min(count, other.count)
        var offset = 0
        while offset &+ 64 <= limit {
            var difference = word(offset) ^ other.word(offset)
            difference |= word(offset &+ 8) ^ other.word(offset &+ 8)
            difference |= word(offset &+ 16) ^ other.word(offset &+ 16)
            difference |= word(offset &+ 24) ^ other.word(offset &+ 24)
            difference |= word(offset &+ 32) ^ other.word(offset &+ 32)
            difference |= word(offset &+ 40) ^ other.word(offset &+ 40)
            difference |= word(offset &+ 48) ^ other.word(offset &+ 48)
            difference |= word(offset &+ 56) ^ other.word(offset &+ 56)
            if difference != 0 { break }
            offset &+= 64
        }
        while offset &+ 8 <= limit {
            let difference = word(offset) ^ other.word(offset)
            if difference != 0 { return offset &+ difference.trailingZeroBitCount >> 3 }
            offset &+= 8
        }
        while offset < limit, self[offset] == other[offset] { offset &+= 1 }
        return offset
    }

    /// How many trailing bytes two views share, at most `limit`.
    ///
    /// - Complexity: 64 bytes per turn.
    func commonSuffix(_ other: ByteView, limit: Int) -> Int {
        var done = 0
        while done &+ 64 <= limit {
            let mine = count &- done &- 64
            let theirs = other.count &- done &- 64
            var difference = word(mine) ^ other.word(theirs)
            difference |= word(mine &+ 8) ^ other.word(theirs &+ 8)
            difference |= word(mine &+ 16) ^ other.word(theirs &+ 16)
            difference |= word(mine &+ 24) ^ other.word(theirs &+ 24)
            difference |= word(mine &+ 32) ^ other.word(theirs &+ 32)
            difference |= word(mine &+ 40) ^ other.word(theirs &+ 40)
            difference |= word(mine &+ 48) ^ other.word(theirs &+ 48)
            difference |= word(mine &+ 56) ^ other.word(theirs &+ 56)
            if difference != 0 { break }
            done &+= 64
        }
        while done &+ 8 <= limit {
            let difference = word(count &- done &- 8) ^ other.word(other.count &- done &- 8)
            if difference != 0 { return done &+ difference.leadingZeroBitCount >> 3 }
            done &+= 8
        }
        while done < limit, self[count &- done &- 1] == other[other.count &- done &- 1] {
            done &+= 1
        }
        return done
    }

    /// A hash for tables of keys.
    ///
    /// Keys that collide on purpose make a table slow, not wrong.
    @inline(__always)
    var keyHash: UInt32 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset &+ 8 <= count {
            hash = (hash ^ word(offset)) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash >> 32
            offset &+= 8
        }
        var tail: UInt64 = 0
        while offset < count {
            tail = tail << 8 | UInt64(self[offset])
            offset &+= 1
        }
        hash = (hash ^ tail) &* 0xD6E8_FEB8_6659_FD93
        hash ^= hash >> 32
        return UInt32(truncatingIfNeeded: hash)
    }
}

extension [UInt8] {
    /// Lends the array's bytes.
    @inline(__always)
    func withView<Result, Failure: Error>(
        _ body: (ByteView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // `UnsafeBufferPointer` keeps typed throws; the view does not outlive the call.
        try unsafe withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
            try unsafe body(ByteView(UnsafeRawBufferPointer(buffer)))
        }
    }
}

extension RawSpan {
    /// Lends the span's bytes.
    @inline(__always)
    func withView<Result, Failure: Error>(
        _ body: (ByteView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The view does not outlive the call.
        try unsafe withUnsafeBytes { (buffer) throws(Failure) -> Result in
            try unsafe body(ByteView(buffer))
        }
    }
}
