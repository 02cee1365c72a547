// The child that is killed: writes steps at full rate and says which ones had returned.

internal import EventLog
internal import StateDelta
internal import Tracking

/// A program under tracking whose every state follows from its step's number.
struct KilledWriter {
    let root: String
    let name: ApplicationName
    let durability: Durability

    static let action = Array("count".utf8)

    /// The state after a step.
    static func state(after step: Int64) -> [UInt8] {
        var text = "{\"n\":\(step),\"items\":["
        for item in max(0, step - step % 200)..<step + 1 where step >= 0 {
            if item % 200 != 0 { text += "," }
            text += "\"item \(item), worth \(item &* 7919 % 1009)\""
        }
        return Array((text + "]}").utf8)
    }

    private var place: BranchPlace {
        let store = Store(root: root)
        var options = LogOptions(durability: durability, segmentTarget: 128 << 10)
        options.burst = 8
        return BranchPlace(
            store: store,
            directory: store.directory(of: name),
            options: options,
            policy: SnapshotPolicy(floor: 8 << 10),
            program: "killed"
        )
    }

    /// Goes on where the application was left, until somebody ends it.
    ///
    /// - Parameter witness: a file that gets the time at which each step's hook has returned.
    /// - Throws: what the writer throws; `damaged` when the last state is not what it was.
    func run(witness: String) throws {
        let witness = Witness(witness)
        var writer = try openOrCreate()
        var step = (writer.lastEnded ?? -1) + 1
        if let text = writer.knownState()?.text(), text != Self.state(after: step - 1) {
            throw TrackingError.log(.damaged(path: root, offset: 0))
        }
        while true {
            let time = EventTime(nanoseconds: (step + 1) * 1_000_000)
            try writer.begin(StepBegin(step: step, action: Self.action, time: time))
            let event = StepEnd(step: step, action: Self.action, time: time)
            try writer.end(event, state: Self.state(after: step).rawSpan)
            try settle(&writer, step)
            if !durability.mayLose || step % 64 == 63 { witness.note(step) }
            step += 1
        }
    }

    /// What a mode does before its hook returns, and what its syncer does now and then.
    private func settle(_ writer: inout BranchWriter, _ step: Int64) throws(LogError) {
        switch durability {
        case .everyStep: if step % 16 == 0 { try writer.log.sync() }
        case .interval: if step % 256 == 0 { try writer.log.sync() }
        case .buffered: if step % 64 == 63 { try writer.log.flush() }
        case .os: break
        }
        // Other workers may come in between.
        if step % 500 == 499 {
            try writer.log.releaseLock()
            _ = try writer.log.retakeLock()
        }
    }

    private func openOrCreate() throws -> BranchWriter {
        let place = place
        let entries = (try? place.store.storage.list(place.directory)) ?? []
        let meta = Meta(name: name)
        if let newest = BranchFiles.among(entries).last {
            return try BranchWriter.open(place, branch: newest.branch, meta: meta)
        }
        return try BranchWriter.create(
            place,
            meta: meta,
            continuing: nil,
            opening: .text(Self.state(after: -1), before: 0),
            time: 0
        )
    }
}

extension Durability {
    /// Whether a killed process may lose steps whose hooks had returned.
    var mayLose: Bool {
        if case .buffered = self { true } else { false }
    }
}
