// Where segments live: the real file system, or a simulated one in tests.

/// A name in a directory.
package struct DirectoryEntry: Equatable, Sendable {
    /// What the name stands for.
    package enum Kind: Sendable {
        /// A regular file.
        case file
        /// A directory.
        case directory
        /// Anything else.
        case other
    }

    /// The name without its directory.
    package let name: String
    /// What it is; symbolic links are followed.
    package let kind: Kind

    /// Makes an entry.
    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// The few things the log asks of the machine: its file system, its clocks, chance, and who asks.
package protocol Storage: Sendable {
    /// Opens a file.
    func open(_ path: String, _ mode: OpenMode) throws(Errno) -> FileHandle
    /// Renames; throws `Errno.exists` when the new name is taken.
    func renameNoReplace(_ from: String, to: String) throws(Errno)
    /// Removes a file.
    func remove(_ path: String) throws(Errno)
    /// The names in a directory, in no order.
    func list(_ directory: String) throws(Errno) -> [DirectoryEntry]
    /// Makes a directory; throws `Errno.exists` or `Errno.noEntry`.
    func makeDirectory(_ path: String) throws(Errno)
    /// Removes a directory; throws when anything is in it.
    func removeDirectory(_ path: String) throws(Errno)
    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(Errno)
    /// Waits until no other process holds the directory, and holds it.
    func lockDirectory(_ path: String) throws(Errno) -> DirectoryLock
    /// The size of what the path names, or nil when there is nothing of that name.
    func fileSize(_ path: String) throws(Errno) -> UInt64?
    /// Nanoseconds since 1970 UTC.
    var currentTime: Int64 { get }
    /// Nanoseconds on a clock that only goes forward.
    var monotonicTime: Int64 { get }
    /// Waits; for less where a signal comes.
    func pause(nanoseconds: Int64)
    /// Who this process is.
    var identity: ProcessIdentity { get }
    /// 128 random bits.
    func random() throws(Errno) -> (UInt64, UInt64)
}

extension Storage {
    /// Makes a directory and those above it; one that exists is fine.
    ///
    /// - Parameters:
    ///   - path: the directory.
    ///   - durably: whether its name, and those above it that were missing, outlive a power cut.
    /// - Throws: what the file system says.
    package func makeDirectories(_ path: String, durably: Bool = false) throws(Errno) {
        let above = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if try fileSize(path) == nil {
            // First those above, durably: so the name of one that exists needs no more than a sync.
            if !above.isEmpty, above != "." { try makeDirectories(above, durably: durably) }
            // Another process may be faster.
            do throws(Errno) { try makeDirectory(path) } catch .exists {}
        }
        if durably { try syncDirectory(above.isEmpty ? "/" : above) }
    }
}

/// The machine's own file system.
package struct FileSystem: Storage {
    /// Makes one; it holds nothing.
    package init() {}

    package func open(_ path: String, _ mode: OpenMode) throws(Errno) -> FileHandle {
        FileHandle(descriptor: try Syscalls.open(path, mode))
    }

    package func renameNoReplace(_ from: String, to: String) throws(Errno) {
        try Syscalls.renameNoReplace(from, to)
    }

    package func remove(_ path: String) throws(Errno) {
        try Syscalls.unlink(path)
    }

    package func list(_ directory: String) throws(Errno) -> [DirectoryEntry] {
        try Syscalls.list(directory)
    }

    package func makeDirectory(_ path: String) throws(Errno) {
        try Syscalls.makeDirectory(path)
    }

    package func removeDirectory(_ path: String) throws(Errno) {
        try Syscalls.removeDirectory(path)
    }

    package func lockDirectory(_ path: String) throws(Errno) -> DirectoryLock {
        try DirectoryLock(waitingFor: path)
    }

    package func syncDirectory(_ path: String) throws(Errno) {
        let descriptor = try Syscalls.openDirectory(path)
        defer { try? Syscalls.close(descriptor) }
        try Syscalls.syncAll(descriptor)
    }

    package func fileSize(_ path: String) throws(Errno) -> UInt64? {
        do throws(Errno) {
            return try Syscalls.information(path).size
        } catch .noEntry {
            return nil
        }
    }

    package var currentTime: Int64 { Syscalls.wallClock() }

    package var monotonicTime: Int64 { Syscalls.monotonicClock() }

    package func pause(nanoseconds: Int64) { Syscalls.sleep(nanoseconds: nanoseconds) }

    package var identity: ProcessIdentity { .current }

    package func random() throws(Errno) -> (UInt64, UInt64) {
        var words: (UInt64, UInt64) = (0, 0)
        let result = unsafe withUnsafeMutableBytes(of: &words) { bytes in
            Result { () throws(Errno) in try unsafe Syscalls.random(bytes) }
        }
        try result.get()
        return words
    }
}
