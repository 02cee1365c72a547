// SPDX-License-Identifier: Apache-2.0
// The steps of one branch in order, a part of the log at a time.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Reads a branch's steps as bundles; memory is that of one state and one part.
struct BranchSteps {
    private let branch: Branch
    private var state = LogState()
    private var actions = ActionNames()
    /// A STEP_END whose state is not there yet.
    private var pending: StepEnd?
    /// The begins and ends of the steps that are open or ready, as the API has them.
    private var texts: [UInt8] = []
    /// Steps that records may still come for, ascending.
    private var open: [Step] = []
    /// Steps that are complete, ascending, from `front` on.
    private var ready: [Step] = []
    private var front = 0
    private var scratch: [UInt8] = []
    /// Events that stand behind the begin of a later step.
    private var late: [Int64: [(type: RecordType, text: [UInt8])]] = [:]
    /// How many there were of each step.
    private let lateCounts: [Int64: Int]
    /// The last step that has begun or ended.
    private var lastStep: Int64?
    private var segment = 0
    private var offset: UInt64?
    private var isAtEnd = false

    /// Text of steps that are made ready at a time, in bytes.
    private let part: Int

    /// Text that is made ready at a time, of all branches together.
    private static let allParts = 4 << 20
    /// So many steps that are ready are looked through for one that goes on.
    private static let atOnce = 8
    /// What is read for a part at once: little more than one takes.
    private static let piece = 64 << 10

    /// A step whose begin and end stand in `texts`.
    fileprivate struct Step: Sendable {
        let step: Int64
        var begin: Range<Int>?
        var end: Range<Int>?
        var events: [(type: RecordType, text: [UInt8])] = []
    }

    /// Begins with a branch that nobody else reads.
    ///
    /// - Parameters:
    ///   - branch: the branch.
    ///   - count: how many are read side by side.
    /// - Throws: `LogError` when a segment cannot be read.
    init(_ branch: Branch, of count: Int) throws(LogError) {
        self.branch = branch
        part = min(max(Self.allParts / count, 1 << 10), 64 << 10)
        late = try Self.lateEvents(branch)
        lateCounts = late.mapValues(\.count)
    }

    /// The number of the next step; `nil` behind the last one.
    ///
    /// - Throws: `LogError` when a segment cannot be read.
    mutating func peek() throws(LogError) -> Int64? {
        while needsMore { try fill() }
        return front < ready.count ? ready[front].step : nil
    }

    /// Whether the log is read on before the next step is known: where steps run at once, the last
    /// one that is ready may go on behind others.
    var needsMore: Bool { !isAtEnd && front + 1 >= ready.count }

    /// The next step.
    mutating func take() -> StepBundle {
        defer { front += 1 }
        let step = ready[front]
        return StepBundle(
            step: step.step,
            begin: step.begin.map { Array(texts[$0]) },
            end: step.end.map { Array(texts[$0]) },
            events: step.events
        )
    }

    /// Appends the next step as an object of the API; a step that never began is none.
    ///
    /// - Returns: whether there was one.
    mutating func takeObject(to output: inout [UInt8]) -> Bool {
        defer { front += 1 }
        let step = ready[front]
        return StepBundle.append(
            begin: step.begin.map { texts[$0] },
            end: step.end.map { texts[$0] },
            events: step.events,
            to: &output
        )
    }

    // MARK: A place to go on from

    /// What is known where the log is read on: all steps before were taken.
    struct Place: Sendable {
        fileprivate let branch: BranchID
        fileprivate let recovered: UInt64
        fileprivate let state: LogState
        fileprivate let actions: ActionNames
        fileprivate let pending: StepEnd?
        fileprivate let texts: [UInt8]
        fileprivate let open: [Step]
        fileprivate let ready: [Step]
        fileprivate let lastStep: Int64?
        fileprivate let segment: Int
        fileprivate let offset: UInt64?
        /// Events behind the begin of a later step, of the steps before this place.
        fileprivate let late: Int
    }

