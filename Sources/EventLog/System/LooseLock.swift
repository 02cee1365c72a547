// A lock that is kept for a moment more, because its holder will most likely want it again at once.

/// How another open description holds the lock of a file.
package enum ForeignLock: Sendable {
    /// It does not.
    case none
    /// It gives the lock up within `LooseLock.rest` twice, unless it goes on: an OFD read lock.
    case loose
    /// It is at work: an OFD write lock.
    case firm
}

/// What holders of a loose lock and those who wait for it agree on.
package enum LooseLock {
    /// Nanoseconds without a record after which a holder gives it up.
    package static let rest: Int64 = 5_000_000
    /// So often it is tried to get it, a millisecond apart.
    static let attempts = 200
}

extension FileHandle {
    /// Takes the write lock of the whole file, from one who holds it loosely as well.
    ///
    /// - Parameter storage: where the file is.
    /// - Returns: false when another open description is at work, or goes on being at it.
    /// - Throws: what the file system says.
    func lock(on storage: any Storage) throws(Errno) -> Bool {
        for _ in 0..<LooseLock.attempts {
            if try tryLock() { return true }
            // It may have been given up since.
            if try foreignLock() == .firm { return false }
            storage.pause(nanoseconds: 1_000_000)
        }
        return try tryLock()
    }
}
