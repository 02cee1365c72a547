// The last records of a file without reading the file: for catalogues.

/// Finds the last valid records of a segment from its last few kilobytes.
package struct SegmentTail: ~Copyable {
    private var buffer = AlignedBuffer(capacity: 4 << 10)
    private var decoder = PayloadDecoder()

    /// Makes one; it may be used for many files.
    package init() {}

    /// Visits the last valid records of a segment, in order.
    ///
    /// Reads the last 4 KiB, then twice as much, until enough records are found.
    /// - Parameters:
    ///   - segment: the file; its size and trailer as they were last looked at.
    ///   - minimum: how many records are wanted at least.
    ///   - visit: sees each record found, more than `minimum` where they come for free.
    /// - Returns: how many were visited; fewer than `minimum` when the file has no more.
    /// - Throws: `io`.
    /// - Complexity: about 10 us: one `pread` of 4 KiB and a test at each multiple of 8.
    package mutating func visitLastRecords(
        of segment: SegmentFile,
        minimum: Int = 1,
        visit: (borrowing RecordView) -> Void
    ) throws(LogError) -> Int {
        let first = UInt64(segment.header.headerLength)
        let end = try wholeEnd(of: segment) & ~7
        guard end > first else { return 0 }
        var size = 4 << 10
        while true {
            let start = max(first, end - min(end, UInt64(size)))
            let count = Int(end - start)
            if buffer.capacity < count { buffer = AlignedBuffer(capacity: count) }
            let read: Int
            do throws(Errno) {
                read = try unsafe segment.read(into: buffer.mutableBytes(0..<count), at: start)
            } catch {
                throw .io(error, .read, path: segment.path)
            }
            let found = find(in: read, salt: segment.header.salt)
            if found.count >= minimum || start == first {
                for place in found { show(place, of: segment, at: start, visit) }
                return found.count
            }
            size *= 2
        }
    }

    /// Where the records end, at most a page of zeros behind them.
    private func wholeEnd(of segment: SegmentFile) throws(LogError) -> UInt64 {
        if segment.isSealed { return segment.dataEnd }
        let slack = UInt64(AlignedBuffer.pageSize)
        do throws(Errno) {
            return min(segment.size, try segment.file.handle.dataEnd(below: segment.size) + slack)
        } catch {
            throw .io(error, .read, path: segment.path)
        }
    }

    /// Offsets in the buffer at which valid records begin.
    private func find(in count: Int, salt: UInt32) -> [Int] {
        var found: [Int] = []
        var at = 0
        while at + RecordLayout.size <= count {
            let place = unsafe UnsafeRawPointer(buffer.base + at)
            guard unsafe RecordHeader.isValid(place, salt: salt) else {
                at += 8
                continue
            }
            let header = unsafe RecordHeader(loading: place)
            let length = Int(header.payloadLength)
            let payload = unsafe UnsafeRawBufferPointer(
                start: place + RecordLayout.size,
                count: length
            )
            guard at + header.stride <= count,
                unsafe CRC32C.checksum(seed: salt, payload) == header.payloadCRC
            else {
                at += 8
                continue
            }
            found.append(at)
            at += header.stride
        }
        return found
    }

    private mutating func show(
        _ place: Int,
        of segment: SegmentFile,
        at start: UInt64,
        _ visit: (borrowing RecordView) -> Void
    ) {
        let header = unsafe RecordHeader(loading: UnsafeRawPointer(buffer.base + place))
        let begin = place + RecordLayout.size
        let stored = unsafe buffer.bytes(begin..<begin + Int(header.payloadLength))
        guard let raw = unsafe decoder.decode(stored, flags: header.flags) else { return }
        let view = unsafe RecordView(
            header: header,
            offset: start + UInt64(place),
            segment: segment.header.segment,
            payload: raw.bytes
        )
        visit(view)
    }
}