    /// The place that is come to now, where ``needsMore``; `nil` at the end of the log, which may
    /// grow from there.
    mutating func place() throws(LogError) -> Place? {
        guard segment < branch.reader.segments.count else { return nil }
        dropTaken()
        return Place(
            branch: branch.id,
            recovered: try recovered(),
            state: state,
            actions: actions,
            pending: pending,
            texts: texts,
            open: open,
            ready: ready,
            lastStep: lastStep,
            segment: segment,
            offset: offset,
            late: late(before: lastStep)
        )
    }

    /// Goes on from a place that was come to before.
    ///
    /// - Returns: false when what stands before it is no longer what it was.
    mutating func goOn(from place: Place) throws(LogError) -> Bool {
        let segments = branch.reader.segments
        guard place.branch == branch.id, place.segment < segments.count,
            place.offset ?? 0 <= segments[place.segment].dataEnd,
            try place.recovered == recovered(), place.late == late(before: place.lastStep)
        else { return false }
        (state, actions, pending) = (place.state, place.actions, place.pending)
        (texts, open, ready, front) = (place.texts, place.open, place.ready, 0)
        (lastStep, segment, offset) = (place.lastStep, place.segment, place.offset)
        if let lastStep { late = late.filter { $0.key >= lastStep } }
        return true
    }

    private func late(before step: Int64?) -> Int {
        guard let step, !lateCounts.isEmpty else { return 0 }
        return lateCounts.reduce(0) { $0 + ($1.key < step ? $1.value : 0) }
    }

    /// How often the log was mended: what stood there may be another step since.
    private func recovered() throws(LogError) -> UInt64 {
        var sum: UInt64 = 0
        for segment in branch.reader.segments {
            let counts = try branch.reader.index(of: segment.header.segment).counts
            sum += counts[Int(RecordType.recovered.rawValue)]
        }
        return sum
    }

    // MARK: Reading

    private mutating func fill() throws(LogError) {
        dropTaken()
        let segments = branch.reader.segments
        guard segment < segments.count else {
            if let outcome = state.finish(), let end = pending.take() { _ = takeEnd(end, outcome) }
            close(before: .max)
            isAtEnd = true
            return
        }
        // One reference to the state and the texts, or each change would copy them.
        var reading = self
        self.state = LogState()
        self.texts = []
        self.open = []
        self.ready = []
        self.late = [:]
        self.scratch = []
        let part = part
        var bytes = 0
        var next: UInt64?
        _ = try branch.reader.scan(
            segment: segments[segment].header.segment,
            from: offset,
            piece: Self.piece
        ) { record in
            if bytes >= part {
                next = record.offset
                return .stop
            }
            bytes += reading.take(record)
            return .proceed
        }
        self = reading
        offset = next
        if next == nil { segment += 1 }
    }

    /// Lets the steps go that were taken, and their texts.
    private mutating func dropTaken() {
        ready.removeFirst(front)
        front = 0
        var kept: [UInt8] = []
        func keep(_ range: Range<Int>?) -> Range<Int>? {
            guard let range else { return nil }
            let start = kept.count
            kept.append(contentsOf: texts[range])
            return start..<kept.count
        }
        for index in ready.indices {
            ready[index].begin = keep(ready[index].begin)
            ready[index].end = keep(ready[index].end)
        }
        for index in open.indices {
            open[index].begin = keep(open[index].begin)
            open[index].end = keep(open[index].end)
        }
        texts.removeAll(keepingCapacity: true)
        texts.append(contentsOf: kept)
    }

    /// Takes in a record.
    ///
    /// - Returns: bytes of text that it added.
    private mutating func take(_ record: borrowing RecordView) -> Int {
        var added = 0
        state.reach(record)
        if let outcome = state.takeLostEnd(), let end = pending.take() {
            added = takeEnd(end, outcome)
        }
        switch record.type {
        case .meta: actions = Meta(payload: record.payload)?.actions ?? actions
        case .stepBegin: added += takeBegin(StepBegin(record, actions))
        case .stepEnd: pending = StepEnd(record, actions)
        case let type where type.isTextLine && type != .line:
            var reader = ByteReader(record.payload)
            // A late one is known already.
            guard let step = try? reader.zigzag(), step >= lastStep ?? step else { break }
            let text = reader.rest().array
            open[place(of: step)].events.append((type, text))
            added += text.count
        default: break
        }
        // Of every record: one that is passed over looks like one that is lost.
        let outcome = state.take(record)
        guard outcome != .none, let end = pending.take() else { return added }
        return added + takeEnd(end, outcome)
    }

