// Encodes payloads into a reusable array.

/// Appends little-endian values to an array that it owns.
///
/// Public only because the compiler puts no `package` function into another module.
public struct ByteWriter: Sendable {
    @usableFromInline var storage: [UInt8]

    /// What has been written.
    @inlinable public var bytes: [UInt8] { storage }

    /// Begins empty.
    @inlinable public init(capacity: Int = 0) {
        storage = []
        if capacity > 0 { storage.reserveCapacity(capacity) }
    }

    /// Bytes written so far.
    @inlinable public var count: Int { storage.count }

    /// Forgets the bytes and keeps the memory.
    @inlinable public mutating func removeAll() {
        storage.removeAll(keepingCapacity: true)
    }

    /// Gives the bytes away.
    @inlinable public consuming func finish() -> [UInt8] { storage }

    @inlinable @inline(__always)
    mutating func store<T: FixedWidthInteger>(_ value: T) {
        let little = value.littleEndian
        unsafe Swift.withUnsafeBytes(of: little) { raw in
            unsafe storage.append(contentsOf: raw)
        }
    }

    /// Writes one byte.
    @inlinable public mutating func u8(_ value: UInt8) { storage.append(value) }
    /// Writes two bytes.
    @inlinable public mutating func u16(_ value: UInt16) { store(value) }
    /// Writes four bytes.
    @inlinable public mutating func u32(_ value: UInt32) { store(value) }
    /// Writes eight bytes.
    @inlinable public mutating func u64(_ value: UInt64) { store(value) }
    /// Writes eight bytes.
    @inlinable public mutating func i64(_ value: Int64) { store(value) }

    /// Writes a LEB128 number.
    @inlinable public mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            storage.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        storage.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a count or length as varint.
    @inlinable public mutating func varint(_ value: Int) {
        varint(UInt64(value))
    }

    /// Writes a signed number as zigzag varint.
    @inlinable public mutating func zigzag(_ value: Int64) {
        varint(UInt64(bitPattern: (value &<< 1) ^ (value >> 63)))
    }

    /// Writes bytes as they are.
    @inlinable public mutating func raw(_ value: RawSpan) {
        unsafe value.withUnsafeBytes { unsafe storage.append(contentsOf: $0) }
    }

    /// Writes bytes as they are.
    @inlinable public mutating func raw(_ value: [UInt8]) {
        storage.append(contentsOf: value)
    }

    /// Writes bytes as they are.
    @inlinable public mutating func raw(_ value: UnsafeRawBufferPointer) {
        unsafe storage.append(contentsOf: value)
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
            unsafe storage.append(contentsOf: text)
        }
    }
}
