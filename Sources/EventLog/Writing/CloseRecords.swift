// Records that follow each other closely are stored, not written.

/// Tells when a record need not be written by a system call.
///
/// A call costs more than all else of a small record. What is stored in a `FileWindow` is in the
/// file as well, but nobody is told: so at least one record of 20 ms is written, which moves the
/// file's times on and wakes those who watch it. Reserving room and mapping it pays only where many
/// records follow, so a window is opened after as many as `burst`; and only where they are small:
/// memory of the file costs twice as much for each byte as a write.
struct CloseRecords {
    /// Records that are written before a window is opened.
    let burst: Int
    /// Whether windows are of no use: they are not wanted, or the file system knows none.
    private(set) var areWritten: Bool
    /// When a record was last written.
    private var written: Int64 = .min
    private var count = 0
    /// Where the records begin whose size is looked at.
    private var since: (offset: UInt64, sequence: UInt64)?

    /// Bytes of a record, header included, above which a write costs less.
    private static let smallSize: UInt64 = 512

    /// Nanoseconds within which one record is written.
    private static let interval: UInt64 = 20_000_000

    init(_ options: LogOptions) {
        burst = options.burst
        areWritten = options.burst == .max || !options.durability.storesCloseRecords
    }

    /// Whether a record of `time` need not tell anybody that it came.
    @inline(__always)
    func holds(_ time: Int64) -> Bool {
        UInt64(bitPattern: time &- written) < Self.interval
    }

    /// Whether it is time for a window, at a record that none covers.
    ///
    /// - Parameters:
    ///   - time: of the record.
    ///   - end: where it ends.
    ///   - sequence: the one after its own.
    /// - Returns: whether enough have followed each other, and are small.
    mutating func wantsWindow(_ time: Int64, end: UInt64, sequence: UInt64) -> Bool {
        if areWritten || !holds(time) { return false }
        if count < burst {
            if count == 0 { since = (end, sequence) }
            count += 1
            if count < burst { return false }
        }
        let first = since ?? (end, sequence)
        since = (end, sequence)
        let areSmall = end - first.offset <= (sequence - first.sequence) * Self.smallSize
        if !areSmall { count = 0 }
        return areSmall
    }

    /// A record was written.
    mutating func noteWritten(_ time: Int64, hasWindow: Bool) {
        if !hasWindow, !holds(time) { count = 0 }
        written = time
    }

    /// The window is given up, and the log may end earlier; the next one is opened after as many
    /// records again.
    mutating func startOver() {
        count = 0
        since = nil
    }

    /// Windows are of no use.
    mutating func giveUp() { areWritten = true }
}

extension Durability {
    /// Whether a record must be in the file, and need not be on the disk, when `append` returns.
    fileprivate var storesCloseRecords: Bool {
        switch self {
        case .os, .interval: true
        case .buffered, .everyStep: false
        }
    }
}
