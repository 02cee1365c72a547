// SPDX-License-Identifier: Apache-2.0
// A state as the records of its snapshot, and the records that open a segment.

package import EventLog
package import StateDelta

/// One state, ready to be appended as SNAPSHOT and its parts.
package struct Snapshot: Sendable {
    package let text: [UInt8]
    package let records: [OpeningRecord]

    /// Compresses a state.
    ///
    /// - Throws: `LogError.tooLarge` above 256 MiB.
    /// - Complexity: O(state).
    package init(
        _ step: Int64,
        _ document: StateDocument,
        _ names: NameTable,
        time: Int64
    ) throws(LogError) {
        let text = document.text()
        self.text = text
        records = try SnapshotPayload.records(
            step: step,
            text: text.rawSpan,
            names: names.added,
            time: time
        )
    }

    /// A snapshot that says the state is not known.
    package init(unknownAt step: Int64, time: Int64) throws(LogError) {
        text = []
        records = try SnapshotPayload.records(step: step, text: nil, names: [], time: time)
    }

    /// Payload bytes of its records.
    package var storedLength: Int {
        records.reduce(0) { $0 + $1.payload.count }
    }
}

extension Meta {
    /// The records that open a segment: this META, then the snapshot.
    package func opening(_ snapshot: Snapshot, time: Int64) -> [OpeningRecord] {
        var writer = ByteWriter()
        encode(to: &writer)
        let meta = OpeningRecord(type: .meta, time: time, payload: writer.finish())
        return [meta] + snapshot.records
    }
}
