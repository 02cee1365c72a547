// SPDX-License-Identifier: Apache-2.0
// When to keep a lock for a moment more: giving it up and taking it again costs more than a step.

internal import EventLog

/// What a tracker knows of the lock that it has let go of, but may still hold loosely.
struct RestingLock {
    /// When it was let go of last.
    private var last: Int64 = .min
    /// How often in a row soon after the time before.
    private var count = 0
    /// The last record when it was let go of.
    private var restedAt: UInt64?
    /// The last record at the last look.
    private var seen: UInt64?
    /// Whether somebody looks at it from time to time.
    private var isWatched = false

    /// What a look at a loose lock finds.
    enum Finding {
        /// Records have come since the last look.
        case isInUse
        /// Nothing has come since it was let go of.
        case isIdle
        /// Whoever took it again is still at the same step, or between two steps of a run.
        case isKept
    }

    /// Whether a program that lets go will most likely be back at once.
    ///
    /// - Parameters:
    ///   - time: of its last record.
    ///   - burst: so often in a row it must have been.
    /// - Returns: whether it was so often.
    mutating func isQuick(at time: Int64, after burst: Int) -> Bool {
        let isSoon = UInt64(bitPattern: time &- last) < UInt64(LooseLock.rest)
        last = time
        if !isSoon {
            count = 0
            return false
        }
        if count < burst { count += 1 }
        return count >= burst
    }

    /// The lock is loose from now on.
    ///
    /// - Returns: whether nobody looks at it yet.
    mutating func begin(at sequence: UInt64?) -> Bool {
        restedAt = sequence
        defer { isWatched = true }
        return !isWatched
    }

    /// Looks whether it is still wanted.
    mutating func look(at sequence: UInt64?) -> Finding {
        defer { seen = sequence }
        if sequence != seen { return .isInUse }
        return sequence == restedAt ? .isIdle : .isKept
    }

    /// Nobody looks at it any more.
    mutating func end() {
        isWatched = false
        seen = nil
    }
}
