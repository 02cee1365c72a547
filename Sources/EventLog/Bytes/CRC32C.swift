// CRC-32C, the checksum of headers and payloads.

internal import CSystem

/// CRC-32C (Castagnoli), by the processor's instruction where there is one.
package enum CRC32C {
    /// The checksum of `bytes`; `seed` is the checksum of what came before, or a salt.
    ///
    /// - Complexity: about 0.1 ns per byte up to 768 bytes, less above; no allocation.
    package static func checksum(seed: UInt32 = 0, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let base = bytes.baseAddress else { return seed }
        return unsafe csystem_crc32c(seed, base, bytes.count)
    }

    /// The checksum of a header's 28 bytes behind its own checksum, from its words.
    @inline(__always)
    static func checksum(
        seed: UInt32,
        _ first: UInt32,
        _ second: UInt64,
        _ third: UInt64,
        _ fourth: UInt64
    ) -> UInt32 {
        csystem_crc32c_words(seed, first, second, third, fourth)
    }

    /// The checksum of the bytes of a span.
    package static func checksum(seed: UInt32 = 0, _ bytes: RawSpan) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe checksum(seed: seed, $0) }
    }

    /// The checksum from tables only, to hold the instruction against.
    package static func tableChecksum(seed: UInt32 = 0, _ bytes: RawSpan) -> UInt32 {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return seed }
            return unsafe csystem_crc32c_table(seed, base, bytes.count)
        }
    }
}
