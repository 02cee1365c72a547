// Codec 1: varint raw length, then one LZ4 block. See log.md 4.

/// Compresses payloads into one reused buffer.
package struct CodecBuffer: ~Copyable, Sendable {
    private var buffer: AlignedBuffer

    /// Makes an empty one; it grows with the payloads.
    package init() {
        buffer = AlignedBuffer(capacity: 16 << 10)
    }

    /// The stored form of a payload, valid until the next call; nil when it saves no eighth.
    mutating func compress(_ payload: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard payload.count >= Limits.compressedFrom else { return nil }
        let needed = payload.count + 16
        if buffer.capacity < needed { buffer = AlignedBuffer(capacity: needed) }
        var at = 0
        var rest = UInt64(payload.count)
        while rest >= 0x80 {
            unsafe buffer.base.storeBytes(
                of: UInt8(truncatingIfNeeded: rest) | 0x80,
                toByteOffset: at,
                as: UInt8.self
            )
            rest >>= 7
            at += 1
        }
        unsafe buffer.base.storeBytes(of: UInt8(rest), toByteOffset: at, as: UInt8.self)
        at += 1
        // The target's size is the limit that makes it worth while: liblz4 gives up beyond it.
        let limit = payload.count - payload.count / 8
        guard
            let written = unsafe LZ4.compressBlock(
                payload,
                into: buffer.mutableBytes(at..<max(at, limit))
            )
        else { return nil }
        return unsafe buffer.bytes(0..<at + written)
    }

    /// The stored form as an array, for rare records.
    static func compressed(_ payload: RawSpan) -> [UInt8]? {
        var codec = CodecBuffer()
        return unsafe payload.withUnsafeBytes { bytes in
            unsafe codec.compress(bytes).map { unsafe [UInt8]($0) }
        }
    }
}
