// The whole state of a simulated machine: its disk, its clock, its processes.

internal import EventLog

/// A disk, and the process that uses it.
struct SimulatedDisk: Sendable {
    var names = SimulatedNames()
    var inodes: [SimulatedInode] = []
    var random: SeededRandom
    /// The clock on the wall, which may jump.
    var clock: Int64 = 1_790_000_000_000_000_000
    /// The clock that only goes forward.
    var uptime: Int64 = 0
    /// The running process; descriptions of others are dead.
    private(set) var process: UInt64 = 0
    /// The process has been killed, or the power was cut: no call does anything any more.
    var isDead = false
    /// Calls until the process dies; nil for never.
    var callsLeft: Int?
    private var lastDescription: UInt64 = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// Counts a call; throws when the caller is dead, or dies of this one.
    ///
    /// - Returns: whether the process dies in the middle of this call.
    mutating func enter(_ caller: UInt64) throws(Errno) -> Bool {
        if isDead || caller != process { throw .io }
        guard let left = callsLeft else { return false }
        callsLeft = left - 1
        if left <= 1 { isDead = true }
        return isDead
    }

    /// The same for calls that happen or do not.
    mutating func enterWhole(_ caller: UInt64) throws(Errno) {
        // Half of the deaths come after the call.
        if try enter(caller), random.chance(1, of: 2) { throw .io }
    }

    mutating func newDescription() -> UInt64 {
        lastDescription += 1
        return lastDescription
    }

    mutating func newInode(_ inode: SimulatedInode = SimulatedInode()) -> Int {
        inodes.append(inode)
        return inodes.count - 1
    }

    /// The process is gone; what it had written is there, its locks are not.
    mutating func kill() {
        process += 1
        isDead = false
        callsLeft = nil
        for index in inodes.indices { inodes[index].lockOwner = nil }
    }

    /// The machine is gone; what had been synced is there.
    mutating func cutPower(_ rules: PowerCut) {
        kill()
        let garbage = inodes.max { $0.durable.count < $1.durable.count }?.durable ?? []
        for index in inodes.indices {
            inodes[index].cutPower(rules, garbage: garbage, &random)
        }
        names.cutPower(rules, &random)
    }
}
