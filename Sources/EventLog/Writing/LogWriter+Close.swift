// Giving the branch up, for a while or for good.

extension LogWriter {
    /// What `retakeLock` found.
    package enum Retaken: Equatable, Sendable {
        /// The lock is held again and the tail is where it was left.
        case unchanged
        /// Somebody went on meanwhile: this writer is finished, open the branch again.
        case moved
        /// Another writer holds it now.
        case lockedByAnother
    }

    /// Hands everything to the kernel and lets other writers in.
    ///
    /// Appending throws `closed` until `retakeLock` succeeds.
    /// - Throws: a failed write; the lock is then kept: another writer would append where what is
    ///   still in memory belongs.
    package mutating func releaseLock() throws(LogError) {
        if isUnlocked { return }
        if isHealthy {
            try writeMark(time: storage.currentTime)
            try flush()
            try segment.dropReserve()
            segment.rememberTail()
        }
        attention.insert(.unlocked)
        lockIsLoose = false
        try? segment.file.unlock()
    }

    /// Keeps the lock, but so that others know to wait for it a moment.
    ///
    /// For programs that will most likely go on at once; see `LooseLock`.
    /// - Throws: a failed write, or what the file system says of locks.
    /// - Complexity: nothing to do where the lock is loose and all is written.
    package mutating func loosenLock() throws(LogError) {
        guard isHealthy else { return }
        if writesThrough { try segment.writeClosedUnits() }
        if lockIsLoose { return }
        do throws(Errno) { try segment.file.loosenLock() } catch {
            throw .from(error, .lock, path)
        }
        lockIsLoose = true
    }

    /// Tells others that they would wait in vain.
    package mutating func tightenLock() {
        // Nobody else can have it.
        guard lockIsLoose, (try? segment.file.tryLock()) == true else { return }
        lockIsLoose = false
    }

    /// Takes the lock again and looks whether the tail is where `releaseLock` left it.
    ///
    /// - Complexity: four system calls; waits for up to 200 ms for one who holds it loosely.
    package mutating func retakeLock() throws(LogError) -> Retaken {
        if !isUnlocked { return .unchanged }
        if isPoisoned { throw .poisoned(path: path) }
        if attention.contains(.finished) { throw .closed(path: path) }
        do throws(Errno) {
            guard try segment.file.lock(on: storage) else { return .lockedByAnother }
            // One who found damage leaves the segment as it is, and goes on in the next.
            if try segment.isUnchanged(), try storage.fileSize(successorPath()) == nil {
                attention.remove(.unlocked)
                return .unchanged
            }
            try segment.file.unlock()
        } catch {
            throw .from(error, .lock, path)
        }
        return .moved
    }

    /// The path of the next segment; kept, as making it takes longer than to look for it.
    private mutating func successorPath() -> String {
        let name = SegmentName(branch: branch, number: segmentNumber + 1)
        if let successor, successor.number == name.number { return successor.path }
        let path = name.path(in: directory)
        successor = (name.number, path)
        return path
    }

    /// Hands everything to the kernel, syncs and marks it where the mode syncs at all, and lets go.
    ///
    /// - Throws: the first failure; the file is closed and unlocked all the same.
    package consuming func close() throws(LogError) {
        try finish()
    }

    /// What `close` does, for an owner that cannot give the writer away.
    ///
    /// Appending throws `closed` after it.
    /// - Throws: the first failure; the lock is given up all the same.
    package mutating func finish() throws(LogError) {
        // Duplicates that a sync still holds share the lock: giving it up must not wait for them.
        defer {
            if !isUnlocked { try? segment.file.unlock() }
            attention.insert([.unlocked, .finished])
        }
        guard isHealthy else { return }
        if segment.groupIsOpen { try segment.rollback() }
        try flush()
        if options.durability.syncs { try sync() }
        try writeMark(time: storage.currentTime)
        try segment.dropReserve()
    }
}
