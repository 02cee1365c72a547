// One open file of a simulated process.

internal import EventLog
internal import Synchronization

/// An open description: it dies with its process.
final class SimulatedDescription: SimulatedFile {
    private let storage: SimulatedStorage
    private let inode: Int
    private let process: UInt64
    private let id: UInt64
    /// Failed syncs of the file that this description need not be told of any more.
    private let toldFailures: Mutex<Int>

    init(
        storage: SimulatedStorage,
        inode: Int,
        process: UInt64,
        id: UInt64,
        toldFailures: Int
    ) {
        self.toldFailures = Mutex(toldFailures)
        self.storage = storage
        self.inode = inode
        self.process = process
        self.id = id
    }

    /// One call on the file that happens or does not.
    private func call<R>(
        _ body: (inout SimulatedDisk, Chances) throws(Errno) -> R
    ) throws(Errno) -> R {
        let chances = storage.faults.withLock { $0.chances }
        return try storage.disk.withLock { (disk) throws(Errno) in
            try disk.enterWhole(process)
            return try body(&disk, chances)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno) -> Int {
        try call { (disk, chances) throws(Errno) in
            if disk.random.chance(chances.interrupted, of: 1_000) { throw .interrupted }
            if disk.random.chance(chances.readError, of: 1_000) { throw .io }
            let bytes = disk.inodes[inode].bytes
            let start = min(Int(offset), bytes.count)
            let count = min(buffer.count, bytes.count - start)
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe buffer.copyBytes(from: bytes[start..<start + count])
            }
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Errno) -> Int {
        let faults = storage.faults.withLock { faults in
            faults.writes += 1
            return faults
        }
        if let error = faults.write { throw error }
        if faults.space == 0 { throw .noSpace }
        let most = min(bytes.count, faults.longestWrite ?? .max, faults.space ?? .max)
        let count = try storage.disk.withLock { (disk) throws(Errno) in
            let dies = try disk.enter(process)
            if disk.random.chance(faults.chances.interrupted, of: 1_000) { throw .interrupted }
            var count = most
            var failure: Errno?
            if dies {
                failure = .io
            } else if disk.random.chance(faults.chances.writeError, of: 1_000) {
                failure = .io
            } else if disk.random.chance(faults.chances.noSpace, of: 1_000) {
                failure = .noSpace
            }
            // A write that fails has written less than it was given; a death may come after it.
            if failure != nil {
                count = disk.random.below(count + (dies ? 1 : 0))
            } else if disk.random.chance(faults.chances.shortWrite, of: 1_000), count > 1 {
                count = 1 + disk.random.below(count - 1)
            }
            let piece = unsafe [UInt8](bytes[..<count])
            if count > 0 { disk.inodes[inode].write(piece, at: Int(offset)) }
            if let failure { throw failure }
            return count
        }
        storage.faults.withLock { faults in
            if let space = faults.space { faults.space = max(0, space - count) }
        }
        return count
    }

    func size() throws(Errno) -> UInt64 {
        try call { (disk, _) throws(Errno) in UInt64(disk.inodes[inode].bytes.count) }
    }

    func truncate(to size: UInt64) throws(Errno) {
        if let error = storage.faults.withLock({ $0.truncate }) { throw error }
        try call { (disk, chances) throws(Errno) in
            if disk.random.chance(chances.truncateError, of: 1_000) { throw .io }
            disk.inodes[inode].resize(to: Int(size))
        }
    }

    func sync() throws(Errno) {
        let error = storage.faults.withLock { faults in
            faults.syncs += 1
            return faults.sync
        }
        try call { (disk, chances) throws(Errno) in
            if disk.random.chance(chances.interrupted, of: 1_000) { throw .interrupted }
            if error != nil || disk.random.chance(chances.syncError, of: 1_000) {
                disk.inodes[inode].failSync(&disk.random)
                toldFailures.withLock { $0 = disk.inodes[inode].syncFailures }
                throw error ?? .io
            }
            disk.inodes[inode].sync()
            // As Linux does: an error is told to each file that was open when it happened.
            let failures = disk.inodes[inode].syncFailures
            let isNews = toldFailures.withLock { told in
                defer { told = failures }
                return told != failures
            }
            if isNews {
                disk.inodes[inode].distrust()
                throw .io
            }
        }
    }

    func allocate(from offset: UInt64, count: UInt64) throws(Errno) {
        try call { (disk, chances) throws(Errno) in
            if disk.random.chance(chances.noSpace, of: 1_000) { throw .noSpace }
            disk.inodes[inode].resize(to: Int(offset + count))
        }
    }

    func tryLock() throws(Errno) -> Bool {
        try call { (disk, _) throws(Errno) in
            if let owner = disk.inodes[inode].lockOwner, owner != id { return false }
            disk.inodes[inode].lockOwner = id
            disk.inodes[inode].lockIsLoose = false
            return true
        }
    }

    func unlock() throws(Errno) {
        try call { (disk, _) throws(Errno) in release(&disk) }
    }

    func loosenLock() throws(Errno) {
        try call { (disk, _) throws(Errno) in disk.inodes[inode].lockIsLoose = true }
    }

    func foreignLock() throws(Errno) -> ForeignLock {
        try call { (disk, _) throws(Errno) in
            guard let owner = disk.inodes[inode].lockOwner, owner != id else { return .none }
            return disk.inodes[inode].lockIsLoose ? .loose : .firm
        }
    }

    func close() throws(Errno) {
        storage.disk.withLock { release(&$0) }
    }

    private func release(_ disk: inout SimulatedDisk) {
        if disk.inodes[inode].lockOwner == id { disk.inodes[inode].lockOwner = nil }
    }
}
