// An open file that is closed exactly once.

/// A stand-in for an open file, so that tests can inject faults and crashes.
package protocol SimulatedFile: AnyObject, Sendable {
    /// Reads at most `buffer.count` bytes at `offset`; 0 at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno) -> Int
    /// Writes at most `bytes.count` bytes at `offset` and returns how many were taken.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Errno) -> Int
    /// The size in bytes.
    func size() throws(Errno) -> UInt64
    /// Cuts or extends with zeros.
    func truncate(to size: UInt64) throws(Errno)
    /// Makes everything written so far durable.
    func sync() throws(Errno)
    /// Extends the file with zeros.
    func allocate(from offset: UInt64, count: UInt64) throws(Errno)
    /// Takes the write lock, or returns false when another holds it.
    func tryLock() throws(Errno) -> Bool
    /// Gives the lock up.
    func unlock() throws(Errno)
    /// Keeps the lock, loosely.
    func loosenLock() throws(Errno)
    /// How another description holds the lock.
    func foreignLock() throws(Errno) -> ForeignLock
    /// The description is no longer used.
    func close() throws(Errno)
}

/// How a file is opened.
package enum OpenMode: Sendable {
    /// Read only; the file exists.
    case read
    /// Read and write; the file exists.
    case readWrite
    /// Read and write; the file must not exist yet.
    case createNew
}

/// An owned descriptor.
///
/// Every call is one system call unless it says otherwise.
package struct FileHandle: ~Copyable, Sendable {
    private var descriptor: Int32
    private let shared: SharedSimulatedFile?

    /// Takes over a descriptor.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        shared = nil
    }

    /// Stands on a simulated file.
    package init(simulated: any SimulatedFile) {
        self.descriptor = 0
        shared = SharedSimulatedFile(simulated)
    }

    private init(shared: SharedSimulatedFile) {
        descriptor = 0
        self.shared = shared
    }

    @inline(__always)
    private var simulated: (any SimulatedFile)? { shared?.file }

    deinit {
        if descriptor >= 0, shared == nil { try? Syscalls.close(descriptor) }
    }

    /// Closes and reports what `deinit` would swallow.
    package consuming func close() throws(Errno) {
        let descriptor = self.descriptor
        self.descriptor = -1
        if shared == nil { try Syscalls.close(descriptor) }
    }

    /// Reads at most `buffer.count` bytes; fewer only at the end of the file.
    package func pread(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(Errno) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let at = offset + UInt64(done)
            let count = try uninterrupted { () throws(Errno) in
                if let simulated { return try unsafe simulated.read(into: rest, at: at) }
                return try unsafe Syscalls.pread(descriptor, rest, at)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all bytes, looping over short writes.
    package func pwrite(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let at = offset + UInt64(done)
            let count = try uninterrupted { () throws(Errno) in
                if let simulated { return try unsafe simulated.write(rest, at: at) }
                return try unsafe Syscalls.pwrite(descriptor, rest, at)
            }
            // A device that takes nothing and reports nothing would loop for ever.
            if count == 0 { throw .io }
            done += count
        }
    }

    /// The size in bytes.
    package func size() throws(Errno) -> UInt64 {
        if let simulated { return try simulated.size() }
        return try Syscalls.size(descriptor)
    }

    /// Cuts the file, or extends it with zeros.
    package func truncate(to size: UInt64) throws(Errno) {
        try uninterrupted { () throws(Errno) in
            if let simulated { return try simulated.truncate(to: size) }
            try Syscalls.truncate(descriptor, size)
        }
    }

    /// Makes the bytes and the size durable (`fdatasync`).
    package func sync() throws(Errno) {
        try uninterrupted { () throws(Errno) in
            if let simulated { return try simulated.sync() }
            try Syscalls.sync(descriptor)
        }
    }

    /// Makes everything on this file's file system durable (`syncfs`).
    package func syncFileSystem() throws(Errno) {
        try uninterrupted { () throws(Errno) in
            if let simulated { return try simulated.sync() }
            try Syscalls.syncFileSystem(descriptor)
        }
    }

    /// Names the file system; nil where one `syncFileSystem` would not cover it.
    package var device: UInt64? {
        simulated == nil ? try? Syscalls.device(descriptor) : nil
    }

    /// Reserves blocks and extends the file with zeros.
    package func preallocate(from offset: UInt64, count: UInt64) throws(Errno) {
        if let simulated { return try simulated.allocate(from: offset, count: count) }
        try Syscalls.allocate(descriptor, offset, count)
    }

    /// A window over these bytes, which the file must have; `start` is a multiple of a page.
    func window(from start: UInt64, to end: UInt64) throws(Errno) -> FileWindow {
        if let simulated { return FileWindow(start: start, end: end, simulated: simulated) }
        return try FileWindow(descriptor: descriptor, start: start, end: end)
    }

    /// Lets the kernel begin to write these bytes to the disk; a later sync has less to wait for.
    package func beginWriteback(from offset: UInt64, count: UInt64) {
        if simulated == nil { Syscalls.beginWriteback(descriptor, offset, count) }
    }

    /// Takes the write lock of the whole file; false when another open description holds it.
    package func tryLock() throws(Errno) -> Bool {
        if let simulated { return try simulated.tryLock() }
        return try Syscalls.lock(descriptor)
    }

    /// Gives the lock up, for duplicates of this handle as well.
    package func unlock() throws(Errno) {
        if let simulated { return try simulated.unlock() }
        try Syscalls.unlock(descriptor)
    }

    /// Keeps the lock, but so that those who want it know that they need not wait long.
    package func loosenLock() throws(Errno) {
        if let simulated { return try simulated.loosenLock() }
        try Syscalls.loosenLock(descriptor)
    }

    /// How another open description holds the lock.
    package func foreignLock() throws(Errno) -> ForeignLock {
        if let simulated { return try simulated.foreignLock() }
        return try Syscalls.foreignLock(descriptor)
    }

    /// Whether another open description holds the lock.
    package func isLockedByAnother() throws(Errno) -> Bool { try foreignLock() != .none }

    /// A second handle on the same open description; the lock is shared.
    package func duplicate() throws(Errno) -> FileHandle {
        if let shared { return FileHandle(shared: shared) }
        return FileHandle(descriptor: try Syscalls.duplicate(descriptor))
    }
}

/// Repeats a call that a signal interrupted before it had done anything.
@inline(__always)
private func uninterrupted<R>(_ call: () throws(Errno) -> R) throws(Errno) -> R {
    while true {
        do throws(Errno) {
            return try call()
        } catch {
            if error != .interrupted { throw error }
        }
    }
}

/// Closes a simulated file when the last of its duplicates is gone.
private final class SharedSimulatedFile: Sendable {
    let file: any SimulatedFile

    init(_ file: any SimulatedFile) {
        self.file = file
    }

    deinit {
        try? file.close()
    }
}
