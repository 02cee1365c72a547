// What a random program does.

internal import EventLog

extension LogProgram {
    /// One thing a program does.
    enum Action: Sendable {
        case append
        case group
        case snapshot
        case sync
        case beginSync
        case endSync
        case mark
        case flush
        case seal
        case roll
        case release
        case otherWriter
        case close
        case inspect
        case kill
        case powerCut
    }

    mutating func perform(_ action: Action) throws(LogError) {
        switch action {
        case .append: try append(1)
        case .group: try append(2 + random.below(3))
        case .snapshot: try append(1, withSnapshot: true)
        case .sync: try writer?.sync()
        case .beginSync: ticket = try writer?.beginSync()
        case .endSync: endSync()
        case .mark: try writer?.writeMark(time: storage.currentTime)
        case .flush: try writer?.flush()
        case .seal: if random.chance(1, of: 4) { try writer?.seal() }
        case .roll: try roll()
        case .release: try release()
        case .otherWriter: try writeElsewhere()
        case .close, .inspect, .kill, .powerCut: break
        }
    }

    // MARK: Appending

    /// Appends one unit of items.
    private mutating func append(_ count: Int, withSnapshot: Bool = false) throws(LogError) {
        var unit: [LogModel.Entry] = []
        do throws(LogError) {
            for index in 0..<count {
                let isLast = index == count - 1
                let entry = try append(continues: !isLast || withSnapshot, isLast: isLast, &unit)
                unit[unit.count - 1] = entry
            }
            if withSnapshot { try appendSnapshot() }
        } catch {
            // What a writer could not take back may be there.
            let isDoubtful = storage.isDead || writer?.isPoisoned == true
            if isDoubtful { model.doubt(unit) } else { model.fail(unit) }
            throw error
        }
        let end = writer?.dataEnd ?? 0
        let visible = writer?.visibleEnd ?? 0
        for index in unit.indices {
            unit[index].end = end
            unit[index].isWritten = end <= visible
        }
        model.accept(unit)
        if !profile.isBuffered, visible < end { unwritten = unit.last?.number }
    }

    /// Appends one item; it stands in `unit` even when that fails.
    private mutating func append(
        continues: Bool,
        isLast: Bool,
        _ unit: inout [LogModel.Entry]
    ) throws(LogError) -> LogModel.Entry {
        lastNumber += 1
        let item = Item(number: lastNumber, seed: seed)
        var entry = LogModel.Entry(
            number: item.number,
            sequence: 0,
            segment: writer?.segmentNumber ?? 0,
            end: 0,
            endsUnit: isLast,
            isWritten: false
        )
        unit.append(entry)
        let flags: RecordFlags = continues ? .groupContinues : []
        if item.isCompressed {
            entry.sequence =
                try writer?.appendCompressed(
                    item.type,
                    flags: flags,
                    time: storage.currentTime,
                    payload: item.payload.rawSpan,
                    codec: &codec
                ) ?? 0
        } else {
            entry.sequence =
                try writer?.append(
                    item.type,
                    flags: flags,
                    time: storage.currentTime,
                    payload: item.payload.rawSpan
                ) ?? 0
        }
        return entry
    }

    private mutating func appendSnapshot() throws(LogError) {
        for record in try Opening.snapshot(step: lastNumber) { try writer?.append(record) }
    }

    // MARK: Syncs, segments, locks

    private mutating func endSync() {
        guard let ticket else { return }
        let failed = (try? ticket.file.sync()) == nil
        writer?.endSync(ticket, failed: failed)
        self.ticket = nil
    }

    private mutating func roll() throws(LogError) {
        let table = random.bytes(random.below(200))
        let step = writer?.lastStep ?? -1
        try writer?.roll(table: table, opening: Opening.records(step: step))
    }

    /// Gives the lock up and takes it again.
    private mutating func release() throws(LogError) {
        try writer?.releaseLock()
        if try writer?.retakeLock() == .moved { throw .closed(path: "moved without a reason") }
    }

    /// Another writer goes on while the lock is free; the first one notices.
    private mutating func writeElsewhere() throws(LogError) {
        // One that failed to write when it gave the lock up has had its chance.
        if writer?.isHealthy != true { throw .closed(path: Self.directory) }
        try writer?.releaseLock()
        note()
        ticket = nil
        let first = writer.take()
        writer = try LogWriter.open(
            storage: storage,
            directory: Self.directory,
            branch: Self.branch,
            options: profile.options,
            reopening: { (context) throws(LogError) in
                try Opening.records(step: context.lastStep)
            }
        )
        for _ in 0..<random.below(3) { try append(1) }
        guard var first else { return }
        if try first.retakeLock() == .unchanged { throw .closed(path: "two writers hold the lock") }
    }
}
