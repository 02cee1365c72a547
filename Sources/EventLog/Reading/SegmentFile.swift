// One opened segment: its header, its trailer if it has one.

/// An open segment file and what its two ends say.
package struct SegmentFile: Sendable {
    /// The open file.
    package let file: OpenFile
    /// Its path.
    package let path: String
    /// Its header.
    package let header: SegmentHeader
    /// Its size when it was last looked at.
    package internal(set) var size: UInt64
    /// Its trailer when it is sealed.
    package internal(set) var trailer: SegmentTrailer?

    /// Whether the segment is immutable.
    package var isSealed: Bool { trailer != nil }
    /// Where the records of the layers above end: before INDEX, or the size.
    package var dataEnd: UInt64 { trailer?.indexOffset ?? size }

    /// Opens a segment for reading.
    ///
    /// - Throws: `newerVersion`, `damaged` for a bad header, `notFound`, or `io`.
    package static func open(
        _ name: SegmentName,
        in directory: String,
        on storage: any Storage
    ) throws(LogError) -> SegmentFile {
        let path = name.path(in: directory)
        let file: OpenFile
        do throws(Errno) {
            file = OpenFile(try storage.open(path, .read))
        } catch {
            throw .from(error, .open, path)
        }
        return try SegmentFile(file: file, path: path, name: name)
    }

    /// Reads the two ends of an open file.
    init(file: OpenFile, path: String, name: SegmentName) throws(LogError) {
        self.file = file
        self.path = path
        let bytes = try file.read(SegmentHeaderLayout.size, at: 0, path: path)
        switch SegmentHeader.decode(bytes.rawSpan) {
        case .newerVersion: throw .newerVersion(path: path)
        case .damaged: throw .damaged(path: path, offset: 0)
        case .header(let header):
            // A file under a wrong name is not what its branch says it is.
            guard header.branch == name.branch, header.segment == name.number else {
                throw .damaged(path: path, offset: UInt64(SegmentHeaderLayout.branch))
            }
            self.header = header
        }
        size = 0
        try refresh()
    }

    /// Looks at the size again, and for a trailer.
    mutating func refresh() throws(LogError) {
        do throws(Errno) {
            size = try file.handle.size()
        } catch {
            throw .io(error, .read, path: path)
        }
        if trailer == nil { trailer = try file.trailer(size: size, path: path) }
    }
}

extension OpenFile {
    /// At most `count` bytes at `offset`.
    func read(_ count: Int, at offset: UInt64, path: String) throws(LogError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(Errno) in try unsafe handle.pread(into: buffer, at: offset) }
        }
        do throws(Errno) {
            bytes.removeLast(count - (try result.get()))
        } catch {
            throw .io(error, .read, path: path)
        }
        return bytes
    }

    /// The valid trailer at the end of a file of `size` bytes.
    func trailer(size: UInt64, path: String) throws(LogError) -> SegmentTrailer? {
        let length = UInt64(SegmentTrailerLayout.size)
        guard size >= UInt64(SegmentHeaderLayout.size) + length else { return nil }
        let bytes = try read(Int(length), at: size - length, path: path)
        return SegmentTrailer(decoding: bytes.rawSpan, fileSize: size)
    }
}
