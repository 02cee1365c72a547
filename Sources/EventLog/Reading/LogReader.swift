// The read side of one branch.

/// Reads the segments of a branch; never changes or maps them.
///
/// One thread at a time. Sealed segments are cached by their trailers; the active one is followed:
/// `refresh` looks for what has been appended since.
package final class LogReader {
    /// The branch read.
    package let branch: BranchID
    /// The folder of the application.
    package let directory: String

    private let storage: any Storage
    private var states: [SegmentState] = []
    private var decoder = PayloadDecoder()

    /// A segment and what has been read of its records.
    private struct SegmentState {
        var file: SegmentFile
        var index: SegmentIndex?
        var live: IndexBuilder?
        var scannedEnd: UInt64
        var nextSequence: UInt64?
        var mark: UInt64 = 0
        var openingIsWhole = false
        var damages: [Damage] = []
        var tornFrom: UInt64?

        init(_ file: SegmentFile) {
            self.file = file
            scannedEnd = UInt64(file.header.headerLength)
            nextSequence = file.baseSequence
            if file.headerIsDamaged { damages = [file.headerDamage] }
        }
    }

    /// Opens all segments of a branch.
    ///
    /// - Parameters:
    ///   - storage: where files live.
    ///   - directory: the folder of the application.
    ///   - branch: the branch.
    ///   - numbers: those of its segments, where the folder was listed already; `nil` lists it.
    /// - Throws: `notFound` without any, `newerVersion`, `io`. A damaged header is a `Damage`.
    /// - Complexity: per segment one open and two small reads.
    package init(
        storage: any Storage,
        directory: String,
        branch: BranchID,
        segments numbers: [UInt64]? = nil
    ) throws(LogError) {
        self.storage = storage
        self.directory = directory
        self.branch = branch
        for number in numbers ?? [] { try add(number) }
        try refresh()
        if states.isEmpty {
            throw .notFound(path: SegmentName(branch: branch, number: 0).path(in: directory))
        }
    }

    /// The segments, in order.
    package var segments: [SegmentFile] { states.map(\.file) }

    /// The last segment.
    package var lastSegment: SegmentFile? { states.last?.file }

    /// Looks for new segments, a new size and a new trailer of the last one.
    ///
    /// - Returns: whether anything changed.
    @discardableResult
    package func refresh() throws(LogError) -> Bool {
        var changed = false
        if !states.isEmpty {
            let size = states[states.count - 1].file.size
            if !states[states.count - 1].file.isSealed {
                try states[states.count - 1].file.refresh()
                if states[states.count - 1].file.size != size {
                    changed = true
                    // A writer may since have cut what was read behind damage, or a torn tail.
                    if !states[states.count - 1].damages.isEmpty {
                        states[states.count - 1] = SegmentState(states[states.count - 1].file)
                    }
                }
            }
        }
        // A successor is published right after a seal, or beside a damaged segment.
        if states.isEmpty {
            for number in try SegmentName.segments(of: branch, in: directory, on: storage) {
                try add(number)
                changed = true
            }
        } else {
            while let last = states.last, try exists(last.file.header.segment + 1) {
                try states[states.count - 1].file.refresh()
                try add(last.file.header.segment + 1)
                changed = true
            }
        }
        return changed
    }

    private func exists(_ number: UInt64) throws(LogError) -> Bool {
        let path = SegmentName(branch: branch, number: number).path(in: directory)
        do throws(Errno) {
            return try storage.fileSize(path) != nil
        } catch {
            throw .io(error, .read, path: path)
        }
    }

    private func add(_ number: UInt64) throws(LogError) {
        let name = SegmentName(branch: branch, number: number)
        states.append(SegmentState(try SegmentFile.open(name, in: directory, on: storage)))
    }

    private func position(of segment: UInt64) throws(LogError) -> Int {
        guard let position = states.firstIndex(where: { $0.file.header.segment == segment }) else {
            throw .notFound(path: SegmentName(branch: branch, number: segment).path(in: directory))
        }
        return position
    }

    /// What tells damage from a torn tail in the segment at `position`.
    private func rule(at position: Int) -> DurableRule {
        let next = position + 1 < states.count ? states[position + 1].file : nil
        let file = states[position].file
        return DurableRule(file, next: next, limit: file.trailer?.indexOffset ?? file.size)
    }

    private func scanner(
        _ state: SegmentState,
        limit: UInt64,
        piece: Int = 512 << 10
    ) -> SegmentScanner {
        SegmentScanner(
            file: state.file.file,
            path: state.file.path,
            segment: state.file.header.segment,
            salt: state.file.header.salt,
            limit: limit,
            from: UInt64(state.file.header.headerLength),
            piece: piece
        )
    }

    // MARK: Index

    /// The index of a segment: from its INDEX records when it is sealed, else from its records.
    ///
    /// For the active segment it covers what was there at the last `refresh`.
    /// - Throws: `damaged` or `newerVersion`.
    /// - Complexity: sealed: one read, cached. Active: a verified scan of what is new.
    package func index(of segment: UInt64) throws(LogError) -> SegmentIndex {
        let position = try position(of: segment)
        if let index = states[position].index { return index }
        if states[position].file.isSealed, let index = try storedIndex(at: position) {
            states[position].index = index
            states[position].live = nil
            return index
        }
        try follow(position)
        guard let live = states[position].live else { return SegmentIndex() }
        if states[position].file.isSealed { states[position].index = live.index }
        return live.index
    }

    /// Scans what the active segment has got since the last time.
    private func follow(_ position: Int) throws(LogError) {
        let state = states[position]
        var builder = state.live ?? IndexBuilder(baseStep: state.file.header.baseStep)
        let limit = state.file.dataEnd
        var scanner = scanner(state, limit: limit)
        scanner.seek(to: state.scannedEnd, expecting: state.nextSequence)
        scanner.mark = state.mark
        scanner.openingIsWhole = state.openingIsWhole
        states[position].live = nil
        let end = try scanner.walk(rule: rule(at: position), decoder: &decoder) { record in
            if record.type == .index || record.type == .seal { return .proceed }
            unsafe record.payload.withUnsafeBytes { payload in
                unsafe builder.add(
                    record.type,
                    sequence: record.sequence,
                    offset: record.offset,
                    payload: payload
                )
            }
            return .proceed
        }
        states[position].live = builder
        states[position].scannedEnd = end.offset
        states[position].nextSequence = end.nextSequence ?? state.nextSequence
        states[position].mark = scanner.mark
        states[position].openingIsWhole = scanner.openingIsWhole
        states[position].damages += end.damages
        states[position].tornFrom = end.verdict == .torn ? end.offset : nil
    }

    /// The INDEX records of a sealed segment; nil when they are damaged.
    private func storedIndex(at position: Int) throws(LogError) -> SegmentIndex? {
        let state = states[position]
        guard let trailer = state.file.trailer else { return nil }
        var scanner = scanner(state, limit: trailer.indexOffset + trailer.indexLength)
        scanner.seek(to: trailer.indexOffset, expecting: trailer.lastSequence + 1)
        scanner.openingIsWhole = true
        var raw: [UInt8] = []
        let end = try scanner.walk(rule: .marks, decoder: &decoder) { record in
            if record.type == .index {
                unsafe record.payload.withUnsafeBytes { unsafe raw.append(contentsOf: $0) }
            }
            return .proceed
        }
        guard end.verdict == .clean, CRC32C.checksum(raw.rawSpan) == trailer.indexCRC else {
            return nil
        }
        return try? SegmentIndex(decoding: raw.rawSpan)
    }

    /// What is known to be lost in a segment, as far as it has been read.
    package func damages(of segment: UInt64) throws(LogError) -> [Damage] {
        states[try position(of: segment)].damages
    }

    /// Where the verified records of a segment end, and the sequence that comes next.
    package func verifiedEnd(of segment: UInt64) throws(LogError) -> (offset: UInt64, next: UInt64)
    {
        let position = try position(of: segment)
        let file = states[position].file
        if let trailer = file.trailer { return (trailer.indexOffset, trailer.lastSequence + 1) }
        _ = try index(of: segment)
        return (states[position].scannedEnd, states[position].nextSequence ?? 0)
    }

    /// Bytes of the active segment behind what its last sync mark says is durable.
    ///
    /// A mark is written with the record after a sync: the last ones may be durable too.
    package var unmarkedBytes: UInt64 {
        guard let last = states.last, !last.file.isSealed else { return 0 }
        return last.scannedEnd - min(last.scannedEnd, last.mark)
    }

    // MARK: Snapshots

    /// The last snapshot whose step is at most `step`, across the segments, that is where its index
    /// says; where all of them are of states that are not known, the first one: a writer that could
    /// not read what was there begins with such a one, and its step may be too small.
    ///
    /// - Complexity: one index, or as many as have no snapshot that early.
    package func snapshot(atOrBefore step: Int64) throws(LogError) -> SnapshotLocation? {
        var absent: SnapshotLocation?
        for state in states.reversed() where state.file.header.baseStep <= step {
            let segment = state.file.header.segment
            for entry in try index(of: segment).snapshots.reversed() where entry.step <= step {
                let location = SnapshotLocation(segment: segment, entry: entry)
                guard try holds(location) else { continue }
                if !entry.isAbsent { return location }
                absent = location
            }
        }
        return absent
    }

    /// Whether a snapshot is where its index says.
    ///
    /// - Throws: `LogError.io` when the segment cannot be read.
    package func holds(_ location: SnapshotLocation) throws(LogError) -> Bool {
        try states[try position(of: location.segment)].file.holds(location.entry)
    }

    /// Reads a snapshot and checks its hash.
    ///
    /// - Throws: `damaged` when it cannot be read, or another one is there.
    package func loadSnapshot(at location: SnapshotLocation) throws(LogError) -> LoadedSnapshot {
        let file = states[try position(of: location.segment)].file
        guard try file.holds(location.entry) else {
            throw .damaged(path: file.path, offset: location.entry.offset)
        }
        return try file.loadSnapshot(at: location.entry.offset)
    }

    // MARK: Records

    /// Visits the records of a segment in order.
    ///
    /// - Parameters:
    ///   - segment: its number.
    ///   - offset: offset of a record; nil for the first.
    ///   - end: where to stop: records that begin at or after it are not visited; nil for the end.
    ///   - piece: bytes that are read at once: few for a visit that soon stops.
    ///   - visit: sees each valid record, sync marks included; INDEX and SEAL are not visited.
    /// - Returns: how it ended. After damage the visit goes on with the next valid record.
    /// - Throws: `newerVersion` at an unknown type below 128, `io`, and what `visit` throws.
    package func scan(
        segment: UInt64,
        from offset: UInt64? = nil,
        to end: UInt64? = nil,
        piece: Int = 512 << 10,
        visit: (borrowing RecordView) throws(LogError) -> ScanControl
    ) throws(LogError) -> ScanEnd {
        let position = try position(of: segment)
        let state = states[position]
        let first = UInt64(state.file.header.headerLength)
        let limit = state.file.dataEnd
        var scanner = scanner(state, limit: limit, piece: piece)
        let start = offset ?? first
        scanner.seek(to: start, expecting: start == first ? state.file.baseSequence : nil)
        if start == first, position > 0, let trailer = states[position - 1].file.trailer,
            states[position - 1].file.header.segment + 1 == segment
        {
            scanner.sealed = SealedEnd(sequence: trailer.lastSequence, step: trailer.lastStep)
        }
        // A scan that begins in the middle has not seen the marks before it.
        if rule(at: position) == .marks, start > first {
            scanner.mark = try markBefore(position)
            scanner.openingIsWhole = true
        }
        return try scanner.walk(rule: rule(at: position), decoder: &decoder) {
            (record) throws(LogError) in
            if let end, record.offset >= end { return .stop }
            // A seal that is being written, or one whose trailer is lost.
            if record.type == .index || record.type == .seal { return .proceed }
            return try visit(record)
        }
    }

    private func markBefore(_ position: Int) throws(LogError) -> UInt64 {
        if states[position].scannedEnd < states[position].file.size { try follow(position) }
        return states[position].mark
    }
}
