// A file system in memory that fails, crashes and lies on demand, the same way for the same seed.

package import EventLog
package import Synchronization

/// A simulated machine's file system.
///
/// Its files have what programs read and what a power cut leaves. A process can be killed at any
/// call, the power cut at any time; calls fail by order or by chance.
package final class SimulatedStorage: Storage {
    /// What goes wrong.
    package let faults = Mutex(Faults())
    /// What other processes do while one waits.
    package let whileWaiting = Mutex<(@Sendable () -> Void)?>(nil)
    let disk: Mutex<SimulatedDisk>

    /// An empty disk.
    package init(seed: UInt64 = 0) {
        disk = Mutex(SimulatedDisk(seed: seed))
    }

    /// A disk that has always had these files.
    package convenience init(_ image: [String: [UInt8]], seed: UInt64 = 0) {
        self.init(seed: seed)
        self.image = image
    }

    /// The bytes of every file, by path.
    package var image: [String: [UInt8]] {
        get {
            disk.withLock { disk in
                var image: [String: [UInt8]] = [:]
                for (path, node) in disk.names.visible {
                    if case .file(let inode) = node { image[path] = disk.inodes[inode].bytes }
                }
                return image
            }
        }
        set {
            disk.withLock { disk in
                disk.names = SimulatedNames()
                disk.inodes = []
                for path in newValue.keys.sorted() {
                    let inode = disk.newInode(SimulatedInode(durable: newValue[path] ?? []))
                    disk.names.establish(path, .file(inode))
                }
            }
        }
    }

    /// Of every file, by path, how many of its first bytes failed syncs may have cost.
    package var failedEnds: [String: Int] {
        disk.withLock { disk in
            var ends: [String: Int] = [:]
            for (path, node) in disk.names.visible {
                if case .file(let inode) = node { ends[path] = disk.inodes[inode].failedEnd }
            }
            return ends
        }
    }

    // MARK: Deaths

    /// The process dies at the `calls`th call from now on, perhaps in the middle of it.
    package func die(afterCalls calls: Int?) {
        disk.withLock { $0.callsLeft = calls }
    }

    /// Whether the process has died: no call does anything until `kill` or `cutPower`.
    package var isDead: Bool { disk.withLock { $0.isDead } }

    /// The process does nothing any more, until `kill` or `cutPower` ends it.
    package func stop() {
        disk.withLock { $0.isDead = true }
    }

    /// Ends the process; what it had written is there, its locks are not.
    package func kill() {
        disk.withLock { $0.kill() }
    }

    /// Ends the process and forgets whatever was not synced, by these rules.
    package func cutPower(_ rules: PowerCut) {
        disk.withLock { $0.cutPower(rules) }
    }

    /// Runs `body` while nothing fails and nobody dies.
    package func undisturbed<R>(_ body: () -> R) -> R {
        let usual = faults.withLock { exchange(&$0, with: Faults()) }
        let calls = disk.withLock { exchange(&$0.callsLeft, with: nil) }
        defer {
            faults.withLock { $0 = usual }
            disk.withLock { $0.callsLeft = calls }
        }
        return body()
    }

    /// Changes bytes of a file behind everybody's back.
    ///
    /// - Returns: the bytes that have changed; nil when none have.
    package func corrupt(_ path: String, _ kind: Corruption) -> Range<Int>? {
        disk.withLock { disk in
            guard case .file(let inode) = disk.names.visible[path] else { return nil }
            return disk.inodes[inode].corrupt(kind, &disk.random)
        }
    }

    // MARK: Storage

    /// One call: the caller lives, and the call does not fail by chance.
    private func call<R>(
        _ chance: (Chances) -> Int,
        _ failure: Errno,
        _ body: (inout SimulatedDisk) throws(Errno) -> R
    ) throws(Errno) -> R {
        let odds = faults.withLock { chance($0.chances) }
        return try disk.withLock { (disk) throws(Errno) in
            let process = disk.process
            try disk.enterWhole(process)
            if disk.random.chance(odds, of: 1_000) { throw failure }
            return try body(&disk)
        }
    }

    package func open(_ path: String, _ mode: OpenMode) throws(Errno) -> FileHandle {
        if case .createNew = mode {
            let refused = faults.withLock { $0.createSuffix }
            if let refused, path.hasSuffix(refused) { throw .noSpace }
        }
        let file = try call({ $0.openError }, Errno.tooManyFiles) { (disk) throws(Errno) in
            let inode: Int
            if case .createNew = mode {
                inode = disk.newInode()
                try disk.names.add(path, .file(inode))
            } else {
                guard case .file(let found) = disk.names.visible[path] else { throw .noEntry }
                inode = found
            }
            return SimulatedDescription(
                storage: self,
                inode: inode,
                process: disk.process,
                id: disk.newDescription(),
                toldFailures: disk.inodes[inode].syncFailures
            )
        }
        return FileHandle(simulated: file)
    }

    package func renameNoReplace(_ from: String, to: String) throws(Errno) {
        try call({ $0.nameError }, .io) { (disk) throws(Errno) in
            try disk.names.rename(from, to: to)
        }
    }

    package func remove(_ path: String) throws(Errno) {
        try call({ $0.nameError }, .io) { (disk) throws(Errno) in try disk.names.remove(path) }
    }

    package func list(_ directory: String) throws(Errno) -> [DirectoryEntry] {
        try call({ $0.openError }, .tooManyFiles) { (disk) throws(Errno) in
            try disk.names.list(directory)
        }
    }

    package func makeDirectory(_ path: String) throws(Errno) {
        try call({ $0.nameError }, .io) { (disk) throws(Errno) in
            try disk.names.add(path, .directory)
        }
    }

    package func removeDirectory(_ path: String) throws(Errno) {
        try call({ $0.nameError }, .io) { (disk) throws(Errno) in
            if try !disk.names.list(path).isEmpty { throw .notEmpty }
            try disk.names.remove(path)
        }
    }

    package func lockDirectory(_ path: String) throws(Errno) -> DirectoryLock {
        try call({ $0.openError }, .tooManyFiles) { (disk) throws(Errno) in
            _ = try disk.names.list(path)
        }
        return DirectoryLock()
    }

    package func syncDirectory(_ path: String) throws(Errno) {
        try call({ $0.nameError }, .io) { (disk) throws(Errno) in
            try disk.names.sync(path == "/" ? "" : path)
        }
    }

    package func fileSize(_ path: String) throws(Errno) -> UInt64? {
        try call({ $0.readError }, .io) { (disk) throws(Errno) in
            switch disk.names.visible[path] {
            case .file(let inode): return UInt64(disk.inodes[inode].bytes.count)
            case .directory: return 0
            case nil: return nil
            }
        }
    }

    package var currentTime: Int64 {
        let odds = faults.withLock { $0.chances.clockJump }
        return disk.withLock { disk in
            disk.clock += 1_000_000
            if disk.random.chance(odds, of: 1_000) {
                let year = 365 * 86_400 * 1_000_000_000
                disk.clock += Int64(disk.random.below(2 * year) - year)
            }
            return disk.clock
        }
    }

    package var monotonicTime: Int64 { disk.withLock { $0.uptime } }

    /// Lets time pass: both clocks go on.
    package func pass(_ time: Duration) {
        let nanoseconds = Int64(time / .nanoseconds(1))
        disk.withLock { disk in
            disk.clock += nanoseconds
            disk.uptime += nanoseconds
        }
    }

    package func pause(nanoseconds: Int64) {
        pass(.nanoseconds(nanoseconds))
        let others = whileWaiting.withLock { $0 }
        others?()
    }

    package var identity: ProcessIdentity {
        ProcessIdentity(processID: disk.withLock { $0.process }, host: "simulated", bootID: "")
    }

    package func random() throws(Errno) -> (UInt64, UInt64) {
        disk.withLock { ($0.random.next(), $0.random.next()) }
    }
}
