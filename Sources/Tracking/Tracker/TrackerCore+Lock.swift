// SPDX-License-Identifier: Apache-2.0
// When a tracker lets other writers in, and what it finds when it comes back.

internal import EventLog

extension TrackerCore {
    /// Lets other writers in.
    mutating func releaseLock() throws(TrackingError) {
        guard writer?.log.isHealthy == true else { return }
        do throws(LogError) { try writer?.log.releaseLock() } catch { throw .log(error) }
    }

    /// Lets other writers in: at once, or in a moment, where the program has been quick to go on.
    ///
    /// - Returns: whether `rest` is to be asked for from now on, every `LooseLock.rest`.
    mutating func letGo() throws(TrackingError) -> Bool {
        guard writer?.log.isHealthy == true, let time = writer?.lastTime,
            restingLock.isQuick(at: time, after: place.options.burst)
        else {
            try releaseLock()
            return false
        }
        do throws(LogError) { try writer?.log.loosenLock() } catch {
            // Not every file system knows such locks.
            try releaseLock()
            return false
        }
        return restingLock.begin(at: writer?.log.appendedSequence)
    }

    /// What a moment is for: a lock that is held loosely is given up where no record came.
    ///
    /// - Returns: whether to ask again after as long.
    mutating func rest() -> Bool {
        if writer?.log.lockIsLoose == true {
            switch restingLock.look(at: writer?.log.appendedSequence) {
            case .isInUse: return true
            case .isIdle: try? releaseLock()
            case .isKept: writer?.log.tightenLock()
            }
        }
        restingLock.end()
        return false
    }

    /// What an idle second is for: the lock is given up unless a step is under way.
    mutating func idle() {
        if writer?.openCount == 0 { try? releaseLock() }
    }

    /// Takes the lock that was given up; branches off where another writer has taken steps.
    mutating func retakeLock(time: Int64) throws(TrackingError) {
        do throws(LogError) {
            switch try writer?.log.retakeLock() {
            case .unchanged?, nil: return
            case .moved?: try goOn(time: time)
            case .lockedByAnother?: try branchOff(time: time)
            }
        } catch {
            throw .log(error)
        }
    }

    /// Reads the branch that somebody else has appended to.
    ///
    /// Links and the like are no reason to branch off, steps are.
    private mutating func goOn(time: Int64) throws(LogError) {
        guard let branch = writer?.branch else { return }
        do throws(TrackingError) {
            let opened = try BranchWriter.open(place, branch: branch, meta: meta)
            if opened.lastEnded == writer?.lastEnded, opened.lastBegun == writer?.lastBegun {
                writer = consume opened
                return
            }
        } catch {
            // Locked again, or not readable: a branch of our own depends on neither.
        }
        try branchOff(time: time)
    }

    /// Opens a branch of our own behind the last step written.
    private mutating func branchOff(time: Int64) throws(LogError) {
        // What this writer wrote is only durable once it is synced: nobody else does it.
        if place.options.durability.isSynced { try? writer?.log.sync() }
        inherited = writer?.knownState()
        leave()
        guard let point = lastBranch else { return }
        start = TrackerStart(state: nil, continuing: point.step)
        mustBranchOff = true
    }
}
