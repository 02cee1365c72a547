// SPDX-License-Identifier: Apache-2.0
// What snapshots cost when writing, and save when replaying.

import EventLog
import Generators
import Replay
import Testing
import Tracking

@Suite struct SnapshotBoundTests {
    let app = ApplicationName(project: "random", appID: "app")

    /// The records of a branch from one snapshot to the next.
    private struct Stretch {
        /// Bytes of the snapshot's records.
        var snapshot: UInt64 = 0
        /// Bytes of the records after it.
        var others: UInt64 = 0
        /// Bytes of the last of them.
        var last: UInt64 = 0
        /// Whether the snapshot stands for the delta of a step: it would have been longer.
        var isDelta = false
    }

    private func stretches(_ branch: Branch) throws -> [Stretch] {
        var found: [Stretch] = []
        var isLinked = false
        for segment in branch.reader.segments {
            _ = try branch.reader.scan(segment: segment.header.segment) { record in
                let size = record.end - record.offset
                switch record.type {
                case .snapshot: found.append(Stretch(snapshot: size, isDelta: isLinked))
                case .snapshotPart: found[found.count - 1].snapshot += size
                // What a roll costs is a matter of the size of segments.
                case .meta, .index, .seal: break
                default:
                    found[found.count - 1].others += size
                    found[found.count - 1].last = size
                }
                isLinked = record.header.flags.contains(.groupContinues)
                return .proceed
            }
        }
        return found
    }

    @Test(arguments: Shape.allCases)
    func `write amplification is at most a half and one snapshot`(shape: Shape) throws {
        let recorded = try RecordedHistory()
        let states = RandomHistory(shape, steps: 200).states
        try recorded.write(app, states[...])
        let found = try stretches(recorded.history(app).newest)
        let events = found.reduce(0) { $0 + $1.others + ($1.isDelta ? $1.snapshot : 0) }
        let snapshots = found.reduce(0) { $0 + ($1.isDelta ? 0 : $1.snapshot) }
        let largest = found.map(\.snapshot).max() ?? 0
        let headers = UInt64(found.count) * 64
        #expect(found.count >= 2)
        #expect(events + snapshots <= events + events / 2 + largest + headers)
    }

    @Test(arguments: Shape.allCases)
    func `replay reads at most three times the stored state and the floor`(shape: Shape) throws {
        let recorded = try RecordedHistory()
        let states = RandomHistory(shape, steps: 200).states
        try recorded.write(app, states[...])
        let whole = UInt64(states.map(\.count).max() ?? 0)
        for stretch in try stretches(recorded.history(app).newest) {
            // The step that makes a snapshot due is itself read, whatever its size.
            let read = stretch.snapshot + stretch.others - stretch.last
            let snapshot = stretch.snapshot
            #expect(read <= max(3 * snapshot, snapshot + whole / 8) + RecordedHistory.floor)
        }
    }

    @Test func `snapshots of a state that compresses well cost eight times the log`() throws {
        let recorded = try RecordedHistory()
        let message = "\"" + String(repeating: "the same again ", count: 20) + "\""
        let states = (0...600).map { count in
            Array("[\(Array(repeating: message, count: count).joined(separator: ","))]".utf8)
        }
        try recorded.write(app, states[...])
        let branch = try recorded.history(app).newest
        var raw = 0
        var log: UInt64 = 0
        for segment in branch.reader.segments {
            _ = try branch.reader.scan(segment: segment.header.segment) { record in
                log += record.end - record.offset
                if record.type == .snapshot,
                    let head = try? SnapshotPayload(decodingHead: record.payload)
                {
                    raw += head.rawLength
                }
                return .proceed
            }
        }
        // At each roll and at the close there is one more.
        let extra = (states.last?.count ?? 0) * (branch.reader.segments.count + 1)
        #expect(raw <= 8 * Int(log) + extra)
    }
}
