// What is read of one branch, by every way that leads to a state.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// One branch as its readers see it.
struct BranchReading {
    /// What the state after a step is.
    enum Outcome: Equatable, CustomStringConvertible {
        case state([UInt8])
        case withoutState
        case missing(String)

        var description: String {
            switch self {
            case .state(let text): "\"\(String(decoding: text.prefix(60), as: UTF8.self))\""
            case .withoutState: "no state"
            case .missing(let why): "missing: \(why)"
            }
        }

        var isState: Bool {
            if case .state = self { true } else { false }
        }
    }

    /// Where the records of a step end.
    struct Place: Sendable {
        var segment: UInt64
        var end: UInt64
        var sequence: UInt64

        init(segment: UInt64, end: UInt64, sequence: UInt64) {
            self.segment = segment
            self.end = end
            self.sequence = sequence
        }

        init(_ extent: TrackerModel.Extent) {
            self.init(segment: extent.segment, end: extent.end, sequence: extent.sequence)
        }
    }

    let branch: BranchID
    let parent: BranchPoint?
    let baseStep: Int64
    let verification: BranchVerification
    /// Of each step that was ever tried, or is found.
    private(set) var outcomes: [Int64: Outcome] = [:]
    /// The state that each step saw, where there is one.
    private(set) var before: [Int64: [UInt8]] = [:]
    private(set) var texts: [TrackerModel.Attempt] = []
    private(set) var gaps = 0
    /// The first thing that readers do not agree on.
    private(set) var wrong: String?
    /// Per segment the end of what is known to have been durable.
    private var marks: [UInt64: UInt64] = [:]
    private(set) var places: [Int64: Place] = [:]

    /// Reads a branch.
    ///
    /// - Parameters:
    ///   - found: the branch.
    ///   - history: the application.
    ///   - steps: steps to look for, whether they are there or not.
    ///   - verification: what fsck says of it.
    /// - Throws: what a reader throws that no lost step explains.
    init(
        _ found: Replay.Branch,
        of history: History,
        steps: Set<Int64>,
        verification: BranchVerification
    ) throws {
        branch = found.id
        parent = found.parent
        baseStep = found.baseStep
        self.verification = verification
        try scan(found.reader)
        let line = history.line(of: found)
        let passed = try passedStates(line, history)
        let all = steps.union(passed.keys).union(places.keys).filter { $0 > baseStep && $0 >= 0 }
        for step in all.sorted() {
            let position = try history.resolve(Ref("\(step)@\(branch)"), now: 0)
            outcomes[step] = Self.outcome(history, position)
            before[step] = try? history.state(at: position, side: .before)
        }
        compare(passed)
        compareWithVerification()
        if !isDamaged { try compareRows(line, history) }
    }

    var isDamaged: Bool { verification.verdict >= .damaged }

    private mutating func complain(_ text: String) {
        wrong = wrong ?? text
    }

    // MARK: Reading

    private static func outcome(_ history: History, _ position: StepPosition) -> Outcome {
        do throws(ReplayError) {
            return .state(try history.state(at: position))
        } catch .stepWithoutState {
            return .withoutState
        } catch {
            return .missing("\(error)")
        }
    }

    private mutating func scan(_ reader: LogReader) throws {
        var reading = self
        for (file, next) in zip(reader.segments, reader.segments.dropFirst())
        where !next.headerIsDamaged {
            let end = file.trailer == nil ? next.header.predecessorDataEnd : file.size
            reading.marks[file.header.segment] = end
        }
        for file in reader.segments {
            let segment = file.header.segment
            if file.trailer != nil { reading.marks[segment] = file.size }
            var open: Int64?
            var afterGap = false
            _ = try reader.scan(segment: segment) { record in
                if record.type == .syncMark, let mark = try? SyncMark(decoding: record.payload) {
                    reading.marks[segment] = max(reading.marks[segment] ?? 0, mark.durableOffset)
                }
                if afterGap, record.type != .snapshot, record.missing == .nothing {
                    reading.complain("a GAP is followed by \(record.type.rawValue)")
                }
                afterGap = record.type == .gap
                if record.type == .gap { reading.gaps += 1 }
                if record.type == .stepEnd { open = record.step }
                if let step = open {
                    reading.places[step] = Place(
                        segment: segment,
                        end: record.end,
                        sequence: record.sequence
                    )
                }
                if !record.header.flags.contains(.groupContinues) { open = nil }
                reading.takeText(record)
                return .proceed
            }
        }
        self = reading
    }

