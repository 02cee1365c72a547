// Where the data of a file end that a writer has reserved room in: log.md 1.

/// Room that a writer reserves ends at a page: a file that does not has none.
private let page = UInt64(AlignedBuffer.pageSize)

extension FileHandle {
    /// Where the bytes end that are not zero, of a file that may be longer by what was reserved.
    ///
    /// - Parameter size: its size.
    /// - Returns: the offset behind the last byte that is not zero; the size where nothing can have
    ///   been reserved.
    /// - Throws: what the file system says.
    /// - Complexity: one read of 4 KiB, more where there are only zeros.
    func dataEnd(below size: UInt64) throws(Errno) -> UInt64 {
        guard size % page == 0 else { return size }
        var end = size
        var count = page
        while end > 0 {
            let start = end - min(end, count)
            let bytes = try bytes(Int(end - start), at: start)
            if let last = bytes.lastIndex(where: { $0 != 0 }) { return start + UInt64(last) + 1 }
            end = start
            count = 16 * page
        }
        return 0
    }
}

extension Storage {
    /// Where the bytes of a segment end that are not zero.
    ///
    /// Its size and times tell whether anything came, but for a writer that stores records into
    /// room that it has reserved: then this tells.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - size: its size.
    /// - Returns: the offset behind the last byte that is not zero; the size where nothing can have
    ///   been reserved, or the file cannot be read.
    /// - Complexity: nothing, but for a file whose size is a multiple of 4,096.
    package func dataEnd(_ path: String, size: UInt64) -> UInt64 {
        guard size % page == 0, let file = try? open(path, .read) else { return size }
        return (try? file.dataEnd(below: size)) ?? size
    }
}
