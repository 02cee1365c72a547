// SPDX-License-Identifier: Apache-2.0
// Small files, and pieces of files, read whole.

package import EventLog

/// Reads pieces of files.
package enum FileBytes {
    /// The largest file that `read` takes whole.
    private static let limit: UInt64 = 64 << 20

    /// A file no larger than 64 MiB, whole; `nil` when it is missing or cannot be read.
    package static func read(_ path: String, _ storage: any Storage) -> [UInt8]? {
        do throws(Errno) {
            let file = try storage.open(path, .read)
            let size = try file.size()
            guard size <= limit else { return nil }
            return try read(file, from: 0, count: Int(size))
        } catch {
            return nil
        }
    }

    /// Up to `count` bytes of a file from an offset; fewer where it ends.
    ///
    /// - Throws: `Errno` of the call that failed.
    package static func read(
        _ path: String,
        from offset: UInt64,
        count: Int,
        _ storage: any Storage
    ) throws(Errno) -> [UInt8] {
        try read(try storage.open(path, .read), from: offset, count: count)
    }

    private static func read(
        _ file: borrowing FileHandle,
        from offset: UInt64,
        count: Int
    ) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let target = filled..<count
            var failure: Errno?
            let read = unsafe bytes.withUnsafeMutableBytes { raw in
                do throws(Errno) {
                    return try unsafe file.pread(
                        into: UnsafeMutableRawBufferPointer(rebasing: raw[target]),
                        at: offset + UInt64(target.lowerBound)
                    )
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            if read == 0 { break }
            filled += read
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}
