// What one random program over trackers is like: every seed stresses something else.

internal import EventLog
internal import Simulation
internal import Tracking

/// The temper of a program and of its machine.
struct TrackerProfile: Sendable, CustomStringConvertible {
    /// One thing a program does.
    enum Action: Sendable {
        /// A step, with what it logs.
        case step
        /// A step that begins and does not end for now.
        case begin
        /// The end of it.
        case end
        /// A span, an attribute, an item of a stream.
        case event
        /// An execute call of some steps.
        case run
        case flush
        case release
        /// Time passes, and the syncer does what is due.
        case pass
        /// So much of it that locks are given up.
        case idle
        /// An application begins, goes on, goes back, or begins anew.
        case open
        case close
        /// A tracker that nobody closes.
        case drop
        /// The disk fills up or fails for a while.
        case disturb
        case inspect
        case kill
        case powerCut
    }

    let durability: Durability
    let burst: Int
    let raises: Bool
    let segmentTarget: UInt64
    let snapshotFloor: UInt64
    let wordiness: Int
    let length: Int
    let chances: Chances
    /// How many actions in a hundred end the process before long.
    let deaths: Int
    /// How many deaths in a hundred are power cuts.
    let powerCuts: Int
    /// Whether the disk also changes what had been synced.
    let corrupts: Bool
    let actions: [Action]

    init(_ random: inout SeededRandom) {
        durability = random.pick([
            .everyStep, .everyStep, .interval(.milliseconds(250)), .interval(.milliseconds(250)),
            .os, .buffered(maxDelay: .milliseconds(500)),
        ])
        burst = random.pick([0, 1, 4, 256])
        raises = random.chance(1, of: 2)
        segmentTarget = random.pick([2 << 10, 4 << 10, 16 << 10, 64 << 20])
        snapshotFloor = random.pick([256, 1 << 10, 4 << 10])
        wordiness = random.pick([8, 60, 60, 400, 3_000])
        length = 20 + random.below(60)
        deaths = random.pick([0, 0, 2, 8])
        powerCuts = random.pick([0, 50, 100])
        corrupts = random.chance(1, of: 5)
        actions = Self.actions(&random)
        chances = Chances(failsSyncs: durability.isSynced, &random)
    }

    /// Steps mostly, and a few of the others often.
    private static func actions(_ random: inout SeededRandom) -> [Action] {
        let rare: [Action] = [
            .begin, .end, .event, .run, .flush, .release, .pass, .pass, .idle, .open, .open, .close,
            .drop, .disturb, .inspect, .kill, .powerCut,
        ]
        var actions = [Action](repeating: .step, count: 14) + rare
        actions += [Action](repeating: random.pick(rare), count: random.below(6))
        return actions
    }

    var isBuffered: Bool {
        if case .buffered = durability { true } else { false }
    }

    var description: String {
        "\(durability), burst \(burst), \(raises ? "raises" : "goes on"), "
            + "segments of \(segmentTarget), snapshots from \(snapshotFloor), \(length) actions, "
            + "\(deaths) % deaths, \(powerCuts) % power cuts, corrupts \(corrupts), \(chances)"
    }
}

extension Durability {
    /// A mode that never syncs promises nothing of a disk that fails to.
    var isSynced: Bool {
        switch self {
        case .everyStep, .interval: true
        case .os, .buffered: false
        }
    }
}
