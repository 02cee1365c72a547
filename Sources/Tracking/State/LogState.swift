// SPDX-License-Identifier: Apache-2.0
// The state along a log's records, also over snapshots and past damage.

package import EventLog
package import StateDelta

/// Follows the state over the records of one branch, in order, from a SNAPSHOT on.
package struct LogState: Sendable {
    /// What a record did to the state.
    package enum Outcome: Equatable, Sendable {
        /// Nothing, or nothing yet.
        case none
        /// A step ended and `cursor` holds its state.
        case ended(Int64)
        /// A step ended whose state cannot be rebuilt.
        case unreadable(Int64, String)
    }

    /// The state after the last step; `nil` before the first snapshot and behind damage.
    package private(set) var cursor: StateCursor?
    /// Makes the patches of the steps that are taken in, where they are wanted.
    package var emitter: PatchEmitter?
    /// What the last step that ended changed, where `emitter` is set.
    package private(set) var patch: StepPatch?
    private var expected: UInt64?
    /// Why the state is not known, or was not known last.
    package private(set) var problem = "the snapshot before it cannot be read"
    private var assembly: SnapshotAssembly?
    /// The step whose state is in the SNAPSHOT that follows.
    package private(set) var awaiting: Int64?
    /// A step whose state was in a SNAPSHOT that is lost.
    private var stepWithLostState: Int64?

    package init() {}

    /// Takes in the next record.
    ///
    /// - Complexity: O(delta); a SNAPSHOT is only unpacked where the state before it is not known.
    package mutating func take(_ record: borrowing RecordView) -> Outcome {
        reach(record)
        expected = record.sequence + 1
        switch record.type {
        case .snapshot, .snapshotPart: return takeSnapshot(record)
        case .stepEnd: return takeEnd(record.payload)
        case .gap:
            lose("events before offset \(record.offset) of segment \(record.segment) are missing")
            return .none
        default: return .none
        }
    }

    /// What a step came to whose state was in a SNAPSHOT that is lost, if a record that was reached
    /// or taken in has shown that there is one; told once.
    package mutating func takeLostEnd() -> Outcome? {
        stepWithLostState.take().map { .unreadable($0, problem) }
    }

    /// What the last step came to where its state was in a SNAPSHOT that does not follow.
    package mutating func finish() -> Outcome? {
        if awaiting != nil { lose("the snapshot that held it is damaged") }
        return takeLostEnd()
    }

    /// Whether the state after a step is known.
    package func knows(_ step: Int64) -> Bool {
        cursor?.step == step && cursor?.document != nil
    }

    /// Goes on up to a record: `cursor` is then the state before it, if that is known.
    package mutating func reach(_ record: borrowing RecordView) {
        if let expected, record.sequence != expected, !goesOn(to: record) {
            passMissing(before: record)
        }
        expected = record.sequence
    }

    /// Whether a record stands behind a seal, and the state before the seal is known: the snapshot
    /// that the next segment opens with is the same state again.
    private func goesOn(to record: borrowing RecordView) -> Bool {
        guard let expected, let sealed = record.sealed, record.follows(expected: expected),
            let cursor
        else { return false }
        return cursor.isRecorded && cursor.document != nil && cursor.step == sealed.step
            && awaiting == nil
    }

    /// Whether what comes from a record on need not be built on the state before it: records that
    /// may have ended steps are missing, or a GAP says so.
    package func isLost(before record: borrowing RecordView) -> Bool {
        if record.type == .gap { return true }
        guard let expected, !record.follows(expected: expected) else { return false }
        return record.missing.mayHoldSteps
    }

    private mutating func passMissing(before record: borrowing RecordView) {
        // A state that only the missing snapshot held is lost with it; others go on without it.
        if case .stateless(let snapshot) = record.missing, awaiting == nil {
            if snapshot { cursor?.passSnapshot() }
            assembly = nil
            return
        }
        lose("records before offset \(record.offset) of segment \(record.segment) are damaged")
    }

    private mutating func lose(_ reason: String) {
        cursor = nil
        assembly = nil
        stepWithLostState = awaiting.take()
        problem = reason
    }

    private mutating func takeEnd(_ payload: RawSpan) -> Outcome {
        patch = nil
        var reader = ByteReader(payload)
        guard let place = try? StepEnd.locateDelta(&reader) else {
            lose("a STEP_END is malformed")
            return .none
        }
        if place.encoding == .snapshot {
            awaiting = place.step
            return .none
        }
        guard cursor != nil else { return .unreadable(place.step, problem) }
        do throws(StateError) {
            try move(place, reader.rest())
            return .ended(place.step)
        } catch {
            lose("step \(place.step): \(error)")
            return .unreadable(place.step, problem)
        }
    }

    private mutating func move(
        _ place: StepEnd.DeltaPlace,
        _ bytes: RawSpan
    ) throws(StateError) {
        guard var emitting = emitter.take() else {
            try cursor?.apply(place, bytes)
            return
        }
        defer { emitter = emitting }
        patch = try cursor?.apply(place, bytes, emitter: &emitting)
    }

    private mutating func takeSnapshot(_ record: borrowing RecordView) -> Outcome {
        do throws(FormatError) {
            if record.type == .snapshot {
                assembly = try SnapshotAssembly(record.payload)
            } else {
                assembly?.add(record.payload)
            }
            guard let whole = assembly, whole.isComplete else { return .none }
            assembly = nil
            // Names begin anew behind a state that is not known.
            if awaiting != nil || cursor?.step != whole.head.step || whole.head.isAbsent {
                let next = StateCursor(
                    step: whole.head.step,
                    text: try whole.text(),
                    names: whole.head.names
                )
                if let document = next.document,
                    let text = emitter?.patch(
                        from: cursor?.document,
                        to: document
                    )
                {
                    patch = StepPatch(text: text, cost: text.count)
                    emitter?.passed(document)
                }
                cursor = next
            } else {
                cursor?.passSnapshot()
            }
        } catch {
            assembly = nil
            let step = awaiting.take()
            // The state before it, where it is known, goes on without it.
            if cursor == nil || step != nil { lose("a snapshot is malformed: \(error)") }
            return step.map { .unreadable($0, problem) } ?? .none
        }
        guard let step = awaiting.take() else { return .none }
        return cursor == nil ? .unreadable(step, problem) : .ended(step)
    }
}

extension RecordView {
    /// Whether this is the snapshot that a branch opens with: a META and the snapshot come first.
    package var opensBranch: Bool { type == .snapshot && segment == 0 && sequence <= 2 }
}

/// The records of one snapshot, as far as they have come.
package struct SnapshotAssembly: Sendable {
    package let head: SnapshotPayload
    private var frame: [UInt8]

    /// Begins with the payload of a SNAPSHOT.
    ///
    /// - Throws: `FormatError` when it is none.
    package init(_ payload: RawSpan) throws(FormatError) {
        head = try SnapshotPayload(decodingHead: payload)
        frame = payload.extracting(head.headLength..<payload.byteCount).array
    }

    /// Adds the payload of a SNAPSHOT_PART.
    package mutating func add(_ payload: RawSpan) {
        frame.append(contentsOf: payload.array)
    }

    /// Whether all parts have come.
    package var isComplete: Bool { frame.count >= head.storedLength }

    /// The state's text, its hash checked; `nil` where the state is not known.
    ///
    /// - Throws: `FormatError` when frame or hash do not fit.
    package func text() throws(FormatError) -> [UInt8]? {
        try head.text(frame: frame.rawSpan)
    }
}
