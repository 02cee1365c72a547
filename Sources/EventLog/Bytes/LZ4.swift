// LZ4 blocks for payloads, LZ4 frames for snapshots.

internal import CLZ4
internal import Glibc

/// Compression by liblz4.
///
/// Decompression never trusts a length it reads.
package enum LZ4 {
    /// The compressed bytes could not be decoded.
    package struct Failure: Error, Equatable, Sendable {
        /// Makes the error.
        package init() {}
    }

    /// The most bytes a block of `count` raw bytes can take.
    package static func bound(_ count: Int) -> Int {
        Int(LZ4_compressBound(Int32(clamping: count)))
    }

    /// Compresses into `target`.
    ///
    /// - Returns: the bytes written, or nil when `target` is too small.
    package static func compressBlock(
        _ source: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let written = unsafe LZ4_compress_default(
            source.baseAddress?.assumingMemoryBound(to: CChar.self),
            target.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(clamping: source.count),
            Int32(clamping: target.count)
        )
        return written > 0 ? Int(written) : nil
    }

    /// Compresses into a new array.
    package static func compressBlock(_ source: RawSpan) -> [UInt8] {
        let capacity = bound(source.byteCount)
        return unsafe source.withUnsafeBytes { source in
            unsafe [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
                count =
                    unsafe compressBlock(source, into: UnsafeMutableRawBufferPointer(target)) ?? 0
            }
        }
    }

    /// Decompresses a block that must give exactly `target.count` bytes.
    ///
    /// - Throws: `Failure` when it does not.
    package static func decompressBlock(
        _ source: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer,
        dictionary: UnsafeRawBufferPointer? = nil
    ) throws(Failure) {
        guard source.count <= Int(Int32.max), target.count <= Int(Int32.max) else {
            throw Failure()
        }
        let from = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
        let to = unsafe target.baseAddress?.assumingMemoryBound(to: CChar.self)
        let size = Int32(source.count)
        let capacity = Int32(target.count)
        let written: Int32
        if let dictionary = unsafe dictionary, dictionary.count > 0 {
            let start = unsafe dictionary.baseAddress?.assumingMemoryBound(to: CChar.self)
            written = unsafe LZ4_decompress_safe_usingDict(
                from,
                to,
                size,
                capacity,
                start,
                Int32(clamping: dictionary.count)
            )
        } else {
            written = unsafe LZ4_decompress_safe(from, to, size, capacity)
        }
        guard written == capacity else { throw Failure() }
    }

    /// Decompresses a block of a known raw length into a new array.
    ///
    /// - Throws: `Failure` when the length is above `limit` or the bytes are not such a block.
    package static func decompressBlock(
        _ source: RawSpan,
        rawLength: Int,
        limit: Int,
        dictionary: UnsafeRawBufferPointer? = nil
    ) throws(Failure) -> [UInt8] {
        guard rawLength >= 0, rawLength <= limit, mayGive(rawLength, source.byteCount) else {
            throw Failure()
        }
        var result = [UInt8](repeating: 0, count: rawLength)
        let outcome = unsafe source.withUnsafeBytes { source in
            unsafe result.withUnsafeMutableBytes { target in
                Result { () throws(Failure) in
                    try unsafe decompressBlock(source, into: target, dictionary: dictionary)
                }
            }
        }
        try outcome.get()
        return result
    }

    /// Decompresses at most `target.count` bytes from the start of a block.
    ///
    /// - Returns: how many bytes came out, or nil when the block is not one.
    static func decompressPrefix(
        _ source: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let written = unsafe LZ4_decompress_safe_partial(
            source.baseAddress?.assumingMemoryBound(to: CChar.self),
            target.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(clamping: source.count),
            Int32(clamping: target.count),
            Int32(clamping: target.count)
        )
        return written >= 0 ? Int(written) : nil
    }

    /// Whether so many compressed bytes can stand for so many: LZ4 saves 254 of 255 at most.
    ///
    /// Memory is only taken for a length that a record can keep.
    package static func mayGive(_ rawLength: Int, _ storedLength: Int) -> Bool {
        rawLength / 256 <= storedLength
    }

    /// Compresses into a frame with its content size, as `lz4 -d` reads it.
    package static func compressFrame(_ source: UnsafeRawBufferPointer) -> [UInt8] {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.contentSize = UInt64(source.count)
        preferences.frameInfo.blockSizeID = source.count > 1 << 16 ? LZ4F_max4MB : LZ4F_max64KB
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        let capacity = unsafe LZ4F_compressFrameBound(source.count, &preferences)
        return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
            let written = unsafe LZ4F_compressFrame(
                target.baseAddress,
                capacity,
                source.baseAddress,
                source.count,
                &preferences
            )
            // The bound is the library's own promise: too little room cannot happen.
            precondition(LZ4F_isError(written) == 0, "an LZ4 frame exceeded its bound")
            count = written
        }
    }

    /// Decompresses a frame of a known raw length.
    ///
    /// - Throws: `Failure` when the length is above `limit` or the frame does not give it.
    package static func decompressFrame(
        _ source: UnsafeRawBufferPointer,
        rawLength: Int,
        limit: Int
    ) throws(Failure) -> [UInt8] {
        guard rawLength >= 0, rawLength <= limit, mayGive(rawLength, source.count) else {
            throw Failure()
        }
        var created: OpaquePointer?
        guard
            unsafe LZ4F_isError(LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION)))
                == 0,
            let context = unsafe created
        else { throw Failure() }
        defer { unsafe _ = LZ4F_freeDecompressionContext(context) }
        var failed = false
        let result = unsafe [UInt8](unsafeUninitializedCapacity: rawLength) { target, count in
            var read = 0
            while true {
                var room = rawLength - count
                var taken = source.count - read
                let hint = unsafe LZ4F_decompress(
                    context,
                    target.baseAddress.map { unsafe $0 + count },
                    &room,
                    source.baseAddress.map { unsafe $0 + read },
                    &taken,
                    nil
                )
                count += room
                read += taken
                if LZ4F_isError(hint) != 0 { failed = true }
                if failed || hint == 0 { break }
                // Neither side moved: the frame wants more than there is.
                if room == 0, taken == 0 { failed = true }
            }
            if count != rawLength || read != source.count { failed = true }
        }
        if failed { throw Failure() }
        return result
    }
}
