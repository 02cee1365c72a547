// Opening a branch for writing: lock, read, judge, go on. See log.md 9.

extension LogWriter {
    /// Opens the newest segment of a branch for appending, recovering what a crash has left.
    ///
    /// What was found is in the writer's `recovery`; its `session` is the previous one plus one.
    /// - Parameters:
    ///   - storage: where files live.
    ///   - directory: the application's folder.
    ///   - branch: the branch.
    ///   - options: how to write.
    ///   - visit: sees each valid record of the active segment in order; nothing of a sealed one.
    ///   - reopening: gives META, SNAPSHOT and what else a new segment opens with, when the newest
    ///     one is sealed or must be left as it is. RECOVERED is added after them.
    /// - Returns: a writer at the end of the branch, with the lock.
    /// - Throws: `lockedByAnotherWriter`, `newerVersion`, `notFound`, `damaged` when the newest
    ///   segment has neither a header nor a record left, `io`, and what the closures throw.
    /// - Complexity: reads the active segment once: about 10 ms for 64 MiB.
    package static func open(
        storage: any Storage,
        directory: String,
        branch: BranchID,
        options: LogOptions = LogOptions(),
        visit: (borrowing RecordView) throws(LogError) -> Void = { _ throws(LogError) in },
        reopening: (RecoveryContext) throws(LogError) -> [OpeningRecord]
    ) throws(LogError) -> LogWriter {
        var recovery = try Recovery(
            Recovery.Place(
                storage: storage,
                directory: directory,
                branch: branch,
                options: options
            )
        )
        if recovery.segment.isSealed {
            try recovery.readSeal()
            return try recovery.goOn(because: .sealed, reopening)
        }
        let end = try recovery.read(visit)
        return try recovery.resolve(end, reopening)
    }
}
