// SPDX-License-Identifier: Apache-2.0
// A file as lines, read in large pieces; memory is that of the longest line.

package import EventLog
internal import Glibc
internal import Tracking

/// Reads a file line by line from an offset.
package struct LineReader: ~Copyable {
    /// A line of the file.
    package struct Line: Equatable, Sendable {
        /// Where it begins in the file.
        package var offset: UInt64
        /// Its bytes in the reader's buffer, without the line feed.
        package var range: Range<Int>
        /// Whether a line feed ends it; the last line of a file may have none.
        package var isTerminated: Bool

        /// Where the line after it begins.
        package var end: UInt64 { offset + UInt64(range.count) + (isTerminated ? 1 : 0) }
    }

    private let file: FileHandle
    private let path: String
    /// Bytes read from the file; the part before `start` has been handed out.
    package private(set) var buffer: [UInt8]
    private var start = 0
    private var end = 0
    /// Up to here no line feed was found.
    private var searched = 0
    /// The file offset of `buffer[0]`.
    private var base: UInt64
    private var isAtEnd = false

    private static let chunk = 1 << 20
    /// A line longer than this is refused: four states of the largest size.
    package static let lineLimit = 1 << 30

    /// Opens a file for reading from an offset.
    ///
    /// - Throws: `ImportError.file` when it cannot be opened.
    package init(path: String, offset: UInt64, storage: any Storage) throws(ImportError) {
        do throws(Errno) {
            file = try storage.open(path, .read)
        } catch {
            throw .file(error, path: path)
        }
        self.path = path
        base = offset
        buffer = [UInt8](repeating: 0, count: Self.chunk)
    }

    /// The next line; `nil` at the end.
    ///
    /// Its range is valid until the call after this one.
    ///
    /// - Throws: `ImportError.file` when the file cannot be read.
    package mutating func next() throws(ImportError) -> Line? {
        while true {
            if let feed = findLineFeed() {
                let line = Line(
                    offset: base + UInt64(start),
                    range: start..<feed,
                    isTerminated: true
                )
                start = feed + 1
                searched = start
                return line
            }
            searched = end
            if isAtEnd {
                guard start < end else { return nil }
                let line = Line(
                    offset: base + UInt64(start),
                    range: start..<end,
                    isTerminated: false
                )
                start = end
                return line
            }
            try fill()
        }
    }

    private func findLineFeed() -> Int? {
        guard searched < end else { return nil }
        return unsafe buffer.withUnsafeBytes { bytes in
            // Safe: searched < end <= count.
            guard let begin = bytes.baseAddress else { return nil }
            let found = unsafe memchr(begin + searched, 0x0A, end - searched)
            return unsafe found.map { unsafe UnsafeRawPointer($0) - begin }
        }
    }

    private mutating func fill() throws(ImportError) {
        if start > 0 {
            let kept = end - start
            unsafe buffer.withUnsafeMutableBytes { bytes in
                guard kept > 0, let begin = bytes.baseAddress else { return }
                // Safe: both ranges lie within the buffer; memmove allows overlap.
                unsafe _ = memmove(begin, begin + start, kept)
            }
            base += UInt64(start)
            end = kept
            searched -= start
            start = 0
        }
        if end == buffer.count {
            guard buffer.count < Self.lineLimit else {
                throw .lineTooLong(path: path, offset: base)
            }
            buffer.append(contentsOf: repeatElement(0, count: buffer.count))
        }
        let position = base + UInt64(end)
        let free = end..<buffer.count
        let outcome = unsafe buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(Errno) in
                try unsafe file.pread(
                    into: UnsafeMutableRawBufferPointer(rebasing: bytes[free]),
                    at: position
                )
            }
        }
        switch outcome {
        case .success(0): isAtEnd = true
        case .success(let count): end += count
        case .failure(let error): throw .file(error, path: path)
        }
    }
}
