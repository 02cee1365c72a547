// Reading and writing ranges of a file.

extension FileHandle {
    /// At most `count` bytes at `offset`.
    func bytes(_ count: Int, at offset: UInt64) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(Errno) in try unsafe pread(into: buffer, at: offset) }
        }
        bytes.removeLast(count - (try result.get()))
        return bytes
    }

    /// The CRC of the bytes below `end`.
    func checksum(to end: UInt64) throws(Errno) -> UInt32 {
        let buffer = AlignedBuffer(capacity: 256 << 10)
        var crc: UInt32 = 0
        var at: UInt64 = 0
        while at < end {
            let count = Int(min(UInt64(buffer.capacity), end - at))
            let read = try unsafe pread(into: buffer.mutableBytes(0..<count), at: at)
            if read < count { throw .io }
            crc = unsafe CRC32C.checksum(seed: crc, buffer.bytes(0..<count))
            at += UInt64(count)
        }
        return crc
    }

    /// Writes the bytes from `start` to `end` over themselves, so that a sync deals with them.
    func writeAgain(from start: UInt64, to end: UInt64) throws(Errno) {
        let buffer = AlignedBuffer(capacity: 256 << 10)
        var at = start
        while at < end {
            let count = Int(min(UInt64(buffer.capacity), end - at))
            let read = try unsafe pread(into: buffer.mutableBytes(0..<count), at: at)
            if read < count { throw .io }
            try unsafe pwrite(buffer.bytes(0..<count), at: at)
            at += UInt64(count)
        }
    }
}
