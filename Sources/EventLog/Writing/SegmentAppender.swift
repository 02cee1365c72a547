// Appends records to one segment file: staging, writing, taking back.

internal import CSystem

/// The end of one segment file.
///
/// Records are encoded into a page-aligned stage whose first byte stands for a page-aligned file
/// offset, so that memory and file keep the same phase: copies at other phases cost up to 20 times
/// as much. `written` bytes of the stage are in the file, `summed` ones are in the body's CRC.
@safe
struct SegmentAppender: ~Copyable, Sendable {
    let file: FileHandle
    var path: String
    let header: SegmentHeader
    let salt: UInt32
    let session: UInt16
    private(set) var nextSequence: UInt64
    private(set) var builder: IndexBuilder
    /// The file may be longer than its data: zeros reserved by `reserve`.
    private(set) var allocatedEnd: UInt64
    /// Where records that follow each other closely are stored.
    var window = FileWindow.none
    var closeRecords: CloseRecords
    /// Whether a record was stored after the last one that was written.
    var isUntold = false

    private(set) var stage: AlignedBuffer
    private(set) var stageStart: UInt64
    private(set) var staged: Int
    var written: Int
    private var summed: Int
    private(set) var bodyCRC: UInt32 = 0
    private(set) var bodyIsSummed: Bool
    /// The kernel was asked to write everything below it to the disk.
    private var sentEnd: UInt64

    /// The unit under construction: one record, or the records of an open group.
    private(set) var groupIsOpen = false
    private var unitStart: UInt64
    private var unitSequence: UInt64
    private var unitStep: Int64
    private var unitTypes: [RecordType] = []
    private var lastType = RecordType.meta
    private var lastOffset: UInt64 = 0
    /// The header of the last record as it is in the file, and where: see `rememberTail`.
    private var tail: (offset: UInt64, bytes: RecordBytes)?
    private var unitIsStaged = false

    /// Bytes above which written bytes leave the stage; small, so that it stays in the cache.
    static let stageLimit = 32 << 10

    /// Bytes after which the kernel is asked to begin writing them to the disk: the sync of a seal
    /// would otherwise keep the program waiting for 64 MiB.
    private static let writebackStep: UInt64 = 4 << 20

    /// Goes on at `end` of a file, after `sequence`.
    init(
        file: consuming FileHandle,
        path: String,
        header: SegmentHeader,
        session: UInt64,
        end: UInt64,
        nextSequence: UInt64,
        builder: IndexBuilder,
        options: LogOptions
    ) {
        self.file = file
        self.path = path
        self.header = header
        self.salt = header.salt
        self.session = UInt16(truncatingIfNeeded: session)
        self.nextSequence = nextSequence
        self.builder = builder
        allocatedEnd = end
        closeRecords = CloseRecords(options)
        stage = AlignedBuffer(capacity: options.bufferCapacity)
        stageStart = end & ~UInt64(AlignedBuffer.pageSize - 1)
        staged = Int(end - stageStart)
        written = staged
        summed = staged
        bodyIsSummed = end == 0
        sentEnd = stageStart
        unitStart = end
        unitSequence = nextSequence
        unitStep = builder.lastStep
    }

    /// End of everything appended, in the file or still staged.
    var end: UInt64 { stageStart + UInt64(staged) }
    /// End of what is in the file.
    var writtenEnd: UInt64 { stageStart + UInt64(written) }
    /// End of the last closed unit.
    var unitEnd: UInt64 { groupIsOpen ? unitStart : end }
    /// Last sequence of the last closed unit.
    var unitLastSequence: UInt64 { (groupIsOpen ? unitSequence : nextSequence) - 1 }

    /// Encodes one record into the stage; makes room by writing when it is full.
    ///
    /// `payload` is what is stored, `raw` what it stands for where a codec was applied.
    /// - Throws: a failed write. The unit may then be partly staged: `rollback` takes it back.
    @inline(__always)
    mutating func append(
        _ type: RecordType,
        flags: RecordFlags,
        time: Int64,
        payload: UnsafeRawBufferPointer,
        raw: UnsafeRawBufferPointer
    ) throws(LogError) {
        beginUnit()
        let stride = RecordLayout.stride(payloadLength: payload.count)
        if staged &+ stride > stage.capacity { try drain() }
        let record = unsafe RecordHeader(
            payloadCRC: CRC32C.checksum(seed: salt, payload),
            payloadLength: UInt32(truncatingIfNeeded: payload.count),
            type: type,
            flags: flags,
            session: session,
            sequence: nextSequence,
            time: time
        )
        unsafe builder.add(type, sequence: nextSequence, offset: end, payload: raw)
        lastOffset = end
        noteRecord(type, flags: flags)
        // After draining, less than a page is staged: the header always fits.
        let target = unsafe stage.base + staged
        unsafe record.store(to: target, salt: salt)
        guard staged &+ stride <= stage.capacity else {
            staged &+= RecordLayout.size
            return try unsafe appendLarge(
                payload,
                padding: stride - RecordLayout.size - payload.count
            )
        }
        if let source = payload.baseAddress, payload.count > 0 {
            // The padding first: the payload then covers all of the last word but the padding.
            unsafe target.storeBytes(of: 0, toByteOffset: stride &- 8, as: UInt64.self)
            let to = unsafe target + RecordLayout.size
            if payload.count < 4096 {
                unsafe to.copyMemory(from: source, byteCount: payload.count)
            } else {
                unsafe csystem_copy(to, source, payload.count)
            }
        }
        staged &+= stride
    }

