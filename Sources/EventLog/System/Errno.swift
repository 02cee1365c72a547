// A failed system call: its number and nothing else.

internal import Glibc

/// The reason a system call failed.
package struct Errno: Error, Equatable, Sendable, CustomStringConvertible {
    /// The number the kernel gave.
    package let code: Int32

    /// Makes an error from the kernel's number.
    package init(_ code: Int32) {
        self.code = code
    }

    /// Nothing of that name.
    package static let noEntry = Errno(ENOENT)
    /// The name is taken.
    package static let exists = Errno(EEXIST)
    /// The directory has something in it.
    package static let notEmpty = Errno(ENOTEMPTY)
    /// A device failed to read or write.
    package static let io = Errno(EIO)
    /// The disk is full.
    package static let noSpace = Errno(ENOSPC)
    /// The user's quota is used up.
    package static let quota = Errno(EDQUOT)
    /// A signal came before the call had done anything.
    package static let interrupted = Errno(EINTR)
    /// The process has no descriptor left.
    package static let tooManyFiles = Errno(EMFILE)
    /// The permissions forbid it.
    package static let accessDenied = Errno(EACCES)
    /// The file system is mounted read-only.
    package static let readOnly = Errno(EROFS)
    /// The machine has no descriptor left.
    package static let tooManyFilesOfAll = Errno(ENFILE)
    /// The file system cannot do this.
    package static let unsupported = Errno(EOPNOTSUPP)

    /// The system's own words, for example "No space left on device".
    package var description: String {
        var text = [CChar](repeating: 0, count: 256)
        let known = unsafe text.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            return unsafe strerror_r(code, base, buffer.count) == 0
        }
        guard known, let end = text.firstIndex(of: 0) else { return "error \(code)" }
        return String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
