// SPDX-License-Identifier: Apache-2.0
// Small reads of Burr's files.

internal import EventLog
internal import Tracking

/// Reads pieces of files.
enum FileBytes {
    /// A file no larger than 64 MiB, whole; `nil` when it is missing or cannot be read.
    static func read(_ path: String, _ storage: any Storage) -> [UInt8]? {
        do throws(Errno) {
            let file = try storage.open(path, .read)
            let size = try file.size()
            guard size <= 64 << 20 else { return nil }
            return try read(file, from: 0, count: Int(size))
        } catch {
            return nil
        }
    }

    /// XXH64 of the window before an offset, as an import mark holds it.
    static func hash(
        before offset: UInt64,
        of path: String,
        _ storage: any Storage
    ) throws(ImportError) -> UInt64 {
        let count = min(offset, UInt64(ImportMark.window))
        do throws(Errno) {
            let file = try storage.open(path, .read)
            let bytes = try read(file, from: offset - count, count: Int(count))
            return XXH64.hash(bytes.rawSpan)
        } catch {
            throw .file(error, path: path)
        }
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
            let outcome = unsafe bytes.withUnsafeMutableBytes { raw in
                Result { () throws(Errno) in
                    try unsafe file.pread(
                        into: UnsafeMutableRawBufferPointer(rebasing: raw[target]),
                        at: offset + UInt64(target.lowerBound)
                    )
                }
            }
            let read = try outcome.get()
            if read == 0 { break }
            filled += read
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}
