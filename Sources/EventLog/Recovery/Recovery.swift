// The steps of opening a branch for writing: log.md 9.

/// The newest segment of a branch, locked, and what has been learnt about it.
struct Recovery: ~Copyable {
    let place: Place
    let handle: FileHandle
    let segment: SegmentFile

    var report = RecoveryReport()
    private var builder: IndexBuilder
    private var nextSequence: UInt64
    private var lastSession: UInt16
    private var unfinishedSeal: UnfinishedSeal?

    /// Where a branch is and how it is to be written.
    struct Place {
        let storage: any Storage
        let directory: String
        let branch: BranchID
        let options: LogOptions

        func path(_ number: UInt64) -> String {
            SegmentName(branch: branch, number: number).path(in: directory)
        }
    }

    /// INDEX records at the end of a segment without a trailer.
    private struct UnfinishedSeal {
        var offset: UInt64
        var sequence: UInt64
        var builder: IndexBuilder
        var raw: [UInt8] = []
        var sealOffset: UInt64?
    }

    /// Locks the newest segment and reads its two ends.
    init(_ place: Place) throws(LogError) {
        let numbers = try SegmentName.segments(
            of: place.branch,
            in: place.directory,
            on: place.storage
        )
        guard let number = numbers.last else { throw .notFound(path: place.path(0)) }
        let handle = try Self.lock(number, place)
        let segment = try SegmentFile(
            file: try Self.shared(handle, place.path(number)),
            path: place.path(number),
            name: SegmentName(branch: place.branch, number: number)
        )
        if segment.header.readOnlyCompatible != 0 { throw .newerVersion(path: segment.path) }
        self.place = place
        self.handle = handle
        self.segment = segment
        builder = IndexBuilder(baseStep: segment.header.baseStep)
        nextSequence = segment.header.baseSequence
        lastSession = UInt16(truncatingIfNeeded: segment.header.session)
    }

    /// Opens and locks a segment and makes sure that it still is the newest.
    private static func lock(_ number: UInt64, _ place: Place) throws(LogError) -> FileHandle {
        let path = place.path(number)
        do throws(Errno) {
            let handle = try place.storage.open(path, .readWrite)
            // A successor that has appeared since means that another writer is at work.
            guard try handle.lock(on: place.storage),
                try place.storage.fileSize(place.path(number + 1)) == nil
            else { throw LogFailure.locked }
            return handle
        } catch {
            if error == LogFailure.locked { throw .lockedByAnotherWriter(path: path) }
            throw .from(error, .open, path)
        }
    }

    private static func shared(
        _ handle: borrowing FileHandle,
        _ path: String
    ) throws(LogError) -> OpenFile {
        OpenFile(try duplicate(handle, path))
    }

    private static func duplicate(
        _ handle: borrowing FileHandle,
        _ path: String
    ) throws(LogError) -> FileHandle {
        do throws(Errno) {
            return try handle.duplicate()
        } catch {
            throw .io(error, .open, path: path)
        }
    }

    /// The number of the session that begins now: one after that of the last record.
    var session: UInt64 {
        let created = segment.header.session
        let last = created & ~0xFFFF | UInt64(lastSession)
        return (last < created ? last + 0x1_0000 : last) + 1
    }

    private func scanner(limit: UInt64) -> SegmentScanner {
        SegmentScanner(
            file: segment.file,
            path: segment.path,
            segment: segment.header.segment,
            salt: segment.header.salt,
            limit: limit,
            from: UInt64(segment.header.headerLength)
        )
    }

    // MARK: Reading

    /// Learns from a sealed segment what its successor must know.
    mutating func readSeal() throws(LogError) {
        guard let trailer = segment.trailer else { return }
        // Its writer may have been told that the sync of the seal failed.
        try makeDurable(from: UInt64(segment.header.headerLength), to: segment.size)
        var scanner = scanner(limit: segment.size - UInt64(SegmentTrailerLayout.size))
        scanner.seek(to: trailer.indexOffset, expecting: trailer.lastSequence + 1)
        nextSequence = trailer.lastSequence + 1
        while let (header, _) = try scanner.next() {
            nextSequence = header.sequence + 1
            lastSession = header.session
        }
        // The records between index and trailer may be unreadable: SEAL is one of them at least.
        nextSequence = max(nextSequence, trailer.lastSequence + 3)
        builder = IndexBuilder(baseStep: trailer.lastStep)
    }