    private mutating func takeBegin(_ begin: StepBegin?) -> Int {
        guard let begin else { return 0 }
        close(before: begin.step)
        let start = texts.count
        if let line = begin.line {
            BurrModel.beginEntry.append(line, to: &texts)
        } else {
            begin.appendLine(to: &texts)
        }
        open[place(of: begin.step)].begin = start..<texts.count
        return texts.count - start
    }

    private mutating func takeEnd(_ end: StepEnd, _ outcome: LogState.Outcome) -> Int {
        close(before: end.step)
        var document = state.cursor?.document
        if case .unreadable = outcome { document = nil }
        let start = texts.count
        if end.shape == .canonical {
            Self.appendLine(of: end, document, to: &texts)
        } else {
            scratch.removeAll(keepingCapacity: true)
            Self.appendLine(of: end, document, to: &scratch)
            BurrModel.endEntry.append(scratch, to: &texts)
        }
        open[place(of: end.step)].end = start..<texts.count
        return texts.count - start
    }

    private static func appendLine(
        of end: StepEnd,
        _ document: StateDocument?,
        to output: inout [UInt8]
    ) {
        end.appendLine(
            state: { output in
                guard let document else { return output.append(literal: "{}") }
                document.appendText(to: &output)
            },
            to: &output
        )
    }

    /// Where a step stands among the open ones, there from now on.
    private mutating func place(of step: Int64) -> Int {
        let place = open.firstIndex { $0.step >= step } ?? open.count
        if place == open.count || open[place].step != step {
            open.insert(Step(step: step), at: place)
        }
        return place
    }

    /// Completes the steps before one that has begun or ended.
    private mutating func close(before step: Int64) {
        lastStep = max(lastStep ?? step, step)
        let count = open.firstIndex { $0.step >= step } ?? open.count
        guard count > 0 else { return }
        for var closed in open[..<count] {
            if !late.isEmpty { closed.events += late.removeValue(forKey: closed.step) ?? [] }
            let known = ready[front...].suffix(Self.atOnce).lastIndex { $0.step == closed.step }
            guard let known else {
                ready.append(closed)
                continue
            }
            ready[known].begin = closed.begin ?? ready[known].begin
            ready[known].end = closed.end ?? ready[known].end
            ready[known].events += closed.events
        }
        open.removeFirst(count)
    }

    /// The events that stand behind the begin of a later step; there are few.
    ///
    /// - Complexity: one pass over the record headers of segments that hold events.
    private static func lateEvents(
        _ branch: Branch
    ) throws(LogError) -> [Int64: [(type: RecordType, text: [UInt8])]] {
        var found: [Int64: [(type: RecordType, text: [UInt8])]] = [:]
        var last = Int64.min
        for file in branch.reader.segments {
            let number = file.header.segment
            if file.isSealed, let counts = try? branch.reader.index(of: number).counts,
                (128...133).allSatisfy({ counts[$0] == 0 })
            {
                last = max(last, file.trailer?.lastStep ?? last)
                continue
            }
            _ = try branch.reader.scan(segment: number) { record in
                if record.type == .stepBegin || record.type == .stepEnd {
                    last = max(last, record.step ?? last)
                } else if record.type.isTextLine, record.type != .line {
                    var reader = ByteReader(record.payload)
                    if let step = try? reader.zigzag(), step < last {
                        found[step, default: []].append((record.type, reader.rest().array))
                    }
                }
                return .proceed
            }
        }
        return found
    }
}

extension Meta {
    /// Reads a META's payload; `nil` when it is malformed.
    init?(payload: RawSpan) {
        var reader = ByteReader(payload)
        do throws(FormatError) { try self.init(decoding: &reader) } catch { return nil }
    }
}
