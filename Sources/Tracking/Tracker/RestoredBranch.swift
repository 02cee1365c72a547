// SPDX-License-Identifier: Apache-2.0
// What a writer must know of a branch to go on: read from its last segment.

package import EventLog

/// The end of a branch, as its records tell it.
package struct RestoredBranch: Sendable {
    package var meta: Meta?
    /// The state after the last step.
    package var cursor: StateCursor
    package var lastBegun: Int64?
    package var lastEnded: Int64?
    /// Steps that have begun and not ended.
    var open: [Int64: BranchWriter.OpenStep] = [:]
    /// Payload bytes of the last snapshot.
    package var snapshotStored = 0
    /// Bytes of the segment up to the end of the last snapshot.
    package var snapshotEnd: UInt64 = 0

    /// The last snapshot, and the payloads of the STEP_ENDs after it: only these make the last
    /// state.
    private var snapshot: SnapshotAssembly?
    private var deltas: [UInt8] = []
    private var deltaEnds: [Int] = []
    private var malformed: FormatError?
    /// Records are missing since the last snapshot.
    private var hasGap = false
    private var expected: UInt64?

    package init() {
        cursor = StateCursor(step: -1, text: nil, names: [])
    }

    /// Takes in the next record of a segment.
    package mutating func visit(_ record: borrowing RecordView) {
        if let expected, record.sequence != expected,
            record.missing != .stateless(snapshot: false)
        {
            hasGap = true
        }
        expected = record.sequence + 1
        do throws(FormatError) {
            try take(record.header, record.offset, record.payload)
        } catch {
            malformed = malformed ?? error
        }
        // A snapshot knows of steps whose ends are lost, or are in an earlier segment; the one that
        // a branch opens with is of none of its own.
        if record.type == .snapshot, !record.opensBranch, let step = snapshot?.head.step, step >= 0
        {
            lastEnded = max(step, lastEnded ?? step)
            lastBegun = max(step, lastBegun ?? step)
        }
    }

    private mutating func take(
        _ header: RecordHeader,
        _ offset: UInt64,
        _ payload: RawSpan
    ) throws(FormatError) {
        var reader = ByteReader(payload)
        let actions = meta?.actions ?? ActionNames()
        switch header.type {
        case .meta: meta = try Meta(decoding: &reader)
        case .snapshot, .snapshotPart: try takeSnapshot(header, offset, payload)
        case .stepBegin:
            let begin = try StepBegin(decoding: &reader, time: header.time, actions: actions)
            lastBegun = begin.step
            // An end that stood before its begin has closed it already.
            if begin.step == lastEnded { return }
            open[begin.step] = BranchWriter.OpenStep(
                action: begin.action,
                start: begin.time.microseconds
            )
        case .stepEnd:
            let place = try StepEnd.locateDelta(&reader)
            lastEnded = place.step
            open[place.step] = nil
            deltas.append(contentsOf: payload.array)
            deltaEnds.append(deltas.count)
        default: break
        }
    }

    private mutating func takeSnapshot(
        _ header: RecordHeader,
        _ offset: UInt64,
        _ payload: RawSpan
    ) throws(FormatError) {
        if header.type == .snapshot {
            snapshot = try SnapshotAssembly(payload)
            snapshotStored = 0
            hasGap = false
            malformed = nil
            deltas.removeAll(keepingCapacity: true)
            deltaEnds.removeAll(keepingCapacity: true)
        } else {
            snapshot?.add(payload)
        }
        snapshotStored += payload.byteCount
        snapshotEnd = offset + UInt64(header.stride)
    }

    /// Rebuilds the last state from what was taken in.
    ///
    /// - Throws: `StateError` when it cannot be rebuilt.
    package mutating func finish() throws(StateError) {
        if let malformed { throw .format(malformed) }
        guard !hasGap, let snapshot else { throw .snapshotMissing }
        var moved: StateCursor
        do throws(FormatError) {
            moved = StateCursor(
                step: snapshot.head.step,
                text: try snapshot.text(),
                names: snapshot.head.names
            )
        } catch {
            throw .format(error)
        }
        var start = 0
        for end in deltaEnds {
            try moved.apply(deltas.rawSpan.extracting(start..<end))
            start = end
        }
        cursor = moved
    }
}
