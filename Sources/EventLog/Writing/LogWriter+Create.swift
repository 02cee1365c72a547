// Publishing segments: log.md 10.

extension LogWriter {
    /// Creates a branch: segment 0 with its opening records, locked and durable.
    ///
    /// - Parameters:
    ///   - storage: where files live.
    ///   - directory: the application's folder; it is made when missing.
    ///   - branch: a new id.
    ///   - options: how to write.
    ///   - session: number of the writing session; the first is 1.
    ///   - baseStep: the step whose state the opening snapshot holds; -1 before step 0.
    ///   - parent: the point the branch continues, if any.
    ///   - opening: META, SNAPSHOT and what else the segment opens with.
    /// - Returns: a writer after the opening records, with the lock.
    /// - Throws: `LogError`; nothing is published then.
    package static func create(
        storage: any Storage,
        directory: String,
        branch: BranchID,
        options: LogOptions = LogOptions(),
        session: UInt64 = 1,
        baseStep: Int64,
        parent: ParentPoint? = nil,
        opening: [OpeningRecord]
    ) throws(LogError) -> LogWriter {
        do throws(Errno) {
            try storage.makeDirectories(directory, durably: true)
        } catch {
            throw .io(error, .makeDirectory, path: directory)
        }
        let header = SegmentHeader(
            branch: branch,
            segment: 0,
            baseSequence: 1,
            baseStep: baseStep,
            created: storage.currentTime,
            session: session,
            parent: parent
        )
        let segment = try SegmentAppender.publish(
            header,
            opening: opening,
            session: session,
            options: options,
            directory: directory,
            storage: storage
        )
        return LogWriter(
            storage: storage,
            directory: directory,
            branch: branch,
            options: options,
            session: session,
            segment: segment
        )
    }

    /// Seals the segment: INDEX, SEAL and trailer, synced.
    ///
    /// Only `roll` can go on after it.
    /// - Parameter table: the table of the layer above, kept in the index.
    /// - Throws: a failed write leaves the segment unsealed and usable; a failed sync poisons.
    package mutating func seal(table: [UInt8] = []) throws(LogError) {
        if attention.contains(.poisoned) { throw .poisoned(path: path) }
        if attention.contains(.sealed) { return }
        if attention.contains(.unlocked) { throw .closed(path: path) }
        let dataEnd = segment.end
        do throws(LogError) {
            trailer = try segment.seal(table: table, time: storage.currentTime)
        } catch {
            if case .poisoned = error { attention.insert(.poisoned) }
            throw error
        }
        attention.insert(.sealed)
        attention.remove(.mark)
        sealedDataEnd = dataEnd
        durableOffset = segment.end
        durableSequence = segment.nextSequence - 1
    }

    /// Seals the segment and publishes its successor.
    ///
    /// - Parameters:
    ///   - table: the table of the layer above for the sealed segment.
    ///   - opening: META, SNAPSHOT and what else the successor opens with.
    /// - Throws: `LogError`. When sealing succeeded and publishing did not, appending throws
    ///   `closed` until `roll` is called again and succeeds.
    package mutating func roll(
        table: [UInt8] = [],
        opening: [OpeningRecord]
    ) throws(LogError) {
        try seal(table: table)
        var header = SegmentHeader(
            branch: branch,
            segment: segmentNumber + 1,
            baseSequence: segment.nextSequence,
            baseStep: opening.baseStep ?? lastStep,
            created: storage.currentTime,
            session: session,
            parent: segment.header.parent
        )
        header.predecessorLastSequence = segment.nextSequence - 1
        header.predecessorDataEnd = sealedDataEnd
        header.predecessorTrailerCRC = trailer?.trailerCRC ?? 0
        let next = try SegmentAppender.publish(
            header,
            opening: opening,
            session: session,
            options: options,
            directory: directory,
            storage: storage
        )
        bytesInFormerSegments += segment.end
        // The lock on the old segment goes with its last handle; the new one is held already.
        try? segment.file.unlock()
        segment = next
        lockIsLoose = false
        trailer = nil
        durableOffset = segment.end
        durableSequence = segment.nextSequence - 1
        attention.remove(.sealed)
        attention.insert(.mark)
        reserves = options.durability == .everyStep
    }
}

extension [OpeningRecord] {
    /// The step of the first snapshot among them.
    var baseStep: Int64? {
        for record in self where record.type == .snapshot {
            return try? SnapshotPayload(decodingHead: record.payload.rawSpan).step
        }
        return nil
    }
}

extension SegmentAppender {
    /// Writes a segment beside its name, makes it durable, locks it and gives it its name.
    static func publish(
        _ header: SegmentHeader,
        opening: [OpeningRecord],
        session: UInt64,
        options: LogOptions,
        directory: String,
        storage: any Storage
    ) throws(LogError) -> SegmentAppender {
        let name = SegmentName(branch: header.branch, number: header.segment)
        let path = name.path(in: directory)
        let temporary = name.temporaryPath(in: directory)
        var segment = try SegmentAppender(
            creating: temporary,
            header: header,
            session: session,
            options: options,
            storage: storage
        )
        do throws(LogError) {
            try segment.appendRaw(header.encoded())
            for record in opening {
                guard record.payload.count <= Limits.writtenPayload else {
                    throw .tooLarge(bytes: record.payload.count, limit: Limits.writtenPayload)
                }
                try unsafe record.payload.rawSpan.withUnsafeBytes { (bytes) throws(LogError) in
                    try unsafe segment.append(
                        record.type,
                        flags: record.flags,
                        time: record.time,
                        payload: bytes,
                        raw: bytes
                    )
                }
            }
            try segment.write()
            try segment.commit(as: path, from: temporary, directory: directory, storage: storage)
        } catch {
            try? storage.remove(temporary)
            throw error
        }
        return segment
    }

    private init(
        creating path: String,
        header: SegmentHeader,
        session: UInt64,
        options: LogOptions,
        storage: any Storage
    ) throws(LogError) {
        let file: FileHandle
        do throws(Errno) {
            // A crash may have left one; whoever publishes this number holds the branch.
            if try storage.fileSize(path) != nil { try storage.remove(path) }
            file = try storage.open(path, .createNew)
        } catch {
            throw error == .noEntry ? .notFound(path: path) : .from(error, .open, path)
        }
        self.init(
            file: file,
            path: path,
            header: header,
            session: session,
            end: 0,
            nextSequence: header.baseSequence,
            builder: IndexBuilder(baseStep: header.baseStep),
            options: options
        )
    }

    private mutating func commit(
        as path: String,
        from temporary: String,
        directory: String,
        storage: any Storage
    ) throws(LogError) {
        do throws(Errno) {
            try file.sync()
        } catch {
            throw .from(error, .sync, temporary)
        }
        do throws(Errno) {
            guard try file.tryLock() else { throw LogFailure.locked }
            try storage.renameNoReplace(temporary, to: path)
        } catch {
            if error == .exists || error == LogFailure.locked {
                throw .lockedByAnotherWriter(path: path)
            }
            throw .from(error, .publish, path)
        }
        do throws(Errno) {
            try storage.syncDirectory(directory)
        } catch {
            // The name may not survive a crash: nothing may rely on the file.
            try? storage.remove(path)
            throw .from(error, .publish, path)
        }
        self.path = path
    }
}

enum LogFailure {
    /// No kernel uses it: a lock that is taken, among system errors.
    static let locked = Errno(-1)
}
