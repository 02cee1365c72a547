// The text that records and states are filled with: the same for us and for the peers.

internal import EventLog

/// A text and windows into it.
struct Prose {
    let bytes: [UInt8]

    /// Reads a file.
    init(path: String) throws {
        let file = try FileSystem().open(path, .read)
        let size = Int(try file.size())
        bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { target, count in
            let target = UnsafeMutableRawBufferPointer(target)
            count = unsafe (try? file.pread(into: target, at: 0)) ?? 0
        }
        guard bytes.count == size, size > 1 << 20 else {
            throw BenchmarkFailure("\(path) is not a megabyte of text")
        }
    }

    /// Where the payload of record `number` begins: it wanders, as in the C peers.
    func start(of number: Int, length: Int) -> Int {
        number * 72 % (bytes.count - length)
    }
}
