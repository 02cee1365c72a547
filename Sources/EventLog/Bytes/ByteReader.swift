// A cursor over untrusted bytes: one check, then unchecked loads.

/// Why bytes could not be understood, and where.
public enum FormatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes end before the value does.
    case truncated(offset: Int)
    /// A value that the format does not allow.
    case invalid(offset: Int)
    /// A length or count above the limit of the format.
    case tooLarge(offset: Int)

    /// What is wrong, and at which byte.
    public var description: String {
        switch self {
        case .truncated(let offset): "the bytes end inside the value at \(offset)"
        case .invalid(let offset): "the value at \(offset) is not allowed"
        case .tooLarge(let offset): "the value at \(offset) is above the limit of the format"
        }
    }
}

/// Reads little-endian values one after the other.
///
/// Public, as `ByteWriter`, only because the compiler puts no `package` function into another
/// module.
public struct ByteReader: ~Escapable {
    @usableFromInline let span: RawSpan
    @usableFromInline var at: Int

    /// The offset of the next byte, counted from the first.
    @inlinable public var offset: Int { at }

    /// Begins at the first byte.
    @inlinable @_lifetime(copy span)
    public init(_ span: RawSpan) {
        self.span = span
        at = 0
    }

    /// Bytes not read yet.
    @inlinable public var remaining: Int { span.byteCount &- at }

    /// Whether every byte has been read.
    @inlinable public var isAtEnd: Bool { remaining == 0 }

    @inlinable @inline(__always) @_lifetime(self: copy self)
    mutating func load<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type
    ) throws(FormatError) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw .truncated(offset: at) }
        // The check above covers the whole load.
        let value = unsafe span.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: T.self)
        at &+= size
        return T(littleEndian: value)
    }

    /// Reads one byte.
    @inlinable @_lifetime(self: copy self)
    public mutating func u8() throws(FormatError) -> UInt8 { try load(UInt8.self) }

    /// Reads two bytes.
    @inlinable @_lifetime(self: copy self)
    public mutating func u16() throws(FormatError) -> UInt16 { try load(UInt16.self) }

    /// Reads four bytes.
    @inlinable @_lifetime(self: copy self)
    public mutating func u32() throws(FormatError) -> UInt32 { try load(UInt32.self) }

    /// Reads eight bytes.
    @inlinable @_lifetime(self: copy self)
    public mutating func u64() throws(FormatError) -> UInt64 { try load(UInt64.self) }

    /// Reads eight bytes as a signed number.
    @inlinable @_lifetime(self: copy self)
    public mutating func i64() throws(FormatError) -> Int64 { try load(Int64.self) }

    /// Reads a LEB128 number of at most 10 bytes.
    @inlinable @_lifetime(self: copy self)
    public mutating func varint() throws(FormatError) -> UInt64 {
        let start = at
        let first = try u8()
        if first < 0x80 { return UInt64(first) }
        var value = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        while true {
            guard remaining > 0 else { throw .truncated(offset: start) }
            let byte = try u8()
            // The tenth byte holds the one bit that is left of 64.
            if shift == 63, byte > 1 { throw .invalid(offset: start) }
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
    }

    /// Reads a signed number as zigzag varint.
    @inlinable @_lifetime(self: copy self)
    public mutating func zigzag() throws(FormatError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// Reads the number of a step as zigzag varint.
    ///
    /// - Throws: `FormatError`, also for one beyond `Limits.step`.
    @_lifetime(self: copy self)
    public mutating func step() throws(FormatError) -> Int64 {
        let step = try zigzag()
        guard Limits.isStep(step) else { throw .invalid(offset: at) }
        return step
    }

    /// Reads a varint that counts bytes or things and must not exceed `limit`.
    @inlinable @_lifetime(self: copy self)
    public mutating func count(limit: Int) throws(FormatError) -> Int {
        let start = at
        let value = try varint()
        guard value <= UInt64(limit) else { throw .tooLarge(offset: start) }
        return Int(value)
    }

    /// Reads `count` bytes without copying them.
    @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
    public mutating func bytes(_ count: Int) throws(FormatError) -> RawSpan {
        guard count >= 0, remaining >= count else { throw .truncated(offset: at) }
        let part = span.extracting(at..<at &+ count)
        at &+= count
        return part
    }

    /// Reads a varint length and that many bytes.
    @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
    public mutating func string() throws(FormatError) -> RawSpan {
        let start = at
        let length = try varint()
        guard length <= UInt64(remaining) else { throw .truncated(offset: start) }
        return try bytes(Int(length))
    }

    /// Everything not read yet.
    @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
    public mutating func rest() -> RawSpan {
        let part = span.extracting(at..<span.byteCount)
        at = span.byteCount
        return part
    }
}

extension RawSpan {
    /// A copy of the bytes.
    @inlinable public var array: [UInt8] {
        unsafe withUnsafeBytes { unsafe [UInt8]($0) }
    }
}

extension [UInt8] {
    /// The bytes of the array, borrowed.
    @inlinable public var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get {
            // Bytes have no padding: every one of them is initialised.
            unsafe span.bytes
        }
    }
}
