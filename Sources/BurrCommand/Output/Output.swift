// SPDX-License-Identifier: Apache-2.0

// Standard output: data only, buffered over the raw descriptor.

internal import Glibc

/// The stream that carries a command's answer.
final class Output {
    private static let capacity = 64 * 1024
    private var buffer: [UInt8] = []
    private let descriptor: Int32

    /// Whether a person looks at it.
    let isTerminal: Bool

    init(descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        buffer.reserveCapacity(Self.capacity)
    }

    /// Appends bytes.
    ///
    /// - Throws: ``ReaderGone`` where nobody reads any more, ``CommandError`` where writing fails.
    func write(_ bytes: [UInt8]) throws {
        if buffer.count + bytes.count > Self.capacity { try flush() }
        if bytes.count >= Self.capacity {
            try writeAll(bytes)
        } else {
            buffer.append(contentsOf: bytes)
        }
    }

    /// Appends part of an array.
    func write(_ bytes: ArraySlice<UInt8>) throws {
        if buffer.count + bytes.count > Self.capacity { try flush() }
        buffer.append(contentsOf: bytes)
        if buffer.count > Self.capacity { try flush() }
    }

    /// Appends text.
    func write(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        if buffer.count > Self.capacity { try flush() }
    }

    /// Ends a row: on a terminal it is seen at once.
    func endLine() throws {
        buffer.append(UInt8(ascii: "\n"))
        if isTerminal || buffer.count > Self.capacity { try flush() }
    }

    /// Hands everything to the operating system.
    func flush() throws {
        defer { buffer.removeAll(keepingCapacity: true) }
        try writeAll(buffer)
    }

    private func writeAll(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor,
                    $0.baseAddress.map { unsafe $0 + offset },
                    bytes.count - offset
                )
            }
            if written >= 0 {
                offset += written
                continue
            }
            switch errno {
            case EINTR, EAGAIN: continue
            case EPIPE: throw ReaderGone()
            default:
                throw CommandError(
                    .inputOutput,
                    "cannot write to standard output: \(systemError(errno))"
                )
            }
        }
    }
}

/// The operating system's words for an error number.
func systemError(_ number: Int32) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}
