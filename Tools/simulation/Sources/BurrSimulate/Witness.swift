// What outlives a killed child: when each of its steps had returned.

internal import EventLog
internal import Glibc
internal import Tracking

/// A file with the time of the monotonic clock at which each step's hook returned, by its number.
struct Witness {
    private let file: Int32
    private static let width: Int64 = 8

    init(_ path: String) {
        file = unsafe Glibc.open(path, O_RDWR | O_CREAT, 0o644)
    }

    /// Nanoseconds of a clock that all processes share.
    static var now: Int64 {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Says that a step's hook has returned.
    func note(_ step: Int64) {
        // The page cache outlives the process.
        unsafe withUnsafeBytes(of: Self.now) { bytes in
            unsafe _ = pwrite(file, bytes.baseAddress, bytes.count, off_t(step * Self.width))
        }
    }

    /// The times of the steps, 0 where none was said.
    static func times(_ path: String) -> [Int64] {
        let bytes = (try? FileBytes.read(path, from: 0, count: 64 << 20, FileSystem())) ?? []
        return stride(from: 0, to: bytes.count / 8 * 8, by: 8).map { at in
            bytes[at..<at + 8].reversed().reduce(0) { $0 << 8 | Int64($1) }
        }
    }

    /// Forgets the steps from one on.
    static func forget(_ path: String, from step: Int64) {
        guard times(path).count > step else { return }
        unsafe _ = truncate(path, off_t(step * width))
    }
}
