// SPDX-License-Identifier: Apache-2.0
// What is new in one application's log, read once for all readers that are at the same place.

internal import EventLog
internal import Replay

/// Events made from one application's log for its readers, and the cursors that go on from there.
struct LiveBatches {
    /// A place in the log, and what of it is wanted.
    private struct Key: Hashable {
        let generation: UInt64
        let sequence: UInt64
        let view: LiveView
    }

    /// Events behind one place.
    struct Batch {
        /// Type, data, and the sequence of the record each was made from.
        var events: [(type: String, data: [UInt8], sequence: UInt64)] = []
        /// The last sequence that was read.
        var end: UInt64 = 0
        /// Whether there is more behind it.
        var isFull = false
    }

    /// Those of one round: the log may grow before the next.
    private var made: [Key: Batch] = [:]
    private var cursors: [Key: LiveCursor] = [:]

    /// Bytes of events for one turn.
    private static let turnBytes = 256 << 10

    /// The events behind a place.
    ///
    /// - Parameters:
    ///   - sequence: that of the last record known there.
    ///   - view: what of the history is wanted.
    ///   - app: the application, up to date.
    ///   - event: makes the event of a record; `nil` for none.
    /// - Returns: the events; the same to all who ask from the same place in this round.
    /// - Throws: `LogError` when a segment cannot be read.
    mutating func events(
        after sequence: UInt64,
        _ view: LiveView,
        _ app: OpenApplication,
        _ event: (LiveRecord) -> (type: String, data: [UInt8])?
    ) throws(LogError) -> Batch {
        let key = Key(generation: app.generation, sequence: sequence, view: view)
        if let known = made[key] { return known }
        // Taken out: a second reference to its state would make each delta copy it.
        var cursor =
            cursors.removeValue(forKey: key)
            ?? LiveCursor(after: sequence, withPatches: view == .delta)
        var batch = Batch()
        var bytes = 0
        try cursor.read(app.tip) { record in
            if let (type, data) = event(record) {
                batch.events.append((type, data, record.sequence))
                bytes += data.count
            }
            return bytes < Self.turnBytes
        }
        batch.end = cursor.sequence
        batch.isFull = bytes >= Self.turnBytes
        made[key] = batch
        let next = Key(generation: app.generation, sequence: cursor.sequence, view: view)
        cursors[next] = cursor
        return batch
    }

    /// Ends a round: only cursors that a reader can go on from are kept.
    mutating func endRound(_ readers: some Sequence<LiveReader>, generation: UInt64) {
        made = [:]
        let wanted = Set(
            readers.compactMap { reader in
                reader.place.map {
                    Key(
                        generation: generation,
                        sequence: $0.sequence,
                        view: reader.stream.view
                    )
                }
            }
        )
        cursors = cursors.filter { wanted.contains($0.key) }
    }
}
