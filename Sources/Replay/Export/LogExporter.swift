// SPDX-License-Identifier: Apache-2.0
// An application back into the lines of Burr's log.jsonl.

internal import EventLog
internal import StateDelta
internal import Tracking

/// Prints an application's log as Burr's tracker writes it.
package struct LogExporter {
    private let history: History

    package init(_ history: History) {
        self.history = history
    }

    /// Gives the lines of `log.jsonl`, branch after branch.
    ///
    /// For an imported application these are the bytes that were imported.
    ///
    /// - Parameters:
    ///   - problem: told what is left out because it cannot be read.
    ///   - write: takes the next bytes; returns false to stop.
    /// - Throws: `ReplayError.log` when a segment cannot be read at all.
    /// - Complexity: one pass over the log; memory is that of one state.
    package func run(
        problem: (String) -> Void,
        write: ([UInt8]) -> Bool
    ) throws(ReplayError) {
        var printer = LinePrinter()
        for branch in history.branches {
            let goesOn = try history.reading { () throws(LogError) in
                try printer.run(branch, problem: problem, write: write)
            }
            if !goesOn { return }
        }
        _ = printer.finish(write)
    }
}

/// Turns records into lines.
private struct LinePrinter {
    private var state = LogState()
    private var actions = ActionNames()
    /// A STEP_END whose state is not there yet.
    private var pending: StepEnd?
    private var output: [UInt8] = []
    /// Whether the last line still wants its line feed.
    private var wantsFeed = false
    /// Whether the file it came from ended without one.
    private var isUnterminated = false

    mutating func run(
        _ branch: Branch,
        problem: (String) -> Void,
        write: ([UInt8]) -> Bool
    ) throws(LogError) -> Bool {
        state = LogState()
        var goesOn = true
        for file in branch.reader.segments where goesOn {
            var printer = self
            // One reference to the state, or each delta would copy it.
            self = LinePrinter()
            let end = try branch.reader.scan(segment: file.header.segment) { record in
                printer.take(record, problem)
                goesOn = printer.drain(write, above: 1 << 18)
                return goesOn ? .proceed : .stop
            }
            self = printer
            for damage in end.damages {
                problem("\(file.path): bytes \(damage.bytes) are damaged")
            }
        }
        if goesOn, let outcome = state.finish() { endPending(outcome, problem) }
        return goesOn
    }

    /// Writes what is left, and the last line feed.
    mutating func finish(_ write: ([UInt8]) -> Bool) -> Bool {
        if wantsFeed, !isUnterminated { output.append(0x0A) }
        return drain(write, above: 0)
    }

    private mutating func drain(_ write: ([UInt8]) -> Bool, above limit: Int) -> Bool {
        guard output.count > limit else { return true }
        defer { output.removeAll(keepingCapacity: true) }
        return write(output)
    }

    private mutating func take(_ record: borrowing RecordView, _ problem: (String) -> Void) {
        state.reach(record)
        if let outcome = state.takeLostEnd() { endPending(outcome, problem) }
        var reader = ByteReader(record.payload)
        switch record.type {
        case .meta: actions = Meta(record)?.actions ?? actions
        case .stepBegin:
            guard let begin = StepBegin(record, actions) else { return }
            startLine()
            begin.appendLine(to: &output)
        case .stepEnd: pending = StepEnd(record, actions)
        case .importMark:
            if let mark = try? ImportMark(decoding: &reader), mark.file == .log {
                isUnterminated = mark.isUnterminated
            }
        case let type where type.isTextLine:
            guard (try? reader.zigzag()) != nil else { return }
            startLine()
            output.append(contentsOf: reader.rest().array)
        default: break
        }
        let outcome = state.take(record)
        if outcome != .none { endPending(outcome, problem) }
    }

    private mutating func endPending(
        _ outcome: LogState.Outcome,
        _ problem: (String) -> Void
    ) {
        guard let end = pending.take() else { return }
        if case .unreadable(let step, let reason) = outcome, !end.isVerbatim {
            problem("step \(step): \(reason)")
            return
        }
        startLine()
        let document = state.cursor?.document
        end.appendLine(state: { document?.appendText(to: &$0) }, to: &output)
    }

    private mutating func startLine() {
        if wantsFeed { output.append(0x0A) }
        wantsFeed = true
    }
}

extension StepEnd {
    /// Whether the line is kept whole, so that no state is needed to print it.
    fileprivate var isVerbatim: Bool {
        if case .verbatim = shape { return true }
        return false
    }
}
