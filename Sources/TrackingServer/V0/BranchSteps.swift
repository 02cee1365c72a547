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
    /// Steps that records may still come for.
    private var open: [Int64: StepBundle] = [:]
    /// Steps that are complete, ascending, from `front` on.
    private var ready: [StepBundle] = []
    private var front = 0
    /// Events that stand behind the begin of a later step.
    private var late: [Int64: [(type: RecordType, text: [UInt8])]] = [:]
    /// The last step that has begun or ended.
    private var lastStep: Int64?
    private var segment = 0
    private var offset: UInt64?
    private var isAtEnd = false

    /// Text of bundles that are made ready at a time, in bytes.
    private static let part = 256 << 10

    /// Begins with a branch that nobody else reads.
    ///
    /// - Throws: `LogError` when a segment cannot be read.
    init(_ branch: Branch) throws(LogError) {
        self.branch = branch
        late = try Self.lateEvents(branch)
    }

    /// The number of the next step; `nil` behind the last one.
    ///
    /// - Throws: `LogError` when a segment cannot be read.
    mutating func peek() throws(LogError) -> Int64? {
        while front == ready.count {
            if isAtEnd { return nil }
            try fill()
        }
        return ready[front].step
    }

    /// The next step.
    mutating func take() -> StepBundle {
        defer { front += 1 }
        return ready[front]
    }

    private mutating func fill() throws(LogError) {
        ready.removeAll(keepingCapacity: true)
        front = 0
        let segments = branch.reader.segments
        guard segment < segments.count else {
            close(before: .max)
            isAtEnd = true
            return
        }
        // One reference to the state, or each delta would copy it.
        var reading = self
        self.state = LogState()
        self.open = [:]
        self.ready = []
        self.late = [:]
        var bytes = 0
        var next: UInt64?
        _ = try branch.reader.scan(
            segment: segments[segment].header.segment,
            from: offset
        ) { record in
            if bytes >= Self.part {
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

    /// Takes in a record.
    ///
    /// - Returns: bytes of text that it added.
    private mutating func take(_ record: borrowing RecordView) -> Int {
        var added = 0
        switch record.type {
        case .meta: actions = Meta(payload: record.payload)?.actions ?? actions
        case .stepBegin: added = takeBegin(StepBegin(record, actions))
        case .stepEnd: pending = StepEnd(record, actions)
        case let type where type.isTextLine && type != .line:
            var reader = ByteReader(record.payload)
            guard let step = try? reader.zigzag() else { return 0 }
            // A late one is known already.
            if let lastStep, step < lastStep { return 0 }
            let text = reader.rest().array
            open[step, default: StepBundle(step: step)].events.append((type, text))
            added = text.count
        default: break
        }
        let outcome = state.take(record)
        guard outcome != .none, let end = pending.take() else { return added }
        return added + takeEnd(end, outcome)
    }

    private mutating func takeBegin(_ begin: StepBegin?) -> Int {
        guard let begin else { return 0 }
        close(before: begin.step)
        var text: [UInt8] = []
        begin.appendLine(to: &text)
        if begin.line != nil {
            var model: [UInt8] = []
            BurrModel.beginEntry.append(text, to: &model)
            text = model
        }
        open[begin.step, default: StepBundle(step: begin.step)].begin = text
        return text.count
    }

    private mutating func takeEnd(_ end: StepEnd, _ outcome: LogState.Outcome) -> Int {
        close(before: end.step)
        var document = state.cursor?.document
        if case .unreadable = outcome { document = nil }
        var text: [UInt8] = []
        end.appendLine(
            state: { output in
                guard let document else { return output.append(literal: "{}") }
                document.appendText(to: &output)
            },
            to: &text
        )
        if end.shape != .canonical {
            var model: [UInt8] = []
            BurrModel.endEntry.append(text, to: &model)
            text = model
        }
        open[end.step, default: StepBundle(step: end.step)].end = text
        return text.count
    }

    /// Completes the steps before one that has begun or ended.
    private mutating func close(before step: Int64) {
        lastStep = max(lastStep ?? step, step)
        guard open.contains(where: { $0.key < step }) else { return }
        for number in open.keys.filter({ $0 < step }).sorted() {
            guard var bundle = open.removeValue(forKey: number) else { continue }
            bundle.events += late.removeValue(forKey: number) ?? []
            ready.append(bundle)
        }
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
