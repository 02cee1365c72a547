// A part of a file in memory: a store there is as good as a write, and takes no system call.

internal import CSystem

/// Part of an open file.
///
/// What was stored is in the file for every process at once, and stays there when this one is
/// killed: only a power cut can take it, as after `pwrite`. Nobody is told of it: the times of the
/// file stay as they are, and no watch wakes.
@safe
struct FileWindow: ~Copyable, Sendable {
    // Safety: the memory is mapped until `deinit`.
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
    private let number: Int32
    private let simulated: (any SimulatedFile)?
    /// The bytes of the file that it covers.
    private let start: UInt64
    let end: UInt64

    /// Covers nothing.
    static var none: FileWindow { FileWindow(start: 0, end: 0, simulated: nil) }

    /// Stands on a simulated file, or covers nothing.
    init(start: UInt64, end: UInt64, simulated: (any SimulatedFile)?) {
        unsafe base = nil
        number = 0
        self.start = start
        self.end = end
        self.simulated = simulated
    }

    /// Opens a window of a file that is at least that long.
    ///
    /// - Parameters:
    ///   - descriptor: the file.
    ///   - start: a multiple of the machine's page size.
    ///   - end: behind the last byte.
    /// - Throws: what the file system says.
    init(descriptor: Int32, start: UInt64, end: UInt64) throws(Errno) {
        var memory: UnsafeMutableRawPointer?
        let code = unsafe csystem_window_open(
            descriptor,
            Int64(start),
            Int(end - start),
            &memory
        )
        if code < 0 { throw Errno(-code) }
        unsafe base = memory
        number = code
        simulated = nil
        self.start = start
        self.end = end
    }

    deinit {
        if unsafe base != nil { csystem_window_close(number) }
    }

    /// Puts bytes into the file, which it covers the place of.
    ///
    /// - Returns: false when the file may not hold them, as when another process has cut it: the
    ///   window is then of no more use, and a write says what is wrong.
    @inline(__always)
    func store(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) -> Bool {
        guard let base = unsafe base, let source = bytes.baseAddress else {
            return unsafe write(bytes, at: offset)
        }
        let target = unsafe base + Int(truncatingIfNeeded: offset &- start)
        return unsafe csystem_window_store(number, target, source, bytes.count) != 0
    }

    @inline(never)
    private func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) -> Bool {
        guard let simulated else { return unsafe bytes.isEmpty }
        while true {
            do throws(Errno) {
                return try unsafe simulated.write(bytes, at: offset) == bytes.count
            } catch {
                if error != .interrupted { return false }
            }
        }
    }
}
