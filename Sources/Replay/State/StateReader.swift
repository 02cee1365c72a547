// SPDX-License-Identifier: Apache-2.0
// The state of one branch at any step: snapshot, then deltas.

package import EventLog
package import Tracking

/// Whether a state is the one a step saw or the one it left.
package enum Side: String, Sendable {
    case before, after
}

/// What a walk over a branch came to.
package enum WalkResult {
    /// The state as wanted; `nil` where the log does not know it.
    case state(StateCursor)
    /// The step has begun and not ended.
    case notEnded(StateCursor)
    /// The branch has no such step.
    case noStep
    /// It cannot be rebuilt, and why.
    case unreadable(String)
}

extension Branch {
    /// Rebuilds the state at a step of this branch.
    ///
    /// - Parameters:
    ///   - step: a step after the branch's base step.
    ///   - side: the state it saw, or the one it left.
    /// - Throws: `LogError` when a segment cannot be read at all.
    /// - Complexity: one contiguous read of at most three times the stored state and 64 KiB.
    package func walk(to step: Int64, side: Side) throws(LogError) -> WalkResult {
        let wanted = side == .after ? step : step - 1
        var problem: WalkResult?
        // Snapshots are redundant: behind a damaged one, the one before it still leads there.
        for segment in reader.segments.reversed() where segment.header.baseStep <= wanted {
            let number = segment.header.segment
            for entry in try reader.index(of: number).snapshots.reversed() where entry.step <= wanted {
                let location = SnapshotLocation(segment: number, entry: entry)
                do throws(LogError) {
                    var walk = try StateWalk(self, from: location)
                    if side == .after, entry.step == step, step > baseStep {
                        return .state(walk.cursor)
                    }
                    let result = try walk.run(to: step, side: side)
                    guard case .unreadable = result else { return result }
                    return problem ?? result
                } catch .damaged(let path, let offset) {
                    problem = problem ?? .unreadable("\(path) is damaged at offset \(offset)")
                }
            }
        }
        return problem ?? .noStep
    }
}

/// A walk from a snapshot over the records after it.
struct StateWalk: ~Copyable {
    private let branch: Branch
    private(set) var cursor: StateCursor
    private var segment: UInt64
    private var offset: UInt64
    private var sequence: UInt64

    init(_ branch: Branch, from location: SnapshotLocation) throws(LogError) {
        self.branch = branch
        let snapshot = try branch.reader.loadSnapshot(at: location)
        cursor = StateCursor(step: snapshot.step, text: snapshot.text, names: snapshot.names)
        segment = location.segment
        offset = snapshot.end
        sequence = snapshot.nextSequence
    }

    /// Walks on to a step, over the ends of segments where the first snapshot is an earlier one's.
    mutating func run(to step: Int64, side: Side) throws(LogError) -> WalkResult {
        var cursor = cursor
        var expected = sequence
        var isBegun = false
        var result: WalkResult?
        var gap: String?
        for file in branch.reader.segments where file.header.segment >= segment {
            let number = file.header.segment
            let start = number == segment ? offset : nil
            _ = try branch.reader.scan(segment: number, from: start) { record in
                if record.sequence != expected {
                    gap = gap ?? "records are missing before offset \(record.offset) of \(file.path)"
                }
                expected = record.sequence + 1
                switch record.type {
                case .stepBegin where record.step == step: isBegun = true
                case .stepEnd: result = StateWalk.take(record.payload, &cursor, step, side, gap)
                case .snapshot: cursor.passSnapshot()
                default: break
                }
                return result == nil ? .proceed : .stop
            }
            if let result { return result }
        }
        if let gap { return .unreadable(gap) }
        return isBegun ? (side == .before ? .state(cursor) : .notEnded(cursor)) : .noStep
    }

    /// Takes in a STEP_END; says what the walk came to when it is over.
    private static func take(
        _ payload: RawSpan,
        _ cursor: inout StateCursor,
        _ step: Int64,
        _ side: Side,
        _ gap: String?
    ) -> WalkResult? {
        var reader = ByteReader(payload)
        guard let place = try? StepEnd.locateDelta(&reader) else {
            return .unreadable("a malformed STEP_END")
        }
        if place.step > step { return .noStep }
        if let gap { return .unreadable(gap) }
        if place.step == step, side == .before { return .state(cursor) }
        do throws(StateError) {
            try cursor.apply(place, reader.rest())
        } catch {
            return .unreadable("step \(place.step): \(error)")
        }
        return place.step == step ? .state(cursor) : nil
    }
}

extension RecordView {
    /// The step that a STEP_BEGIN, STEP_END or text event names; `nil` for other records.
    package var step: Int64? {
        var reader = ByteReader(payload)
        switch type {
        case .stepBegin, .stepEnd:
            guard (try? reader.varint()) != nil else { return nil }
            return try? reader.zigzag()
        case let type where type.isText: return try? reader.zigzag()
        default: return nil
        }
    }
}
