// Page-aligned memory with one owner.

/// A block of raw memory, aligned to a page so that copies into page-aligned files never straddle.
@safe
struct AlignedBuffer: ~Copyable, Sendable {
    static let pageSize = 4096

    // Safety: owned by this value alone and freed with it.
    nonisolated(unsafe) let base: UnsafeMutableRawPointer
    let capacity: Int

    init(capacity: Int) {
        let whole = (capacity + Self.pageSize - 1) / Self.pageSize * Self.pageSize
        unsafe base = .allocate(byteCount: whole, alignment: Self.pageSize)
        self.capacity = whole
    }

    deinit {
        unsafe base.deallocate()
    }

    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    func mutableBytes(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }
}
