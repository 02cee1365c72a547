// Many small blocks against one large dictionary.

internal import CLZ4

/// Compresses small inputs against a dictionary that is hashed once.
///
/// liblz4 1.9.4 exports no `LZ4_attach_dictionary`, so each block begins from a copy of the hashed
/// state: 16 KiB, about 0.4 us, against some 30 us to hash 64 KiB again.
@safe
package struct LZ4DictionaryStream: ~Copyable, Sendable {
    /// Bytes of a dictionary that LZ4 can look back over.
    package static let window = 65_536

    // Safety: owned by this value alone and freed with it; nothing else keeps the pointers.
    private nonisolated(unsafe) let prepared: UnsafeMutablePointer<LZ4_stream_t>
    private nonisolated(unsafe) let working: UnsafeMutablePointer<LZ4_stream_t>
    private nonisolated(unsafe) let storage: UnsafeMutableRawPointer
    private var length = 0
    /// Whether `prepared` has the dictionary: many are never compressed against.
    private var isHashed = true

    /// Begins with an empty dictionary.
    package init() {
        unsafe prepared = .allocate(capacity: 1)
        unsafe working = .allocate(capacity: 1)
        unsafe storage = .allocate(byteCount: Self.window, alignment: 64)
        unsafe LZ4_initStream(prepared, MemoryLayout<LZ4_stream_t>.size)
        unsafe LZ4_initStream(working, MemoryLayout<LZ4_stream_t>.size)
    }

    deinit {
        unsafe prepared.deallocate()
        unsafe working.deallocate()
        unsafe storage.deallocate()
    }

    /// Replaces the dictionary by the last 64 KiB of `bytes`, which are copied.
    package mutating func load(_ bytes: RawSpan) {
        let whole = bytes.byteCount
        length = min(whole, Self.window)
        unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe storage.copyMemory(from: base + (whole - length), byteCount: length)
        }
        isHashed = false
    }

    private mutating func hash() {
        unsafe LZ4_initStream(prepared, MemoryLayout<LZ4_stream_t>.size)
        unsafe _ = LZ4_loadDict(
            prepared,
            storage.assumingMemoryBound(to: CChar.self),
            Int32(length)
        )
        isHashed = true
    }

    /// The dictionary, for `LZ4.decompressBlock`.
    package func withDictionary<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe body(UnsafeRawBufferPointer(start: storage, count: length))
    }

    /// Compresses one block against the dictionary into `target`.
    ///
    /// - Returns: the bytes written, or nil when `target` is too small.
    package mutating func compressBlock(
        _ source: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        if !isHashed { hash() }
        unsafe UnsafeMutableRawPointer(working)
            .copyMemory(from: prepared, byteCount: MemoryLayout<LZ4_stream_t>.size)
        let written = unsafe LZ4_compress_fast_continue(
            working,
            source.baseAddress?.assumingMemoryBound(to: CChar.self),
            target.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(clamping: source.count),
            Int32(clamping: target.count),
            1
        )
        return written > 0 ? Int(written) : nil
    }

    /// Compresses one block against the dictionary and appends it to `target`.
    package mutating func compressBlock(_ source: RawSpan, to target: inout [UInt8]) {
        let capacity = LZ4.bound(source.byteCount)
        let start = target.count
        target.append(contentsOf: repeatElement(0, count: capacity))
        let written = unsafe source.withUnsafeBytes { source in
            unsafe target.withUnsafeMutableBytes { bytes in
                unsafe compressBlock(
                    source,
                    into: UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
                )
            }
        }
        target.removeLast(capacity - (written ?? 0))
    }
}