    @inline(__always)
    private mutating func beginUnit() {
        if groupIsOpen { return }
        unitStart = end
        unitSequence = nextSequence
        unitStep = builder.lastStep
        unitIsStaged = false
    }

    @inline(__always)
    private mutating func noteRecord(_ type: RecordType, flags: RecordFlags) {
        nextSequence &+= 1
        lastType = type
        unitIsStaged = true
        let continues = flags.contains(.groupContinues)
        if continues || groupIsOpen { noteGroup(type, continues: continues) }
    }

    @inline(never)
    private mutating func noteGroup(_ type: RecordType, continues: Bool) {
        if !groupIsOpen { unitTypes.removeAll(keepingCapacity: true) }
        unitTypes.append(type)
        groupIsOpen = continues
        // A closed group stays one unit until the next record: it may still be taken back.
    }

    /// A payload that does not fit the stage goes through it piece by piece.
    @inline(never)
    private mutating func appendLarge(
        _ payload: UnsafeRawBufferPointer,
        padding: Int
    ) throws(LogError) {
        try unsafe appendRaw(payload)
        try unsafe withUnsafeTemporaryZeros(padding) { (zeros) throws(LogError) in
            try unsafe appendRaw(zeros)
        }
    }

    /// Stages bytes that are no record: the segment header, the trailer.
    mutating func appendRaw(_ bytes: UnsafeRawBufferPointer) throws(LogError) {
        var at = 0
        while at < bytes.count {
            if staged == stage.capacity { try drain() }
            let count = min(stage.capacity - staged, bytes.count - at)
            let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[at..<at + count])
            if let source = piece.baseAddress {
                unsafe csystem_copy(stage.base + staged, source, count)
            }
            staged += count
            at += count
        }
    }

    /// Stages bytes that are no record.
    mutating func appendRaw(_ bytes: [UInt8]) throws(LogError) {
        try unsafe bytes.rawSpan.withUnsafeBytes { (bytes) throws(LogError) in
            try unsafe appendRaw(bytes)
        }
    }

    /// Writes everything staged.
    mutating func write() throws(LogError) {
        try write(to: staged)
        if staged >= Self.stageLimit { rebase() }
    }

    /// Writes the units that are closed; an open group stays in memory as far as it does.
    mutating func writeClosedUnits() throws(LogError) {
        let closed = unitEnd
        if closed > writtenEnd { try write(to: Int(closed - stageStart)) }
    }

    @inline(__always)
    mutating func write(to limit: Int) throws(LogError) {
        guard limit > written else { return }
        do throws(Errno) {
            try unsafe file.pwrite(
                stage.bytes(written..<limit),
                at: stageStart &+ UInt64(written)
            )
        } catch {
            throw .from(error, .write, path)
        }
        written = limit
        if writtenEnd > allocatedEnd { allocatedEnd = writtenEnd }
    }

    /// Writes all whole pages and moves the rest to the front of the stage.
    @inline(never)
    private mutating func drain() throws(LogError) {
        try write(to: max(written, staged & ~(AlignedBuffer.pageSize - 1)))
        rebase()
    }

    /// Lets the pages that are in the file leave the stage.
    mutating func rebase() {
        let whole = written & ~(AlignedBuffer.pageSize - 1)
        if whole == 0 { return }
        sum(to: whole)
        let rest = staged - whole
        if rest > 0 { unsafe stage.base.copyMemory(from: stage.base + whole, byteCount: rest) }
        stageStart += UInt64(whole)
        staged = rest
        written -= whole
        summed -= whole
        if stageStart >= sentEnd &+ Self.writebackStep {
            file.beginWriteback(from: sentEnd, count: stageStart - sentEnd)
            sentEnd = stageStart
        }
    }

    private mutating func sum(to limit: Int) {
        guard limit > summed else { return }
        if bodyIsSummed {
            bodyCRC = unsafe CRC32C.checksum(seed: bodyCRC, stage.bytes(summed..<limit))
        }
        summed = limit
    }

    /// Brings `bodyCRC` up to `end`, reading the file again after a rollback or a reopening.
    mutating func sumBody() throws(LogError) {
        if !bodyIsSummed {
            try write()
            do throws(Errno) {
                bodyCRC = try file.checksum(to: writtenEnd)
            } catch {
                throw .from(error, .read, path)
            }
            bodyIsSummed = true
            summed = written
        }
        sum(to: staged)
    }

    /// Takes the unit under construction back, in memory and in the file.
    ///
    /// - Throws: when the file could not be cut: what it ends with is then unknown.
    mutating func rollback() throws(LogError) {
        let types = unitTypes.isEmpty || !unitIsGroup ? (unitIsStaged ? [lastType] : []) : unitTypes
        builder.undo(from: unitStart, types: types, lastStep: unitStep)
        nextSequence = unitSequence
        groupIsOpen = false
        unitIsStaged = false
        unitTypes.removeAll(keepingCapacity: true)
        try unstage(to: unitStart)
    }

    /// Forgets everything staged or written from `offset` on.
    private mutating func unstage(to offset: UInt64) throws(LogError) {
        let keep = min(offset, writtenEnd)
        if offset >= stageStart {
            staged = Int(offset - stageStart)
            written = min(written, staged)
            if summed > staged { bodyIsSummed = false }
        } else {
            stageStart = offset & ~UInt64(AlignedBuffer.pageSize - 1)
            staged = Int(offset - stageStart)
            written = staged
            bodyIsSummed = false
            sentEnd = min(sentEnd, stageStart)
        }
        summed = min(summed, staged)
        try cut(to: keep)
    }

    /// Takes a seal back that could not be finished.
    ///
    /// - Returns: the error to throw: `error`, or `poisoned` when the file could not be cut.
    mutating func takeBack(
        to offset: UInt64,
        sequence: UInt64,
        builder: IndexBuilder,
        after error: LogError
    ) -> LogError {
        self.builder = builder
        nextSequence = sequence
        groupIsOpen = false
        unitTypes.removeAll(keepingCapacity: true)
        do throws(LogError) {
            try unstage(to: offset)
        } catch {
            return .poisoned(path: path)
        }
        return error
    }

    private var unitIsGroup: Bool { UInt64(unitTypes.count) == nextSequence - unitSequence }

    /// Cuts the file to `size`, which is also what remains of a reservation.
    mutating func cut(to size: UInt64) throws(LogError) {
        closeWindow()
        do throws(Errno) {
            try file.truncate(to: size)
        } catch {
            throw .from(error, .truncate, path)
        }
        allocatedEnd = size
    }

    /// Drops a reservation, so that the file ends with its data.
    mutating func dropReserve() throws(LogError) {
        if allocatedEnd > writtenEnd { try cut(to: writtenEnd) }
        closeWindow()
    }

    /// Reserves what is missing up to the end of the page at `target`; false when refused.
    ///
    /// A file that ends at a page is one that may hold less than its size: see log.md 1.
    mutating func reserve(to target: UInt64) -> Bool {
        let page = UInt64(AlignedBuffer.pageSize)
        let end = (target + page - 1) & ~(page - 1)
        if end <= allocatedEnd { return true }
        do throws(Errno) {
            try file.preallocate(from: allocatedEnd, count: end - allocatedEnd)
        } catch {
            // Part of it may have been reserved all the same.
            try? file.truncate(to: allocatedEnd)
            return false
        }
        allocatedEnd = end
        return true
    }

    /// As many bytes as a record's header has.
    private typealias RecordBytes = SIMD4<UInt64>

    /// Keeps what `isUnchanged` compares: the header of the last record, or the last bytes.
    mutating func rememberTail() {
        let size = UInt64(RecordLayout.size)
        let isKnown = lastOffset > 0 && lastOffset + size <= writtenEnd
        if isKnown, lastOffset >= stageStart {
            let place = Int(lastOffset - stageStart)
            // The stage holds what the file does, up to `written`.
            let bytes = unsafe stage.base.loadUnaligned(
                fromByteOffset: place,
                as: RecordBytes.self
            )
            tail = (lastOffset, bytes)
            return
        }
        let offset = isKnown ? lastOffset : writtenEnd - min(writtenEnd, size)
        tail = (try? recordBytes(at: offset)).map { (offset, $0) }
    }

    /// Whether the file still ends as `rememberTail` found it.
    func isUnchanged() throws(Errno) -> Bool {
        guard let tail, try file.size() == writtenEnd else { return false }
        return try recordBytes(at: tail.offset) == tail.bytes
    }

    /// Bytes of the file; zeros where it has none.
    private func recordBytes(at offset: UInt64) throws(Errno) -> RecordBytes {
        var bytes = RecordBytes()
        let read = unsafe withUnsafeMutableBytes(of: &bytes) { buffer in
            Result { () throws(Errno) in try unsafe file.pread(into: buffer, at: offset) }
        }
        _ = try read.get()
        return bytes
    }
}

/// Up to seven zero bytes of padding.
func withUnsafeTemporaryZeros<E>(
    _ count: Int,
    _ body: (UnsafeRawBufferPointer) throws(E) -> Void
) throws(E) {
    let zeros: UInt64 = 0
    try unsafe Swift.withUnsafeBytes(of: zeros) { (bytes) throws(E) in
        try unsafe body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
}
