// The one error of this module.

/// What the log could not do, where, and what to do about it.
package enum LogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being done when a system call failed.
    package enum Operation: String, Equatable, Sendable {
        /// Opening or creating a file.
        case open
        /// Reading a file or its size.
        case read
        /// Appending.
        case write
        /// Making bytes durable.
        case sync
        /// Cutting a file.
        case truncate
        /// Taking or giving up a lock.
        case lock
        /// Listing a directory.
        case list
        /// Publishing a segment.
        case publish
        /// Making a directory.
        case makeDirectory = "make a directory"
        /// Setting a torn tail aside.
        case setAside = "set the torn tail aside"
        /// Reading random bytes.
        case random
        /// Closing.
        case close
    }

    /// A system call failed.
    case io(Errno, Operation, path: String)
    /// The disk or the quota is full; nothing of the failed record remains.
    case noSpace(path: String)
    /// The file was written by a version this one does not understand.
    case newerVersion(path: String)
    /// Bytes that were durable are no longer readable.
    case damaged(path: String, offset: UInt64)
    /// Another writer, in this process or another, holds the branch.
    case lockedByAnotherWriter(path: String)
    /// A payload or text is above the limits of the format.
    case tooLarge(bytes: Int, limit: Int)
    /// A sync or a clean-up failed before: what reached the disk is unknown.
    case poisoned(path: String)
    /// The log is closed, moved on without us, or its lock was given up.
    case closed(path: String)
    /// The directory has no segment of the branch.
    case notFound(path: String)

    /// One sentence: what, where, and what to do.
    package var description: String {
        switch self {
        case .io(let errno, let operation, let path):
            "cannot \(operation.rawValue) \(path): \(errno)"
        case .noSpace(let path):
            "no space left to append to \(path): free some, then append again"
        case .newerVersion(let path):
            "\(path) was written by a newer version: update to read it"
        case .damaged(let path, let offset):
            "\(path) is damaged at offset \(offset): verify it to see what is lost"
        case .lockedByAnotherWriter(let path):
            "another writer holds \(path): open a new branch, or wait until it is released"
        case .tooLarge(let bytes, let limit):
            "\(bytes) bytes are more than the \(limit) that fit in a log"
        case .poisoned(let path):
            "\(path) failed to sync: go on in a new segment by opening the branch again"
        case .closed(let path):
            "\(path) is not open for appending: take its lock again or reopen the branch"
        case .notFound(let path):
            "there is no log at \(path)"
        }
    }

    /// Maps a failed call, keeping a full disk apart.
    static func from(_ errno: Errno, _ operation: Operation, _ path: String) -> LogError {
        switch errno {
        case .noSpace, .quota: .noSpace(path: path)
        case .noEntry: .notFound(path: path)
        default: .io(errno, operation, path: path)
        }
    }
}
