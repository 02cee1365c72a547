// One opened segment: its header, its trailer if it has one.

/// An open segment file and what its two ends say.
package struct SegmentFile: Sendable {
    /// The open file.
    package let file: OpenFile
    /// Its path.
    package let path: String
    /// Its header; made up from its name when it is damaged.
    package let header: SegmentHeader
    /// Whether the header could not be read: records are found all the same.
    package let headerIsDamaged: Bool
    /// Its size when it was last looked at.
    package internal(set) var size: UInt64
    /// Its first bytes as they were when it was opened: all of a small file.
    private let opening: [UInt8]
    /// Its trailer when it is sealed.
    package internal(set) var trailer: SegmentTrailer?

    /// Whether the segment is immutable.
    package var isSealed: Bool { trailer != nil }
    /// Where the records of the layers above end: before INDEX, or the size.
    package var dataEnd: UInt64 { trailer?.indexOffset ?? size }

    /// Opens a segment for reading.
    ///
    /// - Throws: `newerVersion`, `notFound`, or `io`.
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
        do throws(Errno) { size = try file.handle.size() } catch {
            throw .io(error, .read, path: path)
        }
        let count = Int(min(size, Self.openingLength))
        let opening = try file.read(count, at: 0, path: path)
        self.opening = opening
        // A file under a wrong name is not what its branch says it is.
        switch SegmentHeader.decode(opening.rawSpan) {
        case .header(let header)
        where header.branch == name.branch && header.segment == name.number:
            self.header = header
            headerIsDamaged = false
        case .newerVersion:
            throw .newerVersion(path: path)
        case .header, .damaged:
            // Everything the records need, the salt, follows from the name.
            header = SegmentHeader(
                branch: name.branch,
                segment: name.number,
                baseSequence: 0,
                baseStep: .min,
                created: 0,
                session: 0
            )
            headerIsDamaged = true
        }
        trailer = try file.trailer(size: size, path: path, salt: header.salt, opening: opening)
    }

    private static let openingLength: UInt64 = 4 << 10

    /// Sequence of the first record; nil when the header does not say.
    var baseSequence: UInt64? { headerIsDamaged ? nil : header.baseSequence }

    /// Looks at the size again, and for a trailer.
    mutating func refresh() throws(LogError) {
        do throws(Errno) {
            size = try file.handle.size()
        } catch {
            throw .io(error, .read, path: path)
        }
        if trailer == nil {
            trailer = try file.trailer(size: size, path: path, salt: header.salt)
        }
    }

    /// Reads as the file's `pread` does, or from what was read when it was opened.
    ///
    /// For those who look at a file once: what is in memory does not follow a file that changes.
    func read(
        into target: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(Errno) -> Int {
        let end = offset + UInt64(target.count)
        guard end <= UInt64(opening.count) else {
            return try unsafe file.handle.pread(into: target, at: offset)
        }
        unsafe opening.withUnsafeBytes { bytes in
            unsafe target.copyMemory(from: .init(rebasing: bytes[Int(offset)..<Int(end)]))
        }
        return target.count
    }
}

extension OpenFile {
    /// At most `count` bytes at `offset`.
    func read(_ count: Int, at offset: UInt64, path: String) throws(LogError) -> [UInt8] {
        do throws(Errno) {
            return try handle.bytes(count, at: offset)
        } catch {
            throw .io(error, .read, path: path)
        }
    }

    /// The valid trailer at the end of a file of `size` bytes.
    ///
    /// A sector that never reached the disk may hold the end of another segment: a trailer counts
    /// with the SEAL before it, or the INDEX that it points to, of the same segment.
    ///
    /// - Parameters:
    ///   - size: the file's.
    ///   - path: its path.
    ///   - salt: the segment's.
    ///   - opening: its first bytes, where they have been read just now.
    /// - Returns: `nil` when it is not sealed.
    /// - Throws: `io`.
    func trailer(
        size: UInt64,
        path: String,
        salt: UInt32,
        opening: [UInt8] = []
    ) throws(LogError) -> SegmentTrailer? {
        let length = UInt64(RecordLayout.size + SegmentTrailerLayout.size)
        guard size >= UInt64(SegmentHeaderLayout.size) + length else { return nil }
        let isRead = size == UInt64(opening.count)
        let bytes =
            isRead
            ? Array(opening.suffix(Int(length)))
            : try read(Int(length), at: size - length, path: path)
        guard bytes.count == Int(length) else { return nil }
        let last = bytes.rawSpan.extracting(last: SegmentTrailerLayout.size)
        guard let trailer = SegmentTrailer(decoding: last, fileSize: size) else { return nil }
        if bytes.holdsRecord(.seal, salt: salt) { return trailer }
        let index = try read(RecordLayout.size, at: trailer.indexOffset, path: path)
        return index.holdsRecord(.index, salt: salt) ? trailer : nil
    }
}

extension [UInt8] {
    /// Whether the header of a record of a type stands here.
    fileprivate func holdsRecord(_ type: RecordType, salt: UInt32) -> Bool {
        guard count >= RecordLayout.size else { return false }
        return unsafe withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, unsafe RecordHeader.isValid(start, salt: salt)
            else { return false }
            return unsafe RecordHeader(loading: start).type == type
        }
    }
}

extension SegmentFile {
    /// What is lost when the header cannot be read.
    var headerDamage: Damage {
        Damage(
            segment: header.segment,
            bytes: 0..<min(size, UInt64(SegmentHeaderLayout.size)),
            lostSequences: 0..<0
        )
    }
}
