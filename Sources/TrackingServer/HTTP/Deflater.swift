// SPDX-License-Identifier: Apache-2.0
// Replies in gzip.

internal import CZlib

/// Compresses a stream of bytes to gzip.
@safe
final class Deflater {
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: 1, quick, to 9, small.
    init(level: Int32) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // It can fail for want of memory only; `append` would then say so.
        unsafe zlib_begin_gzip(stream, level)
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses bytes and appends what is ready.
    ///
    /// - Parameters:
    ///   - bytes: what is compressed.
    ///   - isLast: whether the stream ends with them.
    ///   - output: where it goes.
    /// - Returns: false when zlib refuses.
    func append(_ bytes: [UInt8], isLast: Bool, to output: inout [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { input in
            // zlib reads its input only, though the type says otherwise.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
            while true {
                var result = Z_OK
                let room = max(1024, min(input.count + 64, 1 << 18))
                let piece = unsafe [UInt8](unsafeUninitializedCapacity: room) { target, count in
                    unsafe stream.pointee.next_out = target.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(room)
                    result = unsafe deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    count = room - Int(unsafe stream.pointee.avail_out)
                }
                output += piece
                if result == Z_STREAM_END { return true }
                if result != Z_OK && result != Z_BUF_ERROR { return false }
                if unsafe stream.pointee.avail_out > 0 && stream.pointee.avail_in == 0 && !isLast {
                    return true
                }
            }
        }
    }

    /// Some bytes, compressed whole.
    static func gzip(_ bytes: [UInt8], level: Int32) -> [UInt8] {
        var output: [UInt8] = []
        return Deflater(level: level).append(bytes, isLast: true, to: &output) ? output : bytes
    }
}

/// A source in gzip.
final class GzipSource: ChunkSource {
    private let source: any ChunkSource
    private let deflater = Deflater(level: 1)
    private var isOver = false

    init(_ source: any ChunkSource) {
        self.source = source
    }

    func next(_ waker: Waker) -> Chunk {
        guard !isOver else { return .end }
        var output: [UInt8] = []
        let chunk = source.next(waker)
        switch chunk {
        case .pending, .failed: return chunk
        case .bytes(let bytes):
            return deflater.append(bytes, isLast: false, to: &output) ? .bytes(output) : .failed
        case .end:
            isOver = true
            return deflater.append([], isLast: true, to: &output) ? .bytes(output) : .failed
        }
    }

    func finish() {
        source.finish()
    }
}
