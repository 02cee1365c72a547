// The one file that calls libc: errno is dealt with here, EINTR too but for calls on open files.

internal import CSystem
internal import Glibc

enum Syscalls {
    /// -1 becomes the thrown `Errno`.
    @inline(__always)
    private static func once(_ call: () -> Int) throws(Errno) -> Int {
        let result = call()
        if result < 0 { throw Errno(errno) }
        return result
    }

    /// Repeats a call that a signal interrupted; -1 becomes the thrown `Errno`.
    private static func retrying(_ call: () -> Int) throws(Errno) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw Errno(code) }
        }
    }

    /// The shim returns -errno.
    private static func checked(_ call: () -> Int32) throws(Errno) -> Int32 {
        while true {
            let result = call()
            if result >= 0 { return result }
            if -result != EINTR { throw Errno(-result) }
        }
    }

    static func open(_ path: String, _ mode: OpenMode) throws(Errno) -> Int32 {
        var flags = O_CLOEXEC
        switch mode {
        case .read: flags |= O_RDONLY
        case .readWrite: flags |= O_RDWR
        case .createNew: flags |= O_RDWR | O_CREAT | O_EXCL
        }
        return try checked { unsafe csystem_open(path, flags, 0o644) }
    }

    static func openDirectory(_ path: String) throws(Errno) -> Int32 {
        try checked { unsafe csystem_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
    }

    /// Never repeated: on Linux the descriptor is gone even when close fails.
    static func close(_ descriptor: Int32) throws(Errno) {
        if Glibc.close(descriptor) != 0, errno != EINTR { throw Errno(errno) }
    }

    static func pread(
        _ descriptor: Int32,
        _ buffer: UnsafeMutableRawBufferPointer,
        _ offset: UInt64
    ) throws(Errno) -> Int {
        try once {
            unsafe Glibc.pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        }
    }

    static func pwrite(
        _ descriptor: Int32,
        _ buffer: UnsafeRawBufferPointer,
        _ offset: UInt64
    ) throws(Errno) -> Int {
        try once {
            unsafe Glibc.pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        }
    }

    static func size(_ descriptor: Int32) throws(Errno) -> UInt64 {
        UInt64(try retrying { Int(lseek(descriptor, 0, SEEK_END)) })
    }

    static func truncate(_ descriptor: Int32, _ size: UInt64) throws(Errno) {
        _ = try once { Int(ftruncate(descriptor, off_t(size))) }
    }

    static func sync(_ descriptor: Int32) throws(Errno) {
        _ = try once { Int(fdatasync(descriptor)) }
    }

    static func syncFileSystem(_ descriptor: Int32) throws(Errno) {
        let result = csystem_syncfs(descriptor)
        if result < 0 { throw Errno(-result) }
    }

    static func syncAll(_ descriptor: Int32) throws(Errno) {
        _ = try retrying { Int(fsync(descriptor)) }
    }

    static func allocate(_ descriptor: Int32, _ offset: UInt64, _ length: UInt64) throws(Errno) {
        _ = try checked { csystem_fallocate(descriptor, Int64(offset), Int64(length)) }
    }

    /// A hint: what it returns matters to nobody.
    static func beginWriteback(_ descriptor: Int32, _ offset: UInt64, _ length: UInt64) {
        _ = csystem_begin_writeback(descriptor, Int64(offset), Int64(length))
    }

    /// - Returns: false when another open file description holds the lock.
    static func lock(_ descriptor: Int32) throws(Errno) -> Bool {
        let result = csystem_ofd_lock(descriptor)
        if result == -EAGAIN { return false }
        if result < 0 { throw Errno(-result) }
        return true
    }

    /// Waits for whoever holds the folder.
    static func lockDirectory(_ descriptor: Int32) throws(Errno) {
        _ = try retrying { Int(flock(descriptor, LOCK_EX)) }
    }

    static func unlock(_ descriptor: Int32) throws(Errno) {
        _ = try checked { csystem_ofd_unlock(descriptor) }
    }

    static func loosenLock(_ descriptor: Int32) throws(Errno) {
        _ = try checked { csystem_ofd_loosen(descriptor) }
    }

    static func foreignLock(_ descriptor: Int32) throws(Errno) -> ForeignLock {
        switch try checked({ csystem_ofd_locked_by_another(descriptor) }) {
        case 0: .none
        case 1: .loose
        default: .firm
        }
    }

    static func duplicate(_ descriptor: Int32) throws(Errno) -> Int32 {
        try checked { csystem_duplicate(descriptor) }
    }

    static func device(_ descriptor: Int32) throws(Errno) -> UInt64 {
        var device: UInt64 = 0
        let result = unsafe csystem_device(descriptor, &device)
        if result < 0 { throw Errno(-result) }
        return device
    }

    static func renameNoReplace(_ from: String, _ to: String) throws(Errno) {
        _ = try checked { unsafe csystem_rename_noreplace(from, to) }
    }

    static func unlink(_ path: String) throws(Errno) {
        _ = try retrying { unsafe Int(Glibc.unlink(path)) }
    }

    static func removeDirectory(_ path: String) throws(Errno) {
        _ = try retrying { unsafe Int(rmdir(path)) }
    }

    static func makeDirectory(_ path: String) throws(Errno) {
        _ = try retrying { unsafe Int(mkdir(path, 0o755)) }
    }

    /// - Returns: the kind and the size in bytes of what the path names.
    static func information(_ path: String) throws(Errno) -> (
        kind: DirectoryEntry.Kind, size: UInt64
    ) {
        var info = stat()
        _ = try retrying { unsafe Int(stat(path, &info)) }
        let kind: DirectoryEntry.Kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        return (kind, UInt64(info.st_size))
    }

    static func list(_ path: String) throws(Errno) -> [DirectoryEntry] {
        guard let stream = unsafe opendir(path) else { throw Errno(errno) }
        defer { unsafe _ = closedir(stream) }
        var entries: [DirectoryEntry] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw Errno(errno) }
                return entries
            }
            // The name is read where it lies: the entry is shorter than its declared 256 bytes.
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
            let start = unsafe UnsafeRawPointer(entry).advanced(by: offset)
            if unsafe isDots(start) { continue }
            let name = unsafe String(cString: start.assumingMemoryBound(to: CChar.self))
            let kind: DirectoryEntry.Kind? =
                switch unsafe Int(entry.pointee.d_type) {
                case Int(DT_REG): .file
                case Int(DT_DIR): .directory
                case Int(DT_UNKNOWN), Int(DT_LNK): nil
                default: .other
                }
            let known = kind ?? (try? information("\(path)/\(name)").kind) ?? .other
            entries.append(DirectoryEntry(name: name, kind: known))
        }
    }

    /// Whether a name is `.` or `..`.
    private static func isDots(_ name: UnsafeRawPointer) -> Bool {
        let dot = UInt8(ascii: ".")
        guard unsafe name.load(as: UInt8.self) == dot else { return false }
        let second = unsafe name.load(fromByteOffset: 1, as: UInt8.self)
        if second == 0 { return true }
        return unsafe second == dot && name.load(fromByteOffset: 2, as: UInt8.self) == 0
    }

    static func random(_ bytes: UnsafeMutableRawBufferPointer) throws(Errno) {
        guard let base = bytes.baseAddress else { return }
        let result = unsafe csystem_random(base, bytes.count)
        if result < 0 { throw Errno(-result) }
    }

    /// Nanoseconds since 1970 UTC.
    static func wallClock() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Perhaps less, where a signal comes.
    static func sleep(nanoseconds: Int64) {
        var time = timespec()
        time.tv_sec = Int(nanoseconds / 1_000_000_000)
        time.tv_nsec = Int(nanoseconds % 1_000_000_000)
        unsafe nanosleep(&time, nil)
    }

    /// Nanoseconds of a clock that never jumps; for delays only.
    static func monotonicClock() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
