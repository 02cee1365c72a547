// SPDX-License-Identifier: Apache-2.0
// Histories written to a store by the store's own writer.

import EventLog
import Replay
import StateDelta
import Testing
import Tracking

/// A store in which segments are short and snapshots frequent, so that small tests cross many.
struct RecordedHistory: ~Copyable {
    let folder: TemporaryFolder
    let store: Store
    static let segmentTarget: UInt64 = 6_000
    static let floor: UInt64 = 800

    init() throws {
        folder = try TemporaryFolder()
        store = Store(root: folder.path)
    }

    func place(_ name: ApplicationName) -> BranchPlace {
        BranchPlace(
            store: store,
            directory: store.directory(of: name),
            options: LogOptions(durability: .os, segmentTarget: Self.segmentTarget),
            policy: SnapshotPolicy(floor: Self.floor),
            program: "test"
        )
    }

    /// Writes a branch whose first state is `states[0]`, the one before step `first`.
    ///
    /// It is closed and opened again after every `session` steps.
    @discardableResult
    func write(
        _ name: ApplicationName,
        _ states: ArraySlice<[UInt8]>,
        first: Int64 = 0,
        parent: ParentPointer? = nil,
        continuing point: BranchPoint? = nil,
        session: Int = .max
    ) throws -> BranchID {
        var meta = Meta(name: name)
        meta.parent = parent
        let opening = try #require(states.first)
        var writer = try BranchWriter.create(
            place(name),
            meta: meta,
            continuing: point,
            opening: .text(opening, before: first),
            time: 1
        )
        let branch = writer.branch
        for (offset, state) in states.dropFirst().enumerated() {
            if offset > 0, offset % session == 0 {
                try writer.close()
                writer = try BranchWriter.open(place(name), branch: branch, meta: meta)
            }
            let step = first + Int64(offset)
            let action = Array("act".utf8)
            let time = EventTime(nanoseconds: (step + 1) * 1_000_000)
            try writer.begin(StepBegin(step: step, action: action, time: time))
            try writer.end(
                StepEnd(step: step, action: action, time: time),
                state: state.rawSpan
            )
        }
        try writer.close()
        return branch
    }

    func history(_ name: ApplicationName) throws -> History {
        try History(name, in: store)
    }
}

extension History {
    /// The state that a ref names.
    func text(_ ref: String, side: Side = .after) throws -> [UInt8] {
        try state(at: resolve(Ref(ref), now: 0), side: side)
    }
}
