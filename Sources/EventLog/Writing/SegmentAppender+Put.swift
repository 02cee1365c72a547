// Getting a record into the file before its append returns: by a store, or by a write.

extension SegmentAppender {
    /// Puts everything staged into the file: by a store where records follow each other closely.
    ///
    /// - Parameter time: of the last record.
    /// - Throws: a failed write.
    @inline(__always)
    mutating func put(time: Int64) throws(LogError) {
        if end <= window.end, closeRecords.holds(time) {
            try store()
        } else {
            try putFirst(time: time)
        }
        if staged >= Self.stageLimit { rebase() }
    }

    @inline(__always)
    private mutating func store() throws(LogError) {
        guard unsafe window.store(stage.bytes(written..<staged), at: writtenEnd) else {
            return try writeInstead()
        }
        written = staged
        isUntold = true
    }

    /// The window is lost: what a write says is what the program hears.
    @inline(never)
    private mutating func writeInstead() throws(LogError) {
        closeWindow()
        closeRecords.giveUp()
        try write(to: staged)
    }

    /// A record that is written, or that opens a window.
    @inline(never)
    private mutating func putFirst(time: Int64) throws(LogError) {
        if closeRecords.wantsWindow(time, end: end, sequence: nextSequence), openWindow() {
            return try store()
        }
        try write(to: staged)
        closeRecords.noteWritten(time, hasWindow: window.end > 0)
        isUntold = false
    }

    /// Moves the window on: over what is staged, and as much again as the log holds, at most
    /// 256 KiB.
    private mutating func openWindow() -> Bool {
        // A multiple of every machine's page size.
        let start = writtenEnd & ~((64 << 10) - 1)
        guard staged - written <= Self.stageLimit else { return false }
        window = .none
        guard reserve(to: end + min(max(end, 64 << 10), 256 << 10)) else {
            closeRecords.giveUp()
            return false
        }
        do throws(Errno) {
            window = try file.window(from: start, to: allocatedEnd)
        } catch {
            closeRecords.giveUp()
            try? dropReserve()
        }
        return end <= window.end
    }

    mutating func closeWindow() {
        window = .none
        closeRecords.startOver()
    }

    /// Tells those who look at the file's times, or wait for changes, of records that were stored.
    mutating func tell() {
        guard isUntold else { return }
        isUntold = false
        // Its last bytes once more: they stay what they are.
        let count: UInt64 = 8
        try? file.writeAgain(from: writtenEnd - min(writtenEnd, count), to: writtenEnd)
    }
}
