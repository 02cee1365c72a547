// Reads a file in large pieces into one reused buffer.

/// A file that several owners read.
package final class OpenFile: Sendable {
    /// The handle; reading it needs no lock.
    package let handle: FileHandle

    /// Takes the handle over.
    package init(_ handle: consuming FileHandle) {
        self.handle = handle
    }
}

/// A sliding window over the first `limit` bytes of a file.
@safe
struct ScanWindow: ~Copyable {
    let file: OpenFile
    let path: String
    /// Bytes of the file that count; smaller when the file turns out to be shorter.
    private(set) var limit: UInt64
    private var buffer: AlignedBuffer
    private var start: UInt64 = 0
    private var count = 0

    init(file: OpenFile, path: String, limit: UInt64, capacity: Int = 512 << 10) {
        self.file = file
        self.path = path
        self.limit = limit
        buffer = AlignedBuffer(capacity: capacity)
    }

    /// Looks at a longer or shorter file; what was read is read again.
    mutating func reset(limit: UInt64) {
        self.limit = limit
        count = 0
    }

    /// The bytes at `offset`, valid until the next call; nil beyond the limit.
    @inline(__always)
    mutating func view(at offset: UInt64, count wanted: Int) throws(LogError) -> UnsafeRawPointer? {
        if offset >= start {
            let at = offset - start
            if at &+ UInt64(wanted) <= UInt64(count) {
                return unsafe UnsafeRawPointer(buffer.base + Int(at))
            }
        }
        return try unsafe refill(at: offset, count: wanted)
    }

    /// How many bytes from `offset` on can be viewed without another read.
    func buffered(from offset: UInt64) -> Int {
        offset < start ? 0 : max(0, count - Int(clamping: offset - start))
    }

    @inline(never)
    private mutating func refill(
        at offset: UInt64,
        count wanted: Int
    ) throws(LogError) -> UnsafeRawPointer? {
        guard offset <= limit, UInt64(wanted) <= limit - offset else { return nil }
        let page = UInt64(AlignedBuffer.pageSize)
        let begin = offset & ~(page - 1)
        let skip = Int(offset - begin)
        if skip + wanted > buffer.capacity {
            buffer = AlignedBuffer(capacity: skip + wanted)
        }
        start = begin
        count = 0
        let size = Int(min(UInt64(buffer.capacity), limit - begin))
        do throws(Errno) {
            count = try unsafe file.handle.pread(into: buffer.mutableBytes(0..<size), at: begin)
        } catch {
            throw .io(error, .read, path: path)
        }
        // Another process cut the file: it ends where the read did.
        if count < size { limit = min(limit, begin + UInt64(count)) }
        guard skip + wanted <= count else { return nil }
        return unsafe UnsafeRawPointer(buffer.base + skip)
    }

    /// Whether every byte from `offset` to the limit is zero.
    mutating func isZero(from offset: UInt64) throws(LogError) -> Bool {
        var at = offset
        while at < limit {
            let size = Int(min(64 << 10, limit - at))
            guard let bytes = try unsafe view(at: at, count: size) else { return true }
            guard unsafe UnsafeRawBufferPointer(start: bytes, count: size).isZero else {
                return false
            }
            at += UInt64(size)
        }
        return true
    }
}

extension UnsafeRawBufferPointer {
    /// Whether every byte is zero.
    var isZero: Bool {
        var sum: UInt64 = 0
        var at = 0
        while at + 8 <= count {
            sum |= unsafe loadUnaligned(fromByteOffset: at, as: UInt64.self)
            at += 8
        }
        while at < count {
            sum |= unsafe UInt64(self[at])
            at += 1
        }
        return sum == 0
    }
}
