// What must be in an application's branches: the oracle of the tracker programs.

internal import EventLog
internal import Tracking

/// What trackers were told to record, branch by branch.
struct TrackerModel: Sendable {
    /// How far a branch had got.
    struct Extent: Equatable, Sendable {
        var branch: BranchID
        var segment: UInt64
        var end: UInt64
        var sequence: UInt64
    }

    /// A step that ended, or an event that is kept as text.
    struct Attempt: Equatable, Sendable {
        /// STEP_END, or the type of a text.
        var type: RecordType
        var step: Int64
        /// The run that told it; 0 for one that was read.
        var run = 0
        /// The state after the step, `nil` for one without; or the text of an event.
        var text: [UInt8]?
        /// The call has returned, and nothing says that it failed.
        var isReported: Bool
        /// It outlives the process.
        var isWritten = false
        /// It outlives the machine.
        var isDurable = false
        /// Where the branch ended when the call returned.
        var end: Extent?
    }

    /// What had happened before a reading.
    enum Event: Sendable {
        case nothing
        case kill
        case powerCut
        case corruption
    }

    /// One branch.
    struct Branch: Sendable {
        var attempts: [Attempt] = []
        /// Not found after a death: behind a hole that is reported they may come back.
        var lost: [Attempt] = []
        /// It copies another one: what it could not rebuild it has without a state.
        var isRepair = false
        /// GAP records that must be there.
        var gaps = 0
        /// Where readers last saw each step.
        var places: [Int64: BranchReading.Place] = [:]

        /// Every step that was ever tried.
        var steps: Set<Int64> { Set((attempts + lost).filter(\.isStep).map(\.step)) }
    }

    private(set) var branches: [BranchID: Branch] = [:]
    /// Whether the disk has changed what had been synced.
    var isCorrupted = false
    /// Copies that repairs have told of; others may have been left by one that failed.
    private var promisedRepairs: Set<BranchID> = []
    /// The states that branches may open with.
    private(set) var openings: Set<[UInt8]> = []

    subscript(branch: BranchID) -> Branch { branches[branch] ?? Branch() }

    // MARK: What trackers do

    mutating func add(_ attempt: Attempt, to branch: BranchID) {
        // To go on with a copy makes its name durable.
        promisedRepairs.insert(branch)
        branches[branch, default: Branch()].attempts.append(attempt)
    }

    mutating func addOpening(_ text: [UInt8]) {
        openings.insert(text)
    }

    mutating func addGap(to branch: BranchID) {
        branches[branch, default: Branch()].gaps += 1
    }

    /// A repair has what its original has.
    mutating func addRepair(of original: BranchID) {
        if branches[original.repair] == nil { branches[original.repair] = self[original] }
        branches[original.repair]?.gaps = 0
        branches[original.repair]?.isRepair = true
    }

    /// A repair has returned: its copy is there for good.
    mutating func promise(repair: BranchID) {
        promisedRepairs.insert(repair)
    }

    /// A tracker tells how far its branch is.
    ///
    /// - Parameters:
    ///   - progress: how far.
    ///   - run: the only one whose attempts this concerns; `nil` for all. What another one had in
    ///     memory may never have been written, and its place be taken.
    mutating func note(_ progress: TrackerProgress, of run: Int? = nil) {
        guard var branch = branches.removeValue(forKey: progress.branch) else { return }
        for index in branch.attempts.indices.reversed() where branch.attempts[index].isReported {
            // What was durable before stays so, with all that is before it.
            if branch.attempts[index].isDurable { break }
            guard let end = branch.attempts[index].end, end.branch == progress.branch,
                run == nil || branch.attempts[index].run == run
            else { continue }
            if end.segment < progress.segment || end.end <= progress.visibleEnd {
                branch.attempts[index].isWritten = true
            }
            if end.sequence <= progress.durableSequence {
                branch.attempts[index].isWritten = true
                branch.attempts[index].isDurable = true
            }
        }
        branches[progress.branch] = branch
    }

    // MARK: After a death

    /// From now on what was read is what must be there.
    ///
    /// - Parameters:
    ///   - readings: what was read.
    ///   - unread: branches that are there and cannot be read: nothing of them is promised, and all
    ///     of it may show again when more bytes have changed.
    ///   - event: what had happened.
    mutating func adopt(_ readings: [BranchReading], unread: Set<BranchID>, after event: Event) {
        let isOnDisk = event.isOfMachine
        for reading in readings {
            var branch = self[reading.branch]
            let found = branch.attempts + branch.lost
            branch.attempts = []
            branch.lost = []
            for var attempt in found {
                if reading.holds(attempt) {
                    attempt.isReported = true
                    attempt.isWritten = true
                    attempt.isDurable = attempt.isDurable || isOnDisk
                    attempt.end = reading.extent(of: attempt) ?? attempt.end
                    if !branch.attempts.contains(where: { $0.isSame(as: attempt) }) {
                        branch.attempts.append(attempt)
                    }
                } else {
                    branch.lost.append(attempt)
                }
            }
            branch.attempts.sort { $0.step < $1.step }
            branch.gaps = min(branch.gaps, reading.gaps)
            branch.places = reading.places
            branches[reading.branch] = branch
        }
        let read = Set(readings.map(\.branch))
        branches = branches.filter { read.contains($0.key) || unread.contains($0.key) }
        for id in unread.subtracting(read) {
            for index in self[id].attempts.indices {
                branches[id]?.attempts[index].isWritten = false
                branches[id]?.attempts[index].isDurable = false
            }
        }
    }
}

