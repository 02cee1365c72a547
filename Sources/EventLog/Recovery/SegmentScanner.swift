// The one decoder of records: recovery, verify and reading share it. See log.md 9.

/// Bytes that no longer hold valid records, and the sequences lost with them.
package struct Damage: Equatable, Sendable {
    /// The segment.
    package var segment: UInt64
    /// Its bytes.
    package var bytes: Range<UInt64>
    /// The sequences that should have been there; empty when none is known to be missing.
    package var lostSequences: Range<UInt64>

    /// Makes one.
    package init(segment: UInt64, bytes: Range<UInt64>, lostSequences: Range<UInt64>) {
        self.segment = segment
        self.bytes = bytes
        self.lostSequences = lostSequences
    }
}

/// Walks the valid records of one segment.
struct SegmentScanner: ~Copyable {
    let segment: UInt64
    let salt: UInt32
    var window: ScanWindow
    /// Where the next record is expected.
    private(set) var position: UInt64
    /// Its sequence; nil for any.
    private(set) var expected: UInt64?
    /// The greatest durableOffset of the marks seen.
    var mark: UInt64 = 0
    /// Whether a SNAPSHOT has been seen, without which the opening of a segment is not whole.
    var openingIsWhole = false
    /// Where the sealed segment before ended, as long as no record has been visited.
    var sealed: SealedEnd?
    /// Records below it belong to groups known to be closed.
    private var groupEnd: UInt64 = 0

    init(
        file: OpenFile,
        path: String,
        segment: UInt64,
        salt: UInt32,
        limit: UInt64,
        from: UInt64,
        piece: Int = 512 << 10
    ) {
        self.segment = segment
        self.salt = salt
        position = from
        window = ScanWindow(file: file, path: path, limit: limit, capacity: piece)
    }

    var limit: UInt64 { window.limit }

    /// Goes to a place whose sequence is known or not.
    mutating func seek(to offset: UInt64, expecting sequence: UInt64?) {
        position = offset
        expected = sequence
        groupEnd = 0
    }

    /// Looks at a file that has grown.
    mutating func extend(to limit: UInt64) {
        window.reset(limit: limit)
    }

    /// The valid record at `offset`, whatever its sequence.
    @inline(__always)
    mutating func probe(at offset: UInt64) throws(LogError) -> RecordHeader? {
        guard let start = try unsafe window.view(at: offset, count: RecordLayout.size),
            unsafe RecordHeader.isValid(start, salt: salt)
        else { return nil }
        let header = unsafe RecordHeader(loading: start)
        guard header.sequence < Limits.sequence else { return nil }
        let stride = header.stride
        guard let record = try unsafe window.view(at: offset, count: stride) else { return nil }
        let length = Int(header.payloadLength)
        let payload = unsafe UnsafeRawBufferPointer(
            start: record + RecordLayout.size,
            count: length
        )
        guard unsafe CRC32C.checksum(seed: salt, payload) == header.payloadCRC else { return nil }
        var at = RecordLayout.size + length
        while at < stride {
            if unsafe record.load(fromByteOffset: at, as: UInt8.self) != 0 { return nil }
            at += 1
        }
        return header
    }

    /// The stored payload of a record that `probe` or `next` has just found.
    @inline(__always)
    mutating func payload(
        of header: RecordHeader,
        at offset: UInt64
    ) throws(LogError) -> UnsafeRawBufferPointer {
        guard let record = try unsafe window.view(at: offset, count: header.stride) else {
            throw .damaged(path: window.path, offset: offset)
        }
        return unsafe UnsafeRawBufferPointer(
            start: record + RecordLayout.size,
            count: Int(header.payloadLength)
        )
    }

    /// The next valid record in sequence, whose group is closed; nil where there is none.
    @inline(__always)
    mutating func next() throws(LogError) -> (header: RecordHeader, offset: UInt64)? {
        let offset = position
        guard let header = try probe(at: offset) else { return nil }
        if let expected, header.sequence != expected { return nil }
        if header.flags.contains(.groupContinues), offset >= groupEnd {
            guard try closeGroup(at: offset, header) else { return nil }
        }
        guard header.type.isReadable else { throw .newerVersion(path: window.path) }
        if header.type == .syncMark { try noteMark(header, at: offset) }
        if header.type == .snapshot { openingIsWhole = true }
        position = offset &+ UInt64(header.stride)
        expected = header.sequence &+ 1
        return (header, offset)
    }

    @inline(never)
    private mutating func noteMark(_ header: RecordHeader, at offset: UInt64) throws(LogError) {
        let payload = try unsafe payload(of: header, at: offset)
        if let found = unsafe try? SyncMark(decoding: payload.bytes) {
            mark = max(mark, found.durableOffset)
        }
    }

