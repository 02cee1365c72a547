// SPDX-License-Identifier: Apache-2.0
// The step table of a segment that has none yet, rebuilt from its records.

package import EventLog
internal import StateDelta

/// Builds the rows of a segment's step table from its records, in order.
package struct SegmentRowsReader: Sendable {
    package private(set) var rows = SegmentRows()
    /// The last META seen.
    package private(set) var meta: Meta?
    private var open: [Int64: BranchWriter.OpenStep] = [:]
    private var names = NameTable()
    private var snapshot: SnapshotAssembly?
    private var lastEnded: Int64?
    /// The dictionary of packed deltas; made when the first one comes.
    private var dictionary: [UInt8]?

    /// Begins at a segment's first record, or at a later SNAPSHOT with the META before it.
    package init(meta: Meta? = nil) {
        self.meta = meta
    }

    /// The steps that have begun and not ended, with their actions and starts in microseconds.
    package var unfinished: [(step: Int64, action: [UInt8], start: Int64)] {
        open.sorted { $0.key < $1.key }.map { ($0.key, $0.value.action, $0.value.start) }
    }

    /// Takes in a record.
    ///
    /// One that is malformed gives no row: `fsck` says what is wrong with it.
    package mutating func visit(_ header: RecordHeader, payload: RawSpan) {
        do throws(FormatError) { try take(header, payload) } catch {}
    }

    /// The rows, with those of steps that have begun and not ended last.
    package consuming func finish() -> StepTable {
        for (step, begun) in open.sorted(by: { $0.key < $1.key }) {
            rows.addOpen(step: step, action: begun.action, start: begun.start)
        }
        return rows.table
    }

    private mutating func take(
        _ header: RecordHeader,
        _ payload: RawSpan
    ) throws(FormatError) {
        var reader = ByteReader(payload)
        switch header.type {
        case .meta: meta = try Meta(decoding: &reader)
        case .snapshot:
            let opened = try SnapshotAssembly(payload)
            names = NameTable(adding: opened.head.names)
            snapshot = opened
            dictionary = nil
        case .snapshotPart: snapshot?.add(payload)
        case .stepBegin:
            let begin = try StepBegin(decoding: &reader, time: header.time, actions: actions)
            // An end that stood before its begin has closed it already.
            if begin.step == lastEnded { return }
            open[begin.step] = BranchWriter.OpenStep(
                action: begin.action,
                start: begin.time.microseconds
            )
        case .stepEnd: try takeEnd(header, payload)
        default: break
        }
    }

    private var actions: ActionNames { meta?.actions ?? ActionNames() }

    private mutating func takeEnd(
        _ header: RecordHeader,
        _ payload: RawSpan
    ) throws(FormatError) {
        var reader = ByteReader(payload)
        let event = try StepEnd(decoding: &reader, time: header.time, actions: actions)
        var changed: [[UInt8]] = []
        if event.stateLength != nil {
            let encoding = StepEnd.DeltaEncoding(rawValue: try reader.u8())
            changed = changedKeys(encoding, reader.rest())
        }
        lastEnded = event.step
        let start = open.removeValue(forKey: event.step)?.start
        rows.add(event, start: start, changed: changed)
    }

    private mutating func changedKeys(
        _ encoding: StepEnd.DeltaEncoding?,
        _ bytes: RawSpan
    ) -> [[UInt8]] {
        do {
            switch encoding {
            case .plain?:
                return try DeltaReader.changedTopLevelKeys(of: bytes, names: &names) ?? []
            case .packed?:
                let delta = try PackedDelta.unpack(bytes, dictionary: loadDictionary())
                return try DeltaReader.changedTopLevelKeys(of: delta.rawSpan, names: &names) ?? []
            case .snapshot?, nil: return []
            }
        } catch {
            return []
        }
    }

    private mutating func loadDictionary() throws -> [UInt8] {
        if let dictionary { return dictionary }
        guard let snapshot else { throw LZ4.Failure() }
        let loaded = StateCursor.dictionary(of: try snapshot.text())
        dictionary = loaded
        return loaded
    }
}
