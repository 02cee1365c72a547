// Encodes payloads into memory that is used again.

/// Appends little-endian values to memory that it owns.
///
/// Public only because the compiler puts no `package` function into another module.
@safe
public struct ByteWriter: ~Copyable, Sendable {
    // Safety: owned by this value alone and freed with it; `count` bytes of it are written.
    @usableFromInline nonisolated(unsafe) var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var written = 0

    /// Bytes written so far.
    @inlinable public var count: Int { written }

    /// Begins empty.
    public init(capacity: Int = 0) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit {
        unsafe base.deallocate()
    }

    /// What has been written, valid until the next change.
    public var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get {
            // `count` bytes are written.
            unsafe RawSpan(_unsafeStart: base, byteCount: count)
        }
    }

    /// A copy of what has been written.
    public var bytes: [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Forgets the bytes and keeps the memory.
    @inlinable public mutating func removeAll() {
        written = 0
    }

    /// Gives the bytes away.
    public consuming func finish() -> [UInt8] { bytes }

    @inline(never)
    @usableFromInline mutating func grow(_ more: Int) {
        let larger = max(count + more, capacity * 2)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe fresh.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = fresh
        capacity = larger
    }

    /// Where the next `size` bytes go.
    @inlinable @inline(__always)
    mutating func room(_ size: Int) -> UnsafeMutableRawPointer {
        if count &+ size > capacity { grow(size) }
        defer { written &+= size }
        // There is room for `size` bytes behind those written.
        return unsafe base + count
    }

    @inlinable @inline(__always)
    mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        unsafe room(MemoryLayout<T>.size).storeBytes(of: value.littleEndian, as: T.self)
    }

    /// Writes one byte.
    @inlinable public mutating func u8(_ value: UInt8) { store(value) }
    /// Writes two bytes.
    @inlinable public mutating func u16(_ value: UInt16) { store(value) }
    /// Writes four bytes.
    @inlinable public mutating func u32(_ value: UInt32) { store(value) }
    /// Writes eight bytes.
    @inlinable public mutating func u64(_ value: UInt64) { store(value) }
    /// Writes eight bytes.
    @inlinable public mutating func i64(_ value: Int64) { store(value) }

    /// Writes a LEB128 number.
    @inlinable @inline(__always)
    public mutating func varint(_ value: UInt64) {
        if value < 0x80 { store(UInt8(truncatingIfNeeded: value)) } else { longVarint(value) }
    }

    @inlinable @inline(never)
    mutating func longVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            store(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        store(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a count or length as varint.
    @inlinable @inline(__always)
    public mutating func varint(_ value: Int) {
        varint(UInt64(value))
    }

    /// Writes a signed number as zigzag varint.
    @inlinable @inline(__always)
    public mutating func zigzag(_ value: Int64) {
        varint(UInt64(bitPattern: (value &<< 1) ^ (value >> 63)))
    }

    /// Writes the decimal text of a number.
    @inlinable public mutating func decimal(_ value: Int) {
        decimal(value, length: value.decimalLength)
    }

    /// Writes a varint length and the decimal text of a number.
    @inlinable public mutating func decimalString(_ value: Int) {
        let length = value.decimalLength
        varint(length)
        decimal(value, length: length)
    }

    @inlinable @inline(__always)
    mutating func decimal(_ value: Int, length: Int) {
        let target = unsafe room(length)
        var rest = value.magnitude
        var place = length
        // `length` is the number of digits, and of the sign.
        while rest >= 10 {
            let quotient = rest / 100
            let pair = rest &- quotient &* 100
            // A tenth of a number below 100.
            let tens = (pair &* 103) &>> 10
            let digits = 0x3030 &+ tens &+ ((pair &- tens &* 10) &<< 8)
            place &-= 2
            unsafe target.storeBytes(
                of: UInt16(truncatingIfNeeded: digits).littleEndian,
                toByteOffset: place,
                as: UInt16.self
            )
            rest = quotient
        }
        if place > (value < 0 ? 1 : 0) {
            let digit = UInt8(truncatingIfNeeded: 48 &+ rest)
            unsafe target.storeBytes(of: digit, toByteOffset: place &- 1, as: UInt8.self)
        }
        if value < 0 { unsafe target.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self) }
    }

    /// Writes bytes as they are.
    @inlinable public mutating func raw(_ value: RawSpan) {
        unsafe value.withUnsafeBytes { unsafe raw($0) }
    }

    /// Writes bytes as they are.
    @inlinable public mutating func raw(_ value: [UInt8]) {
        unsafe value.withUnsafeBytes { unsafe raw($0) }
    }

    /// Writes bytes as they are.
    @inlinable public mutating func raw(_ value: UnsafeRawBufferPointer) {
        guard let start = value.baseAddress else { return }
        unsafe room(value.count).copyMemory(from: start, byteCount: value.count)
    }

    /// Writes what another writer has written.
    @inlinable public mutating func raw(_ other: borrowing ByteWriter) {
        unsafe room(other.count).copyMemory(from: other.base, byteCount: other.count)
    }

    /// Writes a varint length and the bytes.
    @inlinable public mutating func string(_ value: RawSpan) {
        varint(value.byteCount)
        raw(value)
    }

    /// Writes a varint length and the bytes.
    @inlinable public mutating func string(_ value: [UInt8]) {
        varint(value.count)
        raw(value)
    }

    /// Writes a varint length and the UTF-8 of the text.
    @inlinable public mutating func string(_ value: String) {
        var copy = value
        copy.withUTF8 { text in
            varint(text.count)
            unsafe raw(UnsafeRawBufferPointer(text))
        }
    }
}

extension Int {
    /// The bytes of its decimal text.
    @inlinable public var decimalLength: Int {
        var length = self < 0 ? 2 : 1
        var rest = magnitude
        while rest >= 10_000 {
            rest /= 10_000
            length += 4
        }
        return rest >= 100 ? length + (rest >= 1_000 ? 3 : 2) : length + (rest >= 10 ? 1 : 0)
    }
}
