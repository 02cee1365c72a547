// SPDX-License-Identifier: Apache-2.0
// What a branch's writer appends: ends of steps with their deltas, snapshots, sessions, rolls.

internal import EventLog
internal import StateDelta

extension BranchWriter {
    /// Deltas shorter than this are stored plain.
    private static let packedFrom = 96

    mutating func appendEnd(_ event: inout StepEnd) throws(LogError) {
        guard event.stateLength != nil else {
            return try append(.stepEnd, time: event.time.nanoseconds)
        }
        let base = payload.count
        appendDelta()
        let deltaLength = payload.count - base
        // A delta as large as the last snapshot may be larger than the one that would be taken now.
        guard deltaLength > max(4_096, policy.lastStored) else {
            return try append(.stepEnd, time: event.time.nanoseconds)
        }
        guard let known = state.read() else {
            return try append(.stepEnd, time: event.time.nanoseconds)
        }
        let snapshot = try Snapshot(
            event.step,
            known,
            state.edits.names,
            time: event.time.nanoseconds
        )
        let isTooLong = deltaLength > Limits.writtenPayload / 2
        guard snapshot.storedLength < deltaLength || isTooLong else {
            return try append(.stepEnd, time: event.time.nanoseconds)
        }
        payload.removeAll()
        event.encode(actions: meta.actions, to: &payload)
        payload.u8(StepEnd.DeltaEncoding.snapshot.rawValue)
        try append(.stepEnd, time: event.time.nanoseconds, flags: .groupContinues)
        try append(snapshot)
    }

    /// Appends the delta to the payload, packed where that saves an eighth.
    private mutating func appendDelta() {
        let count = state.edits.delta.count
        if count >= Self.packedFrom {
            packed.removeAll(keepingCapacity: true)
            state.edits.delta.pack(by: &dictionary, to: &packed)
            if packed.count + packed.count / 7 < count {
                payload.u8(StepEnd.DeltaEncoding.packed.rawValue)
                payload.varint(count)
                payload.raw(packed)
                return
            }
        }
        payload.u8(StepEnd.DeltaEncoding.plain.rawValue)
        payload.raw(state.edits.delta)
    }

    /// The step table of this segment, with the steps that are still open.
    private mutating func rowsOfSegment() throws(LogError) -> [UInt8] {
        if !rowsAreWhole { return try readRows().encode() }
        return rows.encode(open: open.sorted)
    }

    /// The same, read back from the segment that an earlier writer began.
    private func readRows() throws(LogError) -> StepTable {
        let reader = try LogReader(
            storage: storage,
            directory: log.directory,
            branch: log.branch
        )
        var rows = SegmentRowsReader()
        _ = try reader.scan(segment: log.segmentNumber) { record in
            rows.visit(record.header, payload: record.payload)
            return .proceed
        }
        return rows.finish()
    }

    /// Takes the snapshot that is due: in this segment, or as the opening of the next.
    mutating func takeSnapshot(_ step: Int64, time: Int64) throws(TrackingError) {
        guard let known = state.read() else { return }
        do throws(LogError) {
            let snapshot = try Snapshot(step, known, state.edits.names, time: time)
            guard log.isRollDue else { return try append(snapshot) }
            try log.flush()
            let table = try rowsOfSegment()
            try log.roll(table: table, opening: meta.opening(snapshot, time: time))
            rows = StepTableWriter()
            rowsAreWhole = true
            note(snapshot)
        } catch {
            throw .log(error)
        }
    }

    mutating func append(_ snapshot: Snapshot) throws(LogError) {
        for record in snapshot.records {
            _ = try log.append(
                record.type,
                flags: record.flags,
                time: record.time,
                payload: record.payload.rawSpan
            )
        }
        note(snapshot)
    }

    private mutating func note(_ snapshot: Snapshot) {
        dictionary.load(snapshot.text.rawSpan)
        policy.taken(stored: snapshot.storedLength, at: log.bytesAppended)
    }

    mutating func append(
        _ type: RecordType,
        time: Int64,
        flags: RecordFlags = []
    ) throws(LogError) {
        if !hasSession { try appendSession(time: time) }
        try payload.append(to: &log, type, flags: flags, time: time, codec: &codec)
        lastTime = time
    }

    /// Says who writes from here, before the first record of this writer.
    private mutating func appendSession(time: Int64) throws(LogError) {
        var writer = ByteWriter()
        let identity = storage.identity
        let session = Session(
            program: program,
            processID: identity.processID,
            host: identity.host,
            bootID: identity.bootID,
            number: log.session
        )
        session.encode(to: &writer)
        _ = try log.append(.session, flags: [], time: time, payload: writer.bytes.rawSpan)
        hasSession = true
    }
}

extension ByteWriter {
    /// Appends what was written, compressed.
    fileprivate borrowing func pack(
        by stream: inout LZ4DictionaryStream,
        to output: inout [UInt8]
    ) {
        stream.compressBlock(rawSpan, to: &output)
    }

    /// Appends the record that was written, compressed where it is large.
    fileprivate borrowing func append(
        to log: inout LogWriter,
        _ type: RecordType,
        flags: RecordFlags,
        time: Int64,
        codec: inout CodecBuffer
    ) throws(LogError) {
        if count >= Limits.compressedFrom {
            _ = try log.appendCompressed(
                type,
                flags: flags,
                time: time,
                payload: rawSpan,
                codec: &codec
            )
        } else {
            _ = try log.append(type, flags: flags, time: time, payload: rawSpan)
        }
    }
}
