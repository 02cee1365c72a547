// A file system in memory, with faults on demand.

import EventLog
import Synchronization

/// A file's bytes and its lock, shared by every description of it.
final class MemoryInode: Sendable {
    struct Content: Sendable {
        var bytes: [UInt8] = []
        var durable: [UInt8] = []
        var lock: ObjectIdentifier?
    }

    let content = Mutex(Content())
}

/// What goes wrong, and when.
struct Faults: Sendable {
    /// Bytes that may still be written before ENOSPC.
    var space: Int?
    /// The most bytes one write takes.
    var longestWrite: Int?
    /// What writes fail with.
    var write: Errno?
    /// What syncs fail with.
    var sync: Errno?
    /// What truncations fail with.
    var truncate: Errno?
    /// What creating a file whose name ends with this fails.
    var createSuffix: String?
    /// Calls of `sync` so far.
    var syncs = 0
    /// Calls of `write` so far.
    var writes = 0
}

/// One open description.
final class MemoryFile: SimulatedFile {
    let inode: MemoryInode
    let storage: MemoryStorage

    init(_ inode: MemoryInode, _ storage: MemoryStorage) {
        self.inode = inode
        self.storage = storage
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno) -> Int {
        inode.content.withLock { content in
            let start = min(Int(offset), content.bytes.count)
            let count = min(buffer.count, content.bytes.count - start)
            unsafe content.bytes.withUnsafeBytes { bytes in
                unsafe buffer.copyBytes(from: bytes[start..<start + count])
            }
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Errno) -> Int {
        let allowed = try storage.faults.withLock { (faults) throws(Errno) in
            faults.writes += 1
            if let error = faults.write { throw error }
            var count = min(bytes.count, faults.longestWrite ?? .max)
            if let space = faults.space {
                if space == 0 { throw .noSpace }
                count = min(count, space)
                faults.space = space - count
            }
            return count
        }
        let piece = unsafe [UInt8](bytes[..<allowed])
        inode.content.withLock { content in
            let end = Int(offset) + allowed
            if content.bytes.count < end {
                content.bytes += [UInt8](repeating: 0, count: end - content.bytes.count)
            }
            content.bytes.replaceSubrange(Int(offset)..<end, with: piece)
        }
        return allowed
    }

    func size() throws(Errno) -> UInt64 {
        inode.content.withLock { UInt64($0.bytes.count) }
    }

    func truncate(to size: UInt64) throws(Errno) {
        if let error = storage.faults.withLock({ $0.truncate }) { throw error }
        inode.content.withLock { content in
            let count = content.bytes.count
            if count > Int(size) {
                content.bytes.removeLast(count - Int(size))
            } else {
                content.bytes += [UInt8](repeating: 0, count: Int(size) - count)
            }
        }
    }

    func sync() throws(Errno) {
        let error = storage.faults.withLock { faults in
            faults.syncs += 1
            return faults.sync
        }
        if let error { throw error }
        inode.content.withLock { $0.durable = $0.bytes }
    }

    func allocate(from offset: UInt64, count: UInt64) throws(Errno) {
        try truncate(to: offset + count)
    }

    func tryLock() throws(Errno) -> Bool {
        inode.content.withLock { content in
            if let owner = content.lock, owner != ObjectIdentifier(self) { return false }
            content.lock = ObjectIdentifier(self)
            return true
        }
    }

    func unlock() throws(Errno) {
        inode.content.withLock { content in
            if content.lock == ObjectIdentifier(self) { content.lock = nil }
        }
    }

    func isLockedByAnother() throws(Errno) -> Bool {
        inode.content.withLock { $0.lock != nil && $0.lock != ObjectIdentifier(self) }
    }

    func close() throws(Errno) {
        try unlock()
    }
}

/// Files by path. Copies share them.
final class MemoryStorage: Storage {
    let files = Mutex<[String: MemoryInode]>([:])
    let faults = Mutex(Faults())
    private let clock = Mutex<Int64>(1_790_000_000_000_000_000)

    /// The bytes of every file, by path.
    var image: [String: [UInt8]] {
        get { files.withLock { files in files.mapValues { $0.content.withLock { $0.bytes } } } }
        set {
            files.withLock { files in
                files = newValue.mapValues { bytes in
                    let inode = MemoryInode()
                    inode.content.withLock { $0.bytes = bytes }
                    return inode
                }
            }
        }
    }

    init(_ image: [String: [UInt8]] = [:]) {
        self.image = image
    }

    func open(_ path: String, _ mode: OpenMode) throws(Errno) -> FileHandle {
        let refused = faults.withLock { $0.createSuffix }
        let inode = try files.withLock { (files) throws(Errno) in
            if case .createNew = mode {
                if let refused, path.hasSuffix(refused) { throw Errno.noSpace }
                if files[path] != nil { throw Errno.exists }
                let inode = MemoryInode()
                files[path] = inode
                return inode
            }
            guard let inode = files[path] else { throw Errno.noEntry }
            return inode
        }
        return FileHandle(simulated: MemoryFile(inode, self))
    }

    func renameNoReplace(_ from: String, to: String) throws(Errno) {
        try files.withLock { (files) throws(Errno) in
            if files[to] != nil { throw .exists }
            guard let inode = files.removeValue(forKey: from) else { throw .noEntry }
            files[to] = inode
        }
    }

    func remove(_ path: String) throws(Errno) {
        if files.withLock({ $0.removeValue(forKey: path) }) == nil { throw .noEntry }
    }

    func list(_ directory: String) throws(Errno) -> [DirectoryEntry] {
        files.withLock { files in
            files.keys.filter { $0.hasPrefix(directory + "/") }.map {
                DirectoryEntry(name: String($0.dropFirst(directory.count + 1)), kind: .file)
            }
        }
    }

    func makeDirectories(_ path: String) throws(Errno) {}
    func syncDirectory(_ path: String) throws(Errno) {}

    func fileSize(_ path: String) throws(Errno) -> UInt64? {
        files.withLock { $0[path] }.map { inode in
            inode.content.withLock { UInt64($0.bytes.count) }
        }
    }

    var currentTime: Int64 {
        clock.withLock { time in
            time += 1_000_000
            return time
        }
    }

    func random() throws(Errno) -> (UInt64, UInt64) { (0x0123_4567_89AB_CDEF, 0x0FED_CBA9_8765_4321) }
}