    private mutating func takeText(_ record: borrowing RecordView) {
        guard TrackerProgram.textTypes.contains(record.type), let step = record.step else { return }
        var reader = ByteReader(record.payload)
        _ = try? reader.step()
        let text = reader.rest().array
        texts.append(.init(type: record.type, step: step, text: text, isReported: true))
    }

    /// The steps as one pass over the branch gives them.
    private func passedStates(
        _ line: [LinePart],
        _ history: History
    ) throws -> [Int64: Outcome] {
        var passed: [Int64: Outcome] = [:]
        try history.eachState(line, max(0, baseStep + 1)...Int64.max) { step in
            if let state = step.state {
                passed[step.step] = .state(state.text())
            } else {
                let hasNone = step.end.map { $0.stateLength == nil } ?? false
                let why = step.problem ?? "no reason"
                passed[step.step] = hasNone ? .withoutState : .missing(why)
            }
            return true
        }
        return passed
    }

    // MARK: What must agree

    private mutating func compare(_ passed: [Int64: Outcome]) {
        for (step, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
            let other = passed[step] ?? .missing("not passed")
            switch (outcome, other) {
            case (.missing, .missing), (.missing, .withoutState): continue
            // A snapshot right behind a step that cannot be rebuilt holds its state all the same.
            case (.state, .missing) where isDamaged: continue
            case (let one, let other) where one == other: continue
            default: return complain("step \(step) reads \(outcome), passed over \(other)")
            }
        }
    }

    private mutating func compareWithVerification() {
        for (step, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
            let isReplayable = verification.replayable.contains { $0.contains(step) }
            let isUnreadable = verification.unreadable.contains { $0.contains(step) }
            let isSaved = isDamaged && isUnreadable && outcome.isState
            if outcome.isState != isReplayable, !isSaved {
                return complain(
                    "step \(step) reads \(outcome), fsck says \(verification.verdict): replayable "
                        + "\(verification.replayable), unreadable \(verification.unreadable)"
                )
            }
        }
    }

    /// The list of steps is that of the records.
    private mutating func compareRows(_ line: [LinePart], _ history: History) throws {
        var rows: Set<Int64> = []
        try history.eachRow(line, range: max(0, baseStep + 1)...Int64.max) { row in
            if row.row.status != .begun { rows.insert(row.row.step) }
            return true
        }
        let ended = Set(places.keys)
        if rows != ended {
            complain("the list has \(rows.sorted()), the records have \(ended.sorted())")
        }
    }

    // MARK: For the model

    /// Whether an attempt is there.
    func holds(_ attempt: TrackerModel.Attempt) -> Bool {
        if !attempt.isStep { return texts.contains { $0.isSame(as: attempt) } }
        return outcomes[attempt.step] == attempt.text.map { .state($0) } ?? .withoutState
    }

    /// How far the branch had got with a step.
    func extent(of attempt: TrackerModel.Attempt) -> TrackerModel.Extent? {
        guard attempt.isStep, let place = places[attempt.step] else { return nil }
        return TrackerModel.Extent(
            branch: branch,
            segment: place.segment,
            end: place.end,
            sequence: place.sequence
        )
    }

    /// Whether a step may be missing after bytes have changed: it is named, or nothing that could
    /// be read says that its end had been durable.
    ///
    /// - Parameters:
    ///   - step: the step.
    ///   - place: where it was.
    /// - Returns: whether it may.
    func excuses(_ step: Int64, at place: Place?) -> Bool {
        if verification.unreadable.contains(where: { $0.contains(step) }) { return true }
        // Where no record is left that tells the number of a step, the damage is named.
        let known = verification.replayable + verification.unreadable
        if let place, step > known.map(\.upperBound).max() ?? baseStep,
            damage(in: place.segment).contains(where: {
                $0.upperBound >= place.end && $0.lowerBound < place.end
            })
        {
            return true
        }
        // Only a snapshot knew of one whose own record had been lost before: what it is gone with
        // may pass for a write that was never finished.
        return place.map { $0.end > marks[$0.segment] ?? 0 } ?? (verification.verdict != .clean)
    }

    /// What of a segment is damaged, with the records that a stray write has put in the middle.
    private func damage(in segment: UInt64) -> [Range<UInt64>] {
        var joined: [Range<UInt64>] = []
        for finding in verification.findings
        where finding.kind == .damage && finding.segment == segment {
            let bytes = finding.bytes
            if let last = joined.last, bytes.lowerBound <= last.upperBound + Self.strayWrite {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, bytes.upperBound)
            } else {
                joined.append(bytes)
            }
        }
        return joined
    }

    /// Bytes that a write that goes astray changes.
    private static let strayWrite: UInt64 = 512
}
