// What one random program is like: every seed stresses something else.

internal import EventLog

/// The temper of a program and of its disk.
struct Profile: Sendable, CustomStringConvertible {
    let options: LogOptions
    let length: Int
    let chances: Chances
    /// How many actions in a hundred end the process before long.
    let deaths: Int
    /// How many deaths in a hundred are power cuts.
    let powerCuts: Int
    /// Whether the disk also changes what had been synced.
    let corrupts: Bool
    let actions: [LogProgram.Action]

    var isBuffered: Bool {
        if case .buffered = options.durability { true } else { false }
    }

    init(_ random: inout SeededRandom) {
        let modes: [Durability] = [
            .everyStep, .everyStep, .interval(.milliseconds(250)), .os,
            .buffered(maxDelay: .seconds(1)),
        ]
        let durability = random.pick(modes)
        var options = LogOptions(
            durability: durability,
            segmentTarget: 32 << 10,
            bufferCapacity: 64 << 10
        )
        options.burst = random.pick([0, 1, 4, 256])
        self.options = options
        length = 20 + random.below(80)
        deaths = random.pick([0, 2, 5, 15])
        powerCuts = random.pick([0, 50, 100])
        corrupts = random.chance(1, of: 4)
        actions = Self.actions(&random)
        // A mode that never syncs promises nothing of a disk that fails to.
        let syncs = durability != .os && durability != .buffered(maxDelay: .seconds(1))
        chances = Chances(failsSyncs: syncs, &random)
    }

    /// Appends mostly, and a few of the others often.
    private static func actions(_ random: inout SeededRandom) -> [LogProgram.Action] {
        let rare: [LogProgram.Action] = [
            .group, .snapshot, .sync, .sync, .beginSync, .endSync, .mark, .flush, .seal, .roll,
            .release, .otherWriter, .close, .inspect, .kill, .powerCut,
        ]
        var actions = [LogProgram.Action](repeating: .append, count: 8) + rare
        let favourite = random.pick(rare)
        actions += [LogProgram.Action](repeating: favourite, count: random.below(6))
        return actions
    }

    var description: String {
        "\(options.durability), burst \(options.burst), \(length) actions, \(deaths) % deaths, "
            + "\(powerCuts) % power cuts, corrupts \(corrupts), \(chances)"
    }
}