    /// Looks ahead to the end of the group that begins at `offset`.
    @inline(never)
    private mutating func closeGroup(
        at offset: UInt64,
        _ first: RecordHeader
    ) throws(LogError) -> Bool {
        var header = first
        var at = offset
        while header.flags.contains(.groupContinues) {
            at += UInt64(header.stride)
            guard let following = try probe(at: at), following.sequence == header.sequence + 1
            else { return false }
            header = following
        }
        groupEnd = at + UInt64(header.stride)
        return true
    }

    /// Passes the records of a group that begins here and does not close.
    ///
    /// - Parameter last: the last sequence before it.
    /// - Returns: the last sequence passed.
    /// - Throws: `io`.
    mutating func passOpenGroup(after last: UInt64) throws(LogError) -> UInt64 {
        var passed = last
        while let header = try probe(at: position), header.sequence == passed &+ 1 {
            passed = header.sequence
            position += UInt64(header.stride)
        }
        return passed
    }

    /// How far behind damage records are looked at before one of them is taken for the next.
    private static let outlook: UInt64 = 64 << 10

    /// Goes to the next valid record at or after `position` with a greater sequence.
    ///
    /// A write that went astray may have left a copy of records that belong elsewhere: of those in
    /// sight the next is the first one of as many as possible whose sequences ascend.
    ///
    /// - Parameter last: the last sequence before the damage.
    /// - Returns: false when there is none.
    /// - Throws: `io`.
    mutating func resynchronise(after last: UInt64) throws(LogError) -> Bool {
        var records: [(sequence: UInt64, offset: UInt64)] = []
        var at = position
        while let (header, offset) = try validRecord(from: at, after: last) {
            if let first = records.first, offset - first.offset > Self.outlook { break }
            records.append((header.sequence, offset))
            at = offset + UInt64(header.stride)
        }
        guard let first = startOfLongestAscent(records.map(\.sequence)) else { return false }
        seek(to: records[first].offset, expecting: records[first].sequence)
        // A group whose begin is lost, or whose end is: its records count one by one.
        groupEnd = window.limit
        return true
    }

    /// Whether there is a valid record at or after `position` with a greater sequence.
    mutating func isFollowed(after last: UInt64) throws(LogError) -> Bool {
        try validRecord(from: position, after: last) != nil
    }

    /// The first valid record at or after an offset with a greater sequence than one.
    private mutating func validRecord(
        from offset: UInt64,
        after last: UInt64
    ) throws(LogError) -> (header: RecordHeader, offset: UInt64)? {
        var at = (offset + 7) & ~7
        while let start = try unsafe window.view(at: at, count: RecordLayout.size) {
            // One bounds check for all positions in the window: this loop sees every one of them.
            let ready = max(RecordLayout.size, window.buffered(from: at))
            var skip = 0
            var found = false
            while skip + RecordLayout.size <= ready {
                if unsafe RecordHeader.isValid(start + skip, salt: salt),
                    unsafe RecordHeader(loading: start + skip).sequence > last
                {
                    found = true
                    break
                }
                skip += 8
            }
            at += UInt64(skip)
            if !found { continue }
            if let header = try probe(at: at), header.sequence > last { return (header, at) }
            at += 8
        }
        return nil
    }

    /// Passes the record at `position` when its header is whole and says where the next one begins.
    ///
    /// - Returns: its type; nil where the header says nothing that can be relied on.
    mutating func passDamaged() throws(LogError) -> RecordType? {
        guard let start = try unsafe window.view(at: position, count: RecordLayout.size),
            unsafe RecordHeader.isValid(start, salt: salt)
        else { return nil }
        let header = unsafe RecordHeader(loading: start)
        guard header.sequence == expected, header.sequence < Limits.sequence, header.type.isReadable
        else { return nil }
        let end = position + UInt64(header.stride)
        if end != limit {
            guard let next = try unsafe window.view(at: end, count: RecordLayout.size),
                unsafe RecordHeader.isValid(next, salt: salt),
                unsafe RecordHeader(loading: next).sequence == header.sequence + 1
            else { return nil }
        }
        // One of a group that does not close is itself whole.
        if try probe(at: position) != nil { return nil }
        seek(to: end, expecting: header.sequence + 1)
        groupEnd = window.limit
        return header.type
    }

    /// Whether a second look at the bytes at `position` finds a record.
    mutating func isValidNow() throws(LogError) -> Bool {
        window.reset(limit: limit)
        let (place, sequence, group) = (position, expected, groupEnd)
        guard try next() != nil else { return false }
        position = place
        expected = sequence
        groupEnd = group
        return true
    }

    /// The greatest mark among all valid records from here on, damage passed over.
    mutating func markOfRest() throws(LogError) -> UInt64 {
        let (place, sequence, group, opening) = (position, expected, groupEnd, openingIsWhole)
        var last = (expected ?? 1) - 1
        while try resynchronise(after: last) {
            while let record = try next() { last = record.header.sequence }
        }
        position = place
        expected = sequence
        groupEnd = group
        openingIsWhole = opening
        return mark
    }
}
