// Encodes payloads into a reusable array.

/// Appends little-endian values to an array that it owns.
package struct ByteWriter: Sendable {
    /// What has been written.
    @usableFromInline package private(set) var bytes: [UInt8]

    /// Begins empty.
    @inlinable package init(capacity: Int = 0) {
        bytes = []
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// Bytes written so far.
    @inlinable package var count: Int { bytes.count }

    /// Forgets the bytes and keeps the memory.
    @inlinable package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Gives the bytes away.
    @inlinable package consuming func finish() -> [UInt8] { bytes }

    @inlinable @inline(__always)
    mutating func store<T: FixedWidthInteger>(_ value: T) {
        let little = value.littleEndian
        unsafe Swift.withUnsafeBytes(of: little) { raw in
            unsafe bytes.append(contentsOf: raw)
        }
    }

    /// Writes one byte.
    @inlinable package mutating func u8(_ value: UInt8) { bytes.append(value) }
    /// Writes two bytes.
    @inlinable package mutating func u16(_ value: UInt16) { store(value) }
    /// Writes four bytes.
    @inlinable package mutating func u32(_ value: UInt32) { store(value) }
    /// Writes eight bytes.
    @inlinable package mutating func u64(_ value: UInt64) { store(value) }
    /// Writes eight bytes.
    @inlinable package mutating func i64(_ value: Int64) { store(value) }

    /// Writes a LEB128 number.
    @inlinable package mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a count or length as varint.
    @inlinable package mutating func varint(_ value: Int) {
        varint(UInt64(value))
    }

    /// Writes a signed number as zigzag varint.
    @inlinable package mutating func zigzag(_ value: Int64) {
        varint(UInt64(bitPattern: (value &<< 1) ^ (value >> 63)))
    }

    /// Writes bytes as they are.
    @inlinable package mutating func raw(_ value: RawSpan) {
        unsafe value.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Writes bytes as they are.
    @inlinable package mutating func raw(_ value: [UInt8]) {
        bytes.append(contentsOf: value)
    }

    /// Writes bytes as they are.
    @inlinable package mutating func raw(_ value: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: value)
    }

    /// Writes a varint length and the bytes.
    @inlinable package mutating func string(_ value: RawSpan) {
        varint(value.byteCount)
        raw(value)
    }

    /// Writes a varint length and the bytes.
    @inlinable package mutating func string(_ value: [UInt8]) {
        varint(value.count)
        raw(value)
    }

    /// Writes a varint length and the UTF-8 of the text.
    @inlinable package mutating func string(_ value: String) {
        var copy = value
        copy.withUTF8 { text in
            varint(text.count)
            unsafe bytes.append(contentsOf: text)
        }
    }
}
