// SPDX-License-Identifier: Apache-2.0
// The steps that records name.

package import EventLog

extension RecordView {
    /// The step that a STEP_BEGIN, STEP_END or text event names; `nil` for other records.
    package var step: Int64? {
        var reader = ByteReader(payload)
        switch type {
        case .stepBegin, .stepEnd:
            guard (try? reader.varint()) != nil else { return nil }
            return try? reader.step()
        case let type where type.isText: return try? reader.step()
        default: return nil
        }
    }
}

extension LogReader {
    /// The last step that ended on the branch; `nil` when none has.
    ///
    /// - Throws: `LogError` when the active segment cannot be read.
    package func lastEnded() throws(LogError) -> Int64? {
        let baseStep = segments[0].header.baseStep
        for segment in segments.reversed() {
            if let trailer = segment.trailer {
                return trailer.lastStep > baseStep ? trailer.lastStep : nil
            }
            if let last = try lastEnded(inActive: segment.header.segment) { return last }
        }
        return nil
    }

    /// Whether a snapshot tells of a step that ended, also where the record of its end is lost.
    private func isOfStep(
        _ entry: SnapshotEntry,
        in segment: UInt64
    ) throws(LogError) -> Bool {
        guard let first = segments.first, !first.headerIsDamaged,
            entry.step > first.header.baseStep
        else { return false }
        return try holds(SnapshotLocation(segment: segment, entry: entry))
    }

    private func lastEnded(inActive segment: UInt64) throws(LogError) -> Int64? {
        var last: Int64?
        let snapshots = try index(of: segment).snapshots
        // Mostly the last interval tells; before it only where no step ended in it.
        for (index, entry) in snapshots.enumerated().reversed() {
            let end = index + 1 < snapshots.count ? snapshots[index + 1].offset : nil
            _ = try scan(segment: segment, from: entry.offset, to: end) { record in
                if record.type == .stepEnd { last = record.step ?? last }
                return .proceed
            }
            if let last { return last }
            if try isOfStep(entry, in: segment) { return entry.step }
        }
        // Steps may stand before the first snapshot that can be read: the one before them is lost.
        _ = try scan(segment: segment, to: snapshots.first?.offset) { record in
            if record.type == .stepEnd { last = record.step ?? last }
            return .proceed
        }
        return last
    }
}
