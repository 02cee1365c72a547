// What goes wrong on a simulated disk.

package import EventLog

/// What goes wrong, for certain or by chance.
package struct Faults: Sendable {
    /// Bytes that may still be written before ENOSPC; nil for no limit.
    package var space: Int?
    /// The most bytes one write takes.
    package var longestWrite: Int?
    /// What writes fail with.
    package var write: Errno?
    /// What syncs fail with.
    package var sync: Errno?
    /// What truncations fail with.
    package var truncate: Errno?
    /// Creating a file whose name ends with this fails for want of space.
    package var createSuffix: String?
    /// What may happen at any call.
    package var chances = Chances()
    /// Calls of `sync` so far.
    package var syncs = 0
    /// Calls of `write` so far.
    package var writes = 0

    /// No faults.
    package init() {}
}

/// How often a call fails by itself, in a thousand.
package struct Chances: Equatable, Sendable {
    /// EIO from a read.
    package var readError = 0
    /// EIO from a write, which may have written a part.
    package var writeError = 0
    /// ENOSPC from a write, which may have written a part, or from a creation.
    package var noSpace = 0
    /// A write that takes less than it was given.
    package var shortWrite = 0
    /// EINTR from a read, a write or a sync.
    package var interrupted = 0
    /// EIO from a sync: the kernel forgets that the bytes were dirty, the next sync succeeds.
    package var syncError = 0
    /// EIO from a truncation.
    package var truncateError = 0
    /// EIO from a rename, a removal or the sync of a directory.
    package var nameError = 0
    /// EMFILE from opening or duplicating.
    package var openError = 0
    /// A clock that jumps, back or ahead, by up to a year.
    package var clockJump = 0

    /// Nothing fails by itself.
    package init() {}

    /// What fails on one of many machines: on half of them nothing but time and short writes.
    ///
    /// - Parameters:
    ///   - failsSyncs: whether syncs may fail as well.
    ///   - random: what decides.
    package init(failsSyncs: Bool, _ random: inout SeededRandom) {
        clockJump = random.pick([0, 0, 100])
        shortWrite = random.pick([0, 0, 100, 500])
        interrupted = random.pick([0, 0, 100, 300])
        if random.chance(1, of: 2) { return }
        let rates = [0, 0, 0, 10, 50, 200]
        readError = random.pick(rates)
        writeError = random.pick(rates)
        noSpace = random.pick(rates)
        truncateError = random.pick(rates)
        nameError = random.pick(rates)
        openError = random.pick(rates)
        syncError = failsSyncs ? random.pick(rates) : 0
    }
}

/// What a power cut may do to what was not synced.
package struct PowerCut: Sendable {
    /// How many in a hundred unsynced changes of a sector reach the disk.
    package var kept: Int
    /// Whether a sector may be half old and half new.
    package var tearsSectors: Bool
    /// Whether sectors that never reached the disk may hold what some other file held.
    package var leavesGarbage: Bool

    /// Makes the rules of one power cut.
    package init(kept: Int, tearsSectors: Bool, leavesGarbage: Bool) {
        self.kept = kept
        self.tearsSectors = tearsSectors
        self.leavesGarbage = leavesGarbage
    }
}

/// A disk that lies: what it does to bytes that had been synced.
package enum Corruption: CaseIterable, Sendable {
    /// One bit of a file is another one.
    case bitFlip
    /// A sector holds what it held before its last sync.
    case lostWrite
    /// A sector holds what another sector should hold.
    case misdirectedWrite
    /// A sector is zero.
    case zeroedSector
}
