// SPDX-License-Identifier: Apache-2.0
// Windows: a keyframe and what each step after it changed, what a scrubber loads.

internal import EventLog
package import StateDelta
internal import Tracking

/// Some steps in a row with what each changed.
package struct Window: Sendable {
    /// The first step.
    package let first: Int64
    /// The last step that ended so far.
    package private(set) var last: Int64
    /// Whether no step can be added to it any more.
    package private(set) var isComplete = false
    /// The state before the first step; `nil` where nobody recorded it.
    package private(set) var keyframe: StateDocument?
    package private(set) var steps: [Step] = []
    /// The first step of the block of 256 that holds the window.
    package let block: Int64

    /// One step.
    package struct Step: Sendable {
        package let step: Int64
        /// A JSON Patch; `nil` where it cannot be known.
        package let patch: [UInt8]?
        /// Why not.
        package let problem: String?
    }

    /// Windows never reach over a multiple of this.
    package static let blockSize: Int64 = 256
    /// Bytes of deltas from which a window ends, unless the keyframe is larger.
    private static let byteLimit = 64 << 10

    /// The first step of the block that a step is in.
    package static func block(of step: Int64) -> Int64 {
        step - step.flooredModulo(blockSize)
    }

    fileprivate init(first: Int64, block: Int64, keyframe: StateDocument?) {
        self.first = first
        last = first - 1
        self.block = block
        self.keyframe = keyframe
        limit = max(Self.byteLimit, keyframe?.byteCount ?? 0)
    }

    private var cost = 0
    private let limit: Int

    fileprivate mutating func add(_ step: Step, cost more: Int, end: Int64) {
        steps.append(step)
        last = step.step
        cost += more
        isComplete = cost > limit || step.step >= end
    }
}

extension OpenApplication {
    /// The window that a step is in.
    ///
    /// - Parameters:
    ///   - step: a step that ended on the default line, after its begin.
    ///   - emitter: makes the emitter of patches from the state before the block.
    /// - Returns: `nil` when the line has no such step.
    /// - Throws: `ReplayError.log` when a segment cannot be read at all.
    /// - Complexity: one contiguous read up to the end of the window.
    package func window(
        of step: Int64,
        emitter: (StateDocument?) -> PatchEmitter
    ) throws(ReplayError) -> Window? {
        for (index, part) in line.enumerated()
        where step > part.branch.baseStep && step <= part.last {
            let block = Window.block(of: step)
            var walk = WindowWalk(
                start: max(block, part.branch.baseStep + 1),
                end: min(block + Window.blockSize - 1, part.last),
                wanted: step,
                block: block
            )
            try history.reading { () throws(LogError) in
                try walk.run(part.branch, emitter: emitter)
            }
            guard var window = walk.window, !window.steps.isEmpty, window.last >= step else {
                return nil
            }
            // A branch that was left behind grows no more, as far as this line goes.
            if index > 0, window.last == part.last { window.close() }
            return window
        }
        return nil
    }
}

extension Window {
    fileprivate mutating func close() {
        isComplete = true
    }
}

/// Collects windows of one block until the one with a step is whole.
private struct WindowWalk {
    /// The first step of the block on this branch.
    let start: Int64
    /// The last step that the block can have.
    let end: Int64
    let wanted: Int64
    let block: Int64
    var window: Window?
    private var state = LogState()

    init(start: Int64, end: Int64, wanted: Int64, block: Int64) {
        self.start = start
        self.end = end
        self.wanted = wanted
        self.block = block
    }

    mutating func run(
        _ branch: Branch,
        emitter: (StateDocument?) -> PatchEmitter
    ) throws(LogError) {
        guard let location = try branch.reader.snapshot(atOrBefore: start - 1) else { return }
        var pending: Int64?
        for file in branch.reader.segments where file.header.segment >= location.segment {
            let number = file.header.segment
            let from = number == location.segment ? location.entry.offset : nil
            var isOver = false
            // One reference to the states, or each delta would copy them.
            var walk = self
            self.state = LogState()
            self.window = nil
            _ = try branch.reader.scan(segment: number, from: from) { record in
                walk.state.reach(record)
                if let outcome = walk.state.takeLostEnd(), let step = pending.take(),
                    walk.add(step, outcome)
                {
                    isOver = true
                    return .stop
                }
                if record.type == .stepEnd, let step = record.step, step >= walk.start {
                    if step > walk.end {
                        isOver = true
                        return .stop
                    }
                    walk.begin(at: step, emitter)
                    pending = step
                }
                let outcome = walk.state.take(record)
                guard let step = pending, outcome != .none else { return .proceed }
                pending = nil
                isOver = walk.add(step, outcome)
                return isOver ? .stop : .proceed
            }
            self = walk
            // The block is over, or the window with the wanted step is.
            if isOver {
                window?.close()
                return
            }
        }
        if let outcome = state.finish(), let step = pending { _ = add(step, outcome) }
    }

    /// Begins the first window with the state before its first step.
    private mutating func begin(at step: Int64, _ emitter: (StateDocument?) -> PatchEmitter) {
        guard window == nil else { return }
        let keyframe = state.cursor?.document
        window = Window(first: step, block: block, keyframe: keyframe)
        state.emitter = emitter(keyframe)
    }

    /// Adds a step; true when the window with the wanted step is whole.
    private mutating func add(_ step: Int64, _ outcome: LogState.Outcome) -> Bool {
        var patch = state.patch
        var problem: String?
        if case .unreadable(_, let reason) = outcome {
            (patch, problem) = (nil, reason)
        } else if state.cursor?.isRecorded == false {
            (patch, problem) = (nil, "the step ended without a state that could be recorded")
        } else if patch == nil {
            problem = "what it changed is not known"
        }
        window?.add(
            Window.Step(step: step, patch: patch?.text, problem: problem),
            cost: patch?.cost ?? 0,
            end: end
        )
        guard let full = window, full.isComplete else { return false }
        if full.last >= wanted { return true }
        window = nil
        return false
    }
}

extension Int64 {
    fileprivate func flooredModulo(_ divisor: Int64) -> Int64 {
        flooredDivision(by: divisor).remainder
    }
}