    /// Reads every record of the active segment.
    mutating func read(
        _ visit: (borrowing RecordView) throws(LogError) -> Void
    ) throws(LogError) -> ScanEnd {
        var scanner = scanner(limit: segment.size)
        scanner.seek(
            to: UInt64(segment.header.headerLength),
            expecting: segment.baseSequence
        )
        var decoder = PayloadDecoder()
        var end = try scanner.walk(rule: .marks, decoder: &decoder) { (record) throws(LogError) in
            unsafe record.payload.withUnsafeBytes { unsafe note(record.header, record.offset, $0) }
            if record.type != .index, record.type != .seal { try visit(record) }
            return .proceed
        }
        try makeDurable(from: scanner.mark, to: end.offset)
        if segment.headerIsDamaged {
            end.damages.insert(segment.headerDamage, at: 0)
            end.verdict = .damaged
        }
        report.recordCount = builder.recordCount
        return end
    }

    /// Makes durable what was read, and its name: it may have been in memory only.
    ///
    /// After a sync that failed, in whatever process, the kernel takes bytes for clean that never
    /// reached the disk, and the next sync succeeds. So all that no mark covers is written again.
    private func makeDurable(from mark: UInt64, to end: UInt64) throws(LogError) {
        do throws(Errno) {
            if place.options.durability.syncs { try handle.writeAgain(from: mark, to: end) }
            try handle.sync()
            try place.storage.syncDirectory(place.directory)
        } catch {
            throw .from(error, .sync, segment.path)
        }
    }

    private mutating func note(
        _ header: RecordHeader,
        _ offset: UInt64,
        _ payload: UnsafeRawBufferPointer
    ) {
        switch header.type {
        case .index:
            var seal =
                unfinishedSeal
                ?? UnfinishedSeal(offset: offset, sequence: header.sequence, builder: builder)
            unsafe seal.raw.append(contentsOf: payload)
            unfinishedSeal = seal
        case .seal:
            unfinishedSeal?.sealOffset = offset
        default:
            unfinishedSeal = nil
        }
        unsafe builder.add(
            header.type,
            sequence: header.sequence,
            offset: offset,
            payload: payload
        )
        nextSequence = header.sequence + 1
        lastSession = header.session
    }

    // MARK: Going on

    /// Does what the verdict asks for and gives the writer.
    consuming func resolve(
        _ end: ScanEnd,
        _ reopening: (RecoveryContext) throws(LogError) -> [OpeningRecord]
    ) throws(LogError) -> LogWriter {
        if end.verdict == .damaged {
            if builder.recordCount == 0 { throw .damaged(path: segment.path, offset: 0) }
            report.verdict = .damaged
            report.damages = end.damages
            let first = end.damages.first
            report.recovered = Recovered(
                verdict: .damaged,
                segment: segment.header.segment,
                offset: first?.bytes.lowerBound ?? 0,
                bytes: end.damages.reduce(0) { $0 + UInt64($1.bytes.count) },
                firstLostSequence: first?.lostSequences.lowerBound ?? 0
            )
            // What is lost had been durable: readers must not take it for a torn tail.
            let dataEnd = max(end.offset, end.damages.last?.bytes.upperBound ?? 0)
            return try goOn(because: .damaged, dataEnd: dataEnd, reopening)
        }
        if end.verdict == .torn {
            report.verdict = .tornTail
            report.recovered = Recovered(
                verdict: .tornTail,
                segment: segment.header.segment,
                offset: end.offset,
                bytes: segment.size - end.offset,
                firstLostSequence: nextSequence
            )
            guard setAside(from: end.offset) else {
                return try goOn(because: .tornTailKept, dataEnd: end.offset, reopening)
            }
        }
        try cut(to: end.offset)
        if let seal = unfinishedSeal {
            let trailer = try finish(seal, at: end.offset)
            report.finishedSeal = true
            return try goOn(
                because: .sealed,
                dataEnd: seal.offset,
                trailer: trailer,
                reopening
            )
        }
        return try continueHere(at: end.offset)
    }

    /// Copies a torn tail to a file of its own; false when that is not possible.
    private mutating func setAside(from offset: UInt64) -> Bool {
        let name = SegmentName(branch: place.branch, number: segment.header.segment)
        let path = name.tornPath(in: place.directory, offset: offset)
        do throws(Errno) {
            // One that is there was left by a crash before the tail was cut.
            if try place.storage.fileSize(path) != nil { try place.storage.remove(path) }
            let torn = try place.storage.open(path, .createNew)
            var at = offset
            while at < segment.size {
                let bytes = try handle.bytes(Int(min(1 << 20, segment.size - at)), at: at)
                if bytes.isEmpty { throw .io }
                try unsafe bytes.rawSpan.withUnsafeBytes { (bytes) throws(Errno) in
                    try unsafe torn.pwrite(bytes, at: at - offset)
                }
                at += UInt64(bytes.count)
            }
            try torn.sync()
            try place.storage.syncDirectory(place.directory)
        } catch {
            try? place.storage.remove(path)
            return false
        }
        report.tornPath = path
        return true
    }

