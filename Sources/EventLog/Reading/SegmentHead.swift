// The first record of a file without reading the file: for catalogues.

/// Reads the record that a segment opens with, its META.
package struct SegmentHead: ~Copyable {
    private var buffer = AlignedBuffer(capacity: 4 << 10)
    private var decoder = PayloadDecoder()

    /// Makes one; it may be used for many files.
    package init() {}

    /// Visits the first record of a segment.
    ///
    /// - Parameters:
    ///   - segment: the file.
    ///   - visit: sees the record.
    /// - Returns: whether it is there and valid.
    /// - Throws: `io`.
    /// - Complexity: one `pread` of 4 KiB, a second one where the record is longer.
    package mutating func visitFirstRecord(
        of segment: SegmentFile,
        visit: (borrowing RecordView) -> Void
    ) throws(LogError) -> Bool {
        let start = UInt64(segment.header.headerLength)
        var read = try read(4 << 10, of: segment, at: start)
        guard read >= RecordLayout.size,
            unsafe RecordHeader.isValid(UnsafeRawPointer(buffer.base), salt: segment.header.salt)
        else { return false }
        let header = unsafe RecordHeader(loading: UnsafeRawPointer(buffer.base))
        if header.stride > read { read = try self.read(header.stride, of: segment, at: start) }
        guard header.stride <= read else { return false }
        let end = RecordLayout.size + Int(header.payloadLength)
        let stored = unsafe buffer.bytes(RecordLayout.size..<end)
        guard unsafe CRC32C.checksum(seed: segment.header.salt, stored) == header.payloadCRC,
            let raw = unsafe decoder.decode(stored, flags: header.flags)
        else { return false }
        let view = unsafe RecordView(
            header: header,
            offset: start,
            segment: segment.header.segment,
            payload: raw.bytes
        )
        visit(view)
        return true
    }

    private mutating func read(
        _ count: Int,
        of segment: SegmentFile,
        at start: UInt64
    ) throws(LogError) -> Int {
        // What is asked for beyond the end costs a call that finds nothing.
        let count = min(count, Int(clamping: segment.size - min(start, segment.size)))
        if buffer.capacity < count { buffer = AlignedBuffer(capacity: count) }
        do throws(Errno) {
            return try unsafe segment.read(into: buffer.mutableBytes(0..<count), at: start)
        } catch {
            throw .io(error, .read, path: segment.path)
        }
    }
}