extension TrackerModel.Extent {
    init(_ progress: TrackerProgress) {
        branch = progress.branch
        segment = progress.segment
        end = progress.end
        sequence = progress.sequence
    }
}

extension TrackerModel.Event {
    var isOfMachine: Bool {
        switch self {
        case .powerCut, .corruption: true
        case .nothing, .kill: false
        }
    }
}

extension TrackerModel.Attempt {
    var isStep: Bool { type == .stepEnd }

    func isSame(as other: Self) -> Bool {
        type == other.type && step == other.step && text == other.text
    }

    func isPromised(after event: TrackerModel.Event) -> Bool {
        isReported && (event.isOfMachine ? isDurable : isWritten)
    }
}

// MARK: - Objections

extension TrackerModel {
    /// Holds what was read of all branches against what must be there.
    ///
    /// - Parameters:
    ///   - readings: what was read.
    ///   - refused: branches that say of themselves that they cannot be read.
    ///   - event: what had happened.
    /// - Returns: what is wrong, if anything is.
    func objection(
        to readings: [BranchReading],
        refused: Set<BranchID>,
        after event: Event
    ) -> String? {
        for reading in readings {
            if let wrong = reading.wrong { return "branch \(reading.branch): \(wrong)" }
            if let objection = objection(to: reading, after: event) {
                return "branch \(reading.branch): \(objection)"
            }
        }
        let read = Set(readings.map(\.branch)).union(refused)
        for (id, branch) in branches.sorted(by: { $0.key < $1.key }) where !read.contains(id) {
            // Its original is there: the next repair makes it anew.
            if branch.isRepair, !promisedRepairs.contains(id) { continue }
            if branch.attempts.contains(where: { $0.isPromised(after: event) }) {
                return "branch \(id) is lost"
            }
        }
        return nil
    }

    private func objection(to reading: BranchReading, after event: Event) -> String? {
        let branch = self[reading.branch]
        for (step, outcome) in reading.outcomes.sorted(by: { $0.key < $1.key }) {
            let tried = branch.attempts.filter { $0.isStep && $0.step == step }
            if let objection = objection(at: step, outcome, tried, branch, reading, event) {
                return "step \(step): \(objection)"
            }
        }
        for attempt in branch.attempts where !attempt.isStep {
            if attempt.isPromised(after: event), event != .corruption, !reading.holds(attempt) {
                return "event \(attempt.words) is lost"
            }
        }
        for text in reading.texts {
            let isKnown = (branch.attempts + branch.lost).contains {
                $0.type == text.type && $0.step == text.step && $0.text == text.text
            }
            if !isKnown { return "event \(text.words) comes from nowhere" }
        }
        if !event.isOfMachine, !reading.isDamaged, reading.gaps < branch.gaps {
            return "\(branch.gaps) gaps were to be said, \(reading.gaps) are"
        }
        return nil
    }

    private func objection(
        at step: Int64,
        _ outcome: BranchReading.Outcome,
        _ tried: [Attempt],
        _ branch: Branch,
        _ reading: BranchReading,
        _ event: Event
    ) -> String? {
        let last = tried.lastIndex { $0.isPromised(after: event) }
        switch outcome {
        case .missing(let why):
            guard let last else { return nil }
            // One that was never read ended at most where its branch did.
            let step = tried[last].step
            let end = tried[last].end.map { BranchReading.Place($0) }
            if event == .corruption, reading.excuses(step, at: branch.places[step] ?? end) {
                return nil
            }
            return "\(tried[last].words) is lost, and was promised: \(why)"
        case .state, .withoutState:
            // Only what came after the last that was promised may stand in its place.
            let possible = event == .corruption ? tried[...] : tried[(last ?? 0)...]
            if possible.contains(where: { outcome == $0.outcome }) { return nil }
            if branch.isRepair, outcome == .withoutState { return nil }
            // A disk that changes bytes can also change them back.
            if reading.isDamaged || event == .corruption,
                branch.lost.contains(where: { $0.isStep && outcome == $0.outcome })
            {
                return nil
            }
            // Where its headers are lost a branch, or a copy of it, does not know where it began:
            // the state that it opened with, the one after that step, passes for one of its own.
            if reading.isDamaged || branch.isRepair, isCorrupted, tried.isEmpty,
                branches.values.contains(where: { branch in
                    (branch.attempts + branch.lost).contains { $0.isSame(as: outcome, at: step) }
                })
            {
                return nil
            }
            return "it reads \(outcome), recorded was \(tried.map(\.words))"
        }
    }
}

extension TrackerModel.Attempt {
    fileprivate var outcome: BranchReading.Outcome {
        text.map { .state($0) } ?? .withoutState
    }

    fileprivate func isSame(as outcome: BranchReading.Outcome, at step: Int64) -> Bool {
        isStep && self.step == step && self.outcome == outcome
    }

    /// For people.
    var words: String {
        let text = text.map { String(decoding: $0.prefix(40), as: UTF8.self) } ?? "no state"
        let flags = [
            isReported ? "reported" : "not reported", isWritten ? "written" : "",
            isDurable ? "durable" : "",
        ].filter { !$0.isEmpty }.joined(separator: ", ")
        return "\(step) \(text) (\(flags), \(end.map { "seq \($0.sequence)" } ?? "nowhere"))"
    }
}
