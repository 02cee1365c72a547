// SPDX-License-Identifier: Apache-2.0

/// Bytes with room to grow, shared by copies until one of them writes.
struct TextBuffer: Sendable {
    /// The memory.
    // Safety: written only through a `TextBuffer` that holds the sole reference.
    @safe
    private final class Memory: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let capacity: Int

        init(capacity: Int) {
            self.capacity = max(capacity, 16)
            unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
        }

        deinit { unsafe base.deallocate() }
    }

    private var memory: Memory
    private(set) var count: Int

    /// A buffer with the bytes of several views, one after the other.
    init(_ first: ByteView, _ second: ByteView? = nil) {
        count = first.count + (second?.count ?? 0)
        memory = Memory(capacity: count)
        // The memory has room for both.
        unsafe first.copy(to: memory.base)
        if let second { unsafe second.copy(to: memory.base + first.count) }
    }

    /// The bytes: valid while this buffer stays alive and unchanged.
    @inline(__always)
    var view: ByteView {
        // The memory holds `count` bytes.
        unsafe ByteView(base: memory.base, count: count)
    }

    /// Replaces a range by the bytes of a view of other memory.
    ///
    /// - Complexity: linear in what stands after the range when lengths differ; in all of it when
    ///   the memory is shared or full.
    @inline(__always)
    mutating func replace(
        _ start: Int,
        _ end: Int,
        with view: ByteView
    ) {
        let length = view.count
        precondition(start >= 0 && start <= end && end <= count)
        let newCount = count - (end - start) + length
        if !isKnownUniquelyReferenced(&memory) || newCount > memory.capacity {
            let grown =
                newCount > memory.capacity && newCount > count
                ? newCount + min(newCount / 2, 16 << 20) : newCount
            let fresh = Memory(capacity: grown)
            // Both memories hold what is moved: `start`, and the bytes from `end` to `count`.
            unsafe fresh.base.copyMemory(from: memory.base, byteCount: start)
            unsafe (fresh.base + start + length).copyMemory(
                from: memory.base + end,
                byteCount: count - end
            )
            memory = fresh
        } else if length != end - start {
            // The capacity was compared above; the move may overlap itself.
            unsafe (memory.base + start + length).copyMemory(
                from: memory.base + end,
                byteCount: count - end
            )
        }
        count = newCount
        unsafe view.copy(to: memory.base + start)
    }
}
