// SPDX-License-Identifier: Apache-2.0
// Everything the log says of one step.

package import EventLog
package import Tracking

/// A line of Burr's that belongs to a step, kept as text.
package struct TextRecord: Sendable {
    package var type: RecordType
    /// Nanoseconds since 1970 UTC.
    package var time: Int64
    /// One JSON object.
    package var text: [UInt8]
}

/// One step in full, but for its states.
package struct StepDetail: Sendable {
    package var step: Int64
    package var branch: BranchID
    package var begin: StepBegin?
    package var end: StepEnd?
    /// Spans, attributes and stream events, also those that came after the step's end.
    package var events: [TextRecord] = []
    /// What held of the application then: its graph, among others.
    package var meta: Meta?
    /// Changed top-level keys, without those that begin with `__`.
    package var changed: [String] = []
    /// Whether a writer holds the log; tells a running step from one that crashed.
    package var isRunning = false

    /// `ok`, `failed`, `running` or `crashed`.
    package var status: String {
        guard let end else { return isRunning ? "running" : "crashed" }
        return end.status == .ok ? "ok" : "failed"
    }

    /// The action's name.
    package var action: String {
        String(decoding: end?.action ?? begin?.action ?? [], as: UTF8.self)
    }
}

extension History {
    /// The step at a position in full.
    ///
    /// - Parameters:
    ///   - position: the step.
    ///   - withEvents: whether to look for its spans and attributes, which may stand after its end.
    /// - Returns: the step.
    /// - Throws: `ReplayError.noSuchStep`, or `.log` when the log cannot be read.
    /// - Complexity: reads the step's interval to its end and, with events, the records of it that
    ///   came later. Where those are is found out once for each segment, by reading it; a segment
    ///   without a line of `log.jsonl` is not read for it.
    package func detail(
        at position: StepPosition,
        withEvents: Bool = true
    ) throws(ReplayError) -> StepDetail {
        for part in position.line
        where position.step > part.branch.baseStep && position.step <= part.last {
            let detail = try reading { () throws(LogError) in
                try part.branch.detail(of: position.step, withEvents: withEvents)
            }
            guard var detail else { throw try noSuchStep(position) }
            detail.isRunning = detail.end == nil && isBeingWritten(part.branch)
            return detail
        }
        guard let (history, step) = try parent(), position.step <= step, position.step >= 0 else {
            throw try noSuchStep(position)
        }
        let line = line(in: history)
        let before = StepPosition(line: line, step: position.step, ref: position.ref)
        return try history.detail(at: before, withEvents: withEvents)
    }
}

extension Branch {
    /// The records of a step; `nil` when it neither began nor ended on this branch.
    func detail(of step: Int64, withEvents: Bool) throws(LogError) -> StepDetail? {
        guard let location = try reader.snapshot(atOrBefore: step - 1) else { return nil }
        var detail = StepDetail(step: step, branch: id)
        var meta = try meta(of: location.segment, before: location.entry.offset)
        var names = SegmentRowsReader(meta: meta)
        for file in reader.segments where file.header.segment >= location.segment {
            let number = file.header.segment
            if number > location.segment + 1 { break }
            var start = number == location.segment ? location.entry.offset : 0
            if detail.end == nil {
                _ = try reader.scan(segment: number, from: start > 0 ? start : nil) { record in
                    if record.type == .meta { meta = Meta(record) ?? meta }
                    detail.take(record, meta?.actions ?? ActionNames(), &names)
                    if detail.meta == nil, detail.begin != nil || detail.end != nil {
                        detail.meta = meta
                    }
                    start = record.offset + 1
                    return detail.end != nil ? .stop : .proceed
                }
            }
            guard detail.end != nil else { continue }
            guard withEvents else { break }
            for offset in try lateTexts(of: step, in: number) where offset >= start {
                _ = try reader.scan(segment: number, from: offset, to: offset + 1, piece: 4096) {
                    record in
                    detail.take(record, meta?.actions ?? ActionNames(), &names)
                    return .proceed
                }
            }
        }
        return detail.begin == nil && detail.end == nil ? nil : detail
    }
}

extension StepDetail {
    /// Takes in a record, where it is one of this step's.
    fileprivate mutating func take(
        _ record: borrowing RecordView,
        _ actions: ActionNames,
        _ names: inout SegmentRowsReader
    ) {
        var reader = ByteReader(record.payload)
        do throws(FormatError) {
            switch record.type {
            case .snapshot, .snapshotPart, .meta:
                names.visit(record.header, payload: record.payload)
            case .stepBegin where record.step == step:
                begin = try StepBegin(decoding: &reader, time: record.time, actions: actions)
            case .stepEnd:
                guard end == nil else { return }
                names.visit(record.header, payload: record.payload)
                guard record.step == step else { return }
                end = try StepEnd(decoding: &reader, time: record.time, actions: actions)
                let table = names.rows.table
                if let last = table.rows.indices.last, table.rows[last].step == step {
                    changed = table.changedKeys(ofRow: last).map { table.name($0) }
                }
            case let type where type.isText && record.step == step:
                _ = try reader.zigzag()
                let text = reader.rest().array
                events.append(TextRecord(type: type, time: record.time, text: text))
            default: break
            }
        } catch {}
    }
}
