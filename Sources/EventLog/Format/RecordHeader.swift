// The 32 bytes before each payload: log.md 4.

/// Byte offsets of the record header.
package enum RecordLayout {
    /// CRC of bytes 4 to 31.
    package static let headerCRC = 0
    /// CRC of the stored payload.
    package static let payloadCRC = headerCRC + 4
    /// Stored bytes without padding.
    package static let payloadLength = payloadCRC + 4
    /// Record type.
    package static let type = payloadLength + 4
    /// Codec and grouping.
    package static let flags = type + 1
    /// Low bits of the session number.
    package static let session = flags + 1
    /// Sequence number.
    package static let seq = session + 2
    /// Nanoseconds since 1970.
    package static let time = seq + 8
    /// Bytes of the header.
    package static let size = time + 8

    /// Bytes of a record with its padding.
    package static func stride(payloadLength: Int) -> Int {
        (size + payloadLength + 7) & ~7
    }
}

/// What a record says about itself.
package struct RecordHeader: Equatable, Sendable {
    /// CRC of the stored payload.
    package var payloadCRC: UInt32
    /// Stored bytes without padding.
    package var payloadLength: UInt32
    /// Record type.
    package var type: RecordType
    /// Codec and grouping.
    package var flags: RecordFlags
    /// Low 16 bits of the writer's session number.
    package var session: UInt16
    /// Sequence number in the branch, from 1.
    package var sequence: UInt64
    /// Nanoseconds since 1970 UTC.
    package var time: Int64

    /// Makes a header of its fields.
    package init(
        payloadCRC: UInt32 = 0,
        payloadLength: UInt32,
        type: RecordType,
        flags: RecordFlags = [],
        session: UInt16,
        sequence: UInt64,
        time: Int64
    ) {
        self.payloadCRC = payloadCRC
        self.payloadLength = payloadLength
        self.type = type
        self.flags = flags
        self.session = session
        self.sequence = sequence
        self.time = time
    }

    /// Bytes of the record on disk, padding included.
    @inlinable package var stride: Int { (32 + Int(payloadLength) + 7) & ~7 }

    /// Writes 32 bytes at `target`, with the CRC under `salt`: the fields of `RecordLayout` as four
    /// words.
    @inline(__always)
    func store(to target: UnsafeMutableRawPointer, salt: UInt32) {
        let kind = UInt64(type.rawValue) | UInt64(flags.rawValue) << 8 | UInt64(session) << 16
        let second = UInt64(payloadLength) | kind << 32
        let instant = UInt64(bitPattern: time)
        let crc = CRC32C.checksum(seed: salt, payloadCRC, second, sequence, instant)
        let first = UInt64(crc) | UInt64(payloadCRC) << 32
        unsafe target.storeBytes(of: first.littleEndian, as: UInt64.self)
        unsafe target.storeBytes(of: second.littleEndian, toByteOffset: 8, as: UInt64.self)
        unsafe target.storeBytes(of: sequence.littleEndian, toByteOffset: 16, as: UInt64.self)
        unsafe target.storeBytes(of: instant.littleEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// The 32 bytes, with the CRC under `salt`.
    package func encoded(salt: UInt32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: RecordLayout.size)
        unsafe bytes.withUnsafeMutableBytes { target in
            if let base = target.baseAddress { unsafe store(to: base, salt: salt) }
        }
        return bytes
    }

    /// Reads 32 bytes at `source` without judging them.
    @inline(__always)
    init(loading source: UnsafeRawPointer) {
        typealias Layout = RecordLayout
        unsafe payloadCRC = UInt32(
            littleEndian: source.loadUnaligned(fromByteOffset: Layout.payloadCRC, as: UInt32.self)
        )
        unsafe payloadLength = UInt32(
            littleEndian: source.loadUnaligned(
                fromByteOffset: Layout.payloadLength,
                as: UInt32.self
            )
        )
        unsafe type = RecordType(
            rawValue: source.load(fromByteOffset: Layout.type, as: UInt8.self)
        )
        unsafe flags = RecordFlags(
            rawValue: source.load(fromByteOffset: Layout.flags, as: UInt8.self)
        )
        unsafe session = UInt16(
            littleEndian: source.loadUnaligned(fromByteOffset: Layout.session, as: UInt16.self)
        )
        unsafe sequence = UInt64(
            littleEndian: source.loadUnaligned(fromByteOffset: Layout.seq, as: UInt64.self)
        )
        unsafe time = Int64(
            littleEndian: source.loadUnaligned(fromByteOffset: Layout.time, as: Int64.self)
        )
    }

    /// Whether the 32 bytes at `source` are a valid header under `salt`: log.md 4.
    @inline(__always)
    static func isValid(_ source: UnsafeRawPointer, salt: UInt32) -> Bool {
        // The cheap tests come first: they reject nearly all that is not a header.
        let type = unsafe source.load(fromByteOffset: RecordLayout.type, as: UInt8.self)
        let flags = unsafe source.load(fromByteOffset: RecordLayout.flags, as: UInt8.self)
        let length = unsafe UInt32(
            littleEndian: source.loadUnaligned(
                fromByteOffset: RecordLayout.payloadLength,
                as: UInt32.self
            )
        )
        guard type != 0, RecordFlags(rawValue: flags).isValid,
            length <= UInt32(Limits.storedPayload)
        else { return false }
        let stored = unsafe UInt32(littleEndian: source.loadUnaligned(as: UInt32.self))
        return unsafe stored
            == CRC32C.checksum(
                seed: salt,
                UnsafeRawBufferPointer(start: source + 4, count: RecordLayout.size - 4)
            )
    }
}
