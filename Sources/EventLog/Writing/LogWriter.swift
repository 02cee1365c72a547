// The write side of one branch. See log.md for the bytes and design.md 7 for what is promised.

/// Appends records to the newest segment of a branch, rolls segments and keeps the lock.
///
/// One owner at a time: wrap it in `Log` to share it. Appending allocates nothing.
package struct LogWriter: ~Copyable, Sendable {
    /// The branch written.
    package let branch: BranchID
    /// The settings it was opened with.
    package let options: LogOptions
    /// The session number in the records' headers.
    package let session: UInt64
    /// The folder of the application.
    package let directory: String

    /// What opening found; clean for a branch just created.
    package internal(set) var recovery = RecoveryReport()

    let storage: any Storage
    let writesThrough: Bool
    /// Whether records wait in memory for the next one, which follows at once and takes them along.
    package var holdsBack = false
    var segment: SegmentAppender
    /// Reasons to leave the fast path of `append`.
    var attention: Attention = []
    var lastMarkSequence: UInt64 = 0
    var bytesInFormerSegments: UInt64 = 0
    var trailer: SegmentTrailer?
    var sealedDataEnd: UInt64 = 0
    var successor: (number: UInt64, path: String)?
    var reserves: Bool
    /// Whether the lock is held so that others know to wait for it.
    package internal(set) var lockIsLoose = false

    /// Every byte of the current segment below it is durable.
    package internal(set) var durableOffset: UInt64
    /// The last sequence known to be durable.
    package internal(set) var durableSequence: UInt64

    struct Attention: OptionSet {
        let rawValue: UInt8
        static let poisoned = Attention(rawValue: 1)
        static let unlocked = Attention(rawValue: 2)
        static let sealed = Attention(rawValue: 4)
        static let mark = Attention(rawValue: 8)
        static let finished = Attention(rawValue: 16)
        static let forbidsAppending: Attention = [
            .poisoned, .unlocked, .sealed, .finished,
        ]
    }

    init(
        storage: any Storage,
        directory: String,
        branch: BranchID,
        options: LogOptions,
        session: UInt64,
        segment: consuming SegmentAppender
    ) {
        self.storage = storage
        self.directory = directory
        self.branch = branch
        self.options = options
        self.session = session
        writesThrough = !options.durability.isBuffered
        reserves = options.durability == .everyStep
        durableOffset = segment.end
        durableSequence = segment.nextSequence - 1
        self.segment = segment
        // What a new segment opens with, or what recovery synced, is durable: say so with a mark.
        attention = .mark
    }

    // MARK: What it knows

    /// The last sequence appended.
    package var appendedSequence: UInt64 { segment.nextSequence - 1 }
    /// The number of the segment being written.
    package var segmentNumber: UInt64 { segment.header.segment }
    /// The header of the segment being written.
    package var segmentHeader: SegmentHeader { segment.header }
    /// The file being written.
    package var path: String { segment.path }
    /// Bytes of this segment, staged ones included.
    package var dataEnd: UInt64 { segment.end }
    /// Bytes of this segment that other processes can read.
    package var visibleEnd: UInt64 { segment.writtenEnd }
    /// Bytes of this segment and of those this writer has rolled.
    package var bytesAppended: UInt64 { bytesInFormerSegments + segment.end }
    /// The last step ended.
    package var lastStep: Int64 { segment.builder.lastStep }
    /// Whether a group is open: it becomes visible with the record that closes it.
    package var groupIsOpen: Bool { segment.groupIsOpen }
    /// Whether the segment has reached its target: roll when a snapshot is due anyway.
    package var isRollDue: Bool { segment.end >= options.segmentTarget }
    /// Whether the segment has reached twice its target: roll now.
    package var mustRoll: Bool { segment.end >= 2 * options.segmentTarget }
    /// Whether the branch may be appended to.
    package var isHealthy: Bool { attention.isDisjoint(with: .forbidsAppending) }
    /// Whether a sync failed: only opening the branch again helps.
    package var isPoisoned: Bool { attention.contains(.poisoned) }
    /// Whether the lock was given up.
    package var isUnlocked: Bool { attention.contains(.unlocked) }
    /// The index of the segment as far as it is written.
    package var index: SegmentIndex { segment.builder.index }

    // MARK: Appending

    /// Appends one record.
    ///
    /// In `os`, `interval` and `everyStep` modes it is in the kernel when this returns (a group
    /// when its last record returns); in `buffered` mode it may be in memory only.
    /// - Parameters:
    ///   - type: what the record is.
    ///   - flags: `groupContinues` when the next record belongs to the same unit.
    ///   - time: nanoseconds since 1970 UTC.
    ///   - payload: at most 16 MiB.
    /// - Returns: its sequence.
    /// - Throws: `LogError`. Nothing of the record remains, nor of the group it belongs to; the
    ///   writer stays usable but for `poisoned` and `closed`.
    /// - Complexity: one `pwrite`; a copy where records follow each other within 20 ms, and in
    ///   `buffered` mode.
    @discardableResult
    package mutating func append(
        _ type: RecordType,
        flags: RecordFlags = [],
        time: Int64,
        payload: UnsafeRawBufferPointer
    ) throws(LogError) -> UInt64 {
        try unsafe append(type, flags: flags, time: time, stored: payload, raw: payload)
    }

    /// Appends one record.
    @discardableResult
    package mutating func append(
        _ type: RecordType,
        flags: RecordFlags = [],
        time: Int64,
        payload: RawSpan
    ) throws(LogError) -> UInt64 {
        try unsafe payload.withUnsafeBytes { (bytes) throws(LogError) in
            try unsafe append(type, flags: flags, time: time, stored: bytes, raw: bytes)
        }
    }

    /// Appends a record that is at hand as a value.
    @discardableResult
    package mutating func append(_ record: OpeningRecord) throws(LogError) -> UInt64 {
        try append(
            record.type,
            flags: record.flags,
            time: record.time,
            payload: record.payload.rawSpan
        )
    }

    /// Appends one record under codec 1 where that saves an eighth, else as it is.
    ///
    /// - Parameters:
    ///   - type: any type but SNAPSHOT and SNAPSHOT_PART.
    ///   - flags: as for `append`.
    ///   - time: nanoseconds since 1970 UTC.
    ///   - payload: the raw payload; at most 64 MiB raw and 16 MiB stored.
    ///   - codec: memory to compress in, reused from call to call.
    /// - Returns: its sequence.
    /// - Throws: as `append`.
    @discardableResult
    package mutating func appendCompressed(
        _ type: RecordType,
        flags: RecordFlags = [],
        time: Int64,
        payload: RawSpan,
        codec: inout CodecBuffer
    ) throws(LogError) -> UInt64 {
        guard payload.byteCount <= Limits.rawPayload else {
            throw .tooLarge(bytes: payload.byteCount, limit: Limits.rawPayload)
        }
        return try unsafe payload.withUnsafeBytes { (raw) throws(LogError) in
            guard let stored = unsafe codec.compress(raw) else {
                return try unsafe append(type, flags: flags, time: time, stored: raw, raw: raw)
            }
            return try unsafe append(
                type,
                flags: flags.union(.lz4),
                time: time,
                stored: stored,
                raw: raw
            )
        }
    }

    @inline(__always)
    private mutating func append(
        _ type: RecordType,
        flags: RecordFlags,
        time: Int64,
        stored: UnsafeRawBufferPointer,
        raw: UnsafeRawBufferPointer
    ) throws(LogError) -> UInt64 {
        if !attention.isEmpty { try attend(time: time) }
        guard stored.count <= Limits.writtenPayload else {
            throw .tooLarge(bytes: stored.count, limit: Limits.writtenPayload)
        }
        let sequence = segment.nextSequence
        do throws(LogError) {
            try unsafe segment.append(type, flags: flags, time: time, payload: stored, raw: raw)
            if writesThrough, !holdsBack, !segment.groupIsOpen {
                if reserves { reserveAhead() }
                try segment.put(time: time)
            }
        } catch {
            throw takeBack(after: error)
        }
        return sequence
    }

    /// What `append` does when something is unusual.
    @inline(never)
    private mutating func attend(time: Int64) throws(LogError) {
        if attention.contains(.poisoned) { throw .poisoned(path: path) }
        guard attention.isDisjoint(with: .forbidsAppending) else { throw .closed(path: path) }
        if segment.groupIsOpen { return }
        try stageMark(time: time)
    }

    @inline(never)
    private mutating func takeBack(after error: LogError) -> LogError {
        do throws(LogError) {
            try segment.rollback()
        } catch {
            attention.insert(.poisoned)
            return .poisoned(path: path)
        }
        return error
    }

    // MARK: Marks and syncs

    /// Stages a SYNC_MARK; it reaches the file with the next write.
    mutating func stageMark(time: Int64) throws(LogError) {
        attention.remove(.mark)
        let mark = SyncMark(durableOffset: durableOffset, durableSequence: durableSequence)
        var payload = (mark.durableOffset.littleEndian, mark.durableSequence.littleEndian)
        let sequence = segment.nextSequence
        do throws(LogError) {
            try unsafe Swift.withUnsafeBytes(of: &payload) { (bytes) throws(LogError) in
                try unsafe segment.append(
                    .syncMark,
                    flags: [],
                    time: time,
                    payload: bytes,
                    raw: bytes
                )
            }
        } catch {
            throw takeBack(after: error)
        }
        lastMarkSequence = sequence
    }

    /// Reserves as much again, at most 1 MiB, so that a sync need not write the size.
    ///
    /// That saves 30 % of a sync. Not in small logs: there may be thousands of them.
    private mutating func reserveAhead() {
        guard segment.end > segment.allocatedEnd, segment.end >= 64 << 10 else { return }
        let step = min(segment.end, 1 << 20)
        // Where the file system refuses, appending simply extends the file.
        if !segment.reserve(to: segment.end + step) { reserves = false }
    }

    /// Hands everything of closed groups to the kernel.
    ///
    /// - Throws: a failed write; what was staged stays staged.
    package mutating func flush() throws(LogError) {
        if isPoisoned { throw .poisoned(path: path) }
        try segment.writeClosedUnits()
        segment.tell()
    }

    /// Makes everything of closed groups durable.
    ///
    /// - Throws: `poisoned` when the sync fails: what is on disk is then unknown.
    /// - Complexity: one `fdatasync`.
    package mutating func sync() throws(LogError) {
        try flush()
        let offset = segment.unitEnd
        let sequence = segment.unitLastSequence
        if offset <= durableOffset { return }
        do throws(Errno) {
            try segment.file.sync()
        } catch {
            attention.insert(.poisoned)
            throw .poisoned(path: path)
        }
        noteDurable(offset: offset, sequence: sequence)
    }

    /// Everything below `offset` of the current segment is durable.
    mutating func noteDurable(offset: UInt64, sequence: UInt64) {
        durableOffset = max(durableOffset, offset)
        durableSequence = max(durableSequence, sequence)
        // A mark that covers nothing but the mark before it would go on for ever.
        if durableSequence > lastMarkSequence { attention.insert(.mark) }
    }

    /// Writes the SYNC_MARK that is due, if one is: at a clean close and after an idle second.
    ///
    /// - Parameter time: nanoseconds since 1970 UTC.
    /// - Throws: a failed write.
    package mutating func writeMark(time: Int64) throws(LogError) {
        guard attention.contains(.mark), isHealthy, !segment.groupIsOpen else { return }
        try stageMark(time: time)
        try flush()
    }
}