    private func cut(to offset: UInt64) throws(LogError) {
        if segment.size == offset { return }
        do throws(Errno) {
            try handle.truncate(to: offset)
            try handle.sync()
        } catch {
            throw .io(error, .truncate, path: segment.path)
        }
    }

    /// Writes what a crash while sealing has left out.
    private func finish(
        _ seal: UnfinishedSeal,
        at end: UInt64
    ) throws(LogError) -> SegmentTrailer {
        var sealOffset = end
        var trailerOffset = end
        if let offset = seal.sealOffset {
            sealOffset = offset
        } else {
            let header = unsafe RecordHeader(
                payloadCRC: CRC32C.checksum(seed: segment.header.salt, .empty),
                payloadLength: 0,
                type: .seal,
                session: lastSession,
                sequence: nextSequence,
                time: place.storage.currentTime
            )
            try append(header.encoded(salt: segment.header.salt), at: end)
            trailerOffset += UInt64(RecordLayout.size)
        }
        let trailer: SegmentTrailer
        do throws(Errno) {
            trailer = SegmentTrailer(
                indexOffset: seal.offset,
                indexLength: sealOffset - seal.offset,
                lastSequence: seal.sequence - 1,
                lastStep: seal.builder.lastStep,
                recordCount: seal.builder.recordCount,
                bodyCRC: try handle.checksum(to: seal.offset),
                indexCRC: CRC32C.checksum(seal.raw.rawSpan)
            )
        } catch {
            throw .from(error, .read, segment.path)
        }
        try append(trailer.encoded(), at: trailerOffset)
        return trailer
    }

    /// Writes bytes and makes them durable before anything is written after them.
    private func append(_ bytes: [UInt8], at offset: UInt64) throws(LogError) {
        do throws(Errno) {
            try unsafe bytes.rawSpan.withUnsafeBytes { (bytes) throws(Errno) in
                try unsafe handle.pwrite(bytes, at: offset)
            }
            try handle.sync()
        } catch {
            throw .from(error, .write, segment.path)
        }
    }

    /// Goes on in the same segment.
    private consuming func continueHere(at end: UInt64) throws(LogError) -> LogWriter {
        let (place, report, session) = (self.place, self.report, self.session)
        let appender = SegmentAppender(
            file: try Self.duplicate(handle, segment.path),
            path: segment.path,
            header: segment.header,
            session: session,
            end: end,
            nextSequence: nextSequence,
            builder: builder,
            options: place.options
        )
        var writer = LogWriter(
            storage: place.storage,
            directory: place.directory,
            branch: place.branch,
            options: place.options,
            session: session,
            segment: appender
        )
        writer.recovery = report
        if let recovered = report.recovered {
            try writer.append(recovered.record(time: place.storage.currentTime))
            // What was cut away must not stand where this did, after a power cut.
            try writer.sync()
        }
        return writer
    }

    /// Goes on in a new segment; the old one stays locked until the new one is published.
    consuming func goOn(
        because reason: RecoveryContext.Reason,
        dataEnd: UInt64 = 0,
        trailer: SegmentTrailer? = nil,
        _ reopening: (RecoveryContext) throws(LogError) -> [OpeningRecord]
    ) throws(LogError) -> LogWriter {
        let old = segment.header
        let trailer = trailer ?? segment.trailer
        var next = nextSequence
        // finish() has added SEAL when it was missing: its sequence is taken.
        if report.finishedSeal, unfinishedSeal?.sealOffset == nil { next += 1 }
        report.isInNewSegment = true
        let context = RecoveryContext(
            reason: reason,
            segment: old.segment + 1,
            session: session,
            lastStep: builder.lastStep
        )
        var opening = try reopening(context)
        let time = place.storage.currentTime
        if let recovered = report.recovered { opening.append(recovered.record(time: time)) }
        var header = SegmentHeader(
            branch: place.branch,
            segment: old.segment + 1,
            baseSequence: next,
            baseStep: opening.baseStep ?? builder.lastStep,
            created: time,
            session: session,
            parent: old.parent
        )
        header.predecessorLastSequence = next - 1
        header.predecessorDataEnd = trailer?.indexOffset ?? dataEnd
        header.predecessorTrailerCRC = trailer?.trailerCRC ?? 0
        let appender = try SegmentAppender.publish(
            header,
            opening: opening,
            session: session,
            options: place.options,
            directory: place.directory,
            storage: place.storage
        )
        var writer = LogWriter(
            storage: place.storage,
            directory: place.directory,
            branch: place.branch,
            options: place.options,
            session: session,
            segment: appender
        )
        writer.recovery = report
        try? handle.unlock()
        return writer
    }
}

extension Recovered {
    /// The record that tells it.
    func record(time: Int64) -> OpeningRecord {
        OpeningRecord(type: .recovered, time: time, payload: encoded())
    }
}
