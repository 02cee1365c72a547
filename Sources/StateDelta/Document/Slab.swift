// SPDX-License-Identifier: Apache-2.0

/// Where the children of one container stand, relative to its first byte.
///
/// Elements of an array, or the keys' quotes of an object. A child ends one byte before the next
/// one, the last one before the closing bracket.
struct ContainerIndex: Sendable {
    var start: Int
    var starts: [UInt32]
    var isObject: Bool
    var hasDuplicates: Bool
    /// The hashes of a large object's keys, once one was looked for; empty before.
    var hashes: [UInt32] = []

    /// Adds to all offsets from a child on.
    mutating func shift(from child: Int, by difference: Int) {
        guard difference != 0, child < starts.count else { return }
        let amount = UInt32(truncatingIfNeeded: difference)
        for index in child..<starts.count { starts[index] &+= amount }
    }
}

/// A child found in a container: offsets in the slab.
struct Child {
    var index: Int
    /// The key's quote, or the value itself in an array.
    var start: Int
    var valueStart: Int
    var end: Int
}

/// The text of one value with indexes of those containers in it that were visited.
///
/// The text may begin with the member's `"key":`, so that a member can be compared in one go.
struct Slab: Sendable {
    var text: TextBuffer
    let valueStart: Int
    var indexes: [ContainerIndex] = []

    init(text: TextBuffer, valueStart: Int) {
        self.text = text
        self.valueStart = valueStart
    }

    var view: ByteView { text.view }
    var valueRange: Range<Int> { valueStart..<text.count }

    /// Replaces the whole value.
    ///
    /// - Returns: By how many bytes the text grew.
    mutating func set(_ value: ByteView) -> Int {
        let growth = value.count - valueRange.count
        text.replace(valueStart, text.count, with: value)
        indexes.removeAll(keepingCapacity: true)
        return growth
    }

    /// Drops indexes when there are many, the small ones first.
    mutating func trimIndexes() {
        guard indexes.count > 32 else { return }
        indexes.removeAll { $0.starts.count < 64 }
        if indexes.count > 24 { indexes.removeAll() }
    }

    /// The index of the container in a range, built when needed; nil for other values.
    ///
    /// - Complexity: linear in the container the first time.
    mutating func open(_ range: Range<Int>) -> Int? {
        for slot in indexes.indices where indexes[slot].start == range.lowerBound { return slot }
        let first = view[range.lowerBound]
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return nil }
        indexes.append(buildIndex(range, isObject: first == UInt8(ascii: "{")))
        return indexes.count - 1
    }

    private func buildIndex(_ range: Range<Int>, isObject: Bool) -> ContainerIndex {
        let view = view
        var starts: [UInt32] = []
        var offset = range.lowerBound + 1
        let last = range.upperBound - 1
        var keys = KeySet()
        var hasDuplicates = false
        while offset < last {
            starts.append(UInt32(truncatingIfNeeded: offset - range.lowerBound))
            if isObject {
                let keyEnd = JSONScanner.trustedStringEnd(view, at: offset)
                if !keys.insert(view.slice(offset + 1, keyEnd - 1)) { hasDuplicates = true }
                offset = JSONScanner.trustedEnd(view, at: keyEnd + 1) + 1
            } else {
                offset = JSONScanner.trustedEnd(view, at: offset) + 1
            }
        }
        return ContainerIndex(
            start: range.lowerBound,
            starts: starts,
            isObject: isObject,
            hasDuplicates: hasDuplicates
        )
    }

    /// The child of an opened container by its number.
    func child(_ number: Int, of slot: Int, in range: Range<Int>) -> Child {
        let start = childStart(number, of: slot)
        var valueStart = start
        if indexes[slot].isObject {
            valueStart = JSONScanner.trustedStringEnd(view, at: start) + 1
        }
        return Child(
            index: number,
            start: start,
            valueStart: valueStart,
            end: childEnd(number, of: slot, in: range)
        )
    }

    @inline(__always)
    func childStart(_ number: Int, of slot: Int) -> Int {
        range(of: slot) + Int(indexes[slot].starts[number])
    }

    @inline(__always)
    func childEnd(_ number: Int, of slot: Int, in range: Range<Int>) -> Int {
        number + 1 < indexes[slot].starts.count
            ? childStart(number + 1, of: slot) - 1 : range.upperBound - 1
    }

    @inline(__always)
    private func range(of slot: Int) -> Int { indexes[slot].start }

    /// The member of an opened object by its key as written.
    ///
    /// - Complexity: linear in the members, by a comparison of hashes where they are many.
    mutating func member(_ key: ByteView, of slot: Int, in range: Range<Int>) -> Child? {
        guard indexes[slot].isObject else { return nil }
        let view = view
        if indexes[slot].starts.count > 32 {
            if indexes[slot].hashes.count != indexes[slot].starts.count { hashKeys(of: slot) }
            let hash = key.keyHash
            var number = indexes[slot].hashes.firstIndex(of: hash)
            while let found = number {
                let start = childStart(found, of: slot)
                let end = JSONScanner.trustedStringEnd(view, at: start)
                if view.slice(start + 1, end - 1) == key {
                    return child(found, of: slot, in: range)
                }
                number = indexes[slot].hashes[(found + 1)...].firstIndex(of: hash)
            }
            return nil
        }
        let base = indexes[slot].start
        let needed = key.count + 2
        for (number, relative) in indexes[slot].starts.enumerated() {
            let start = base + Int(relative)
            guard start + needed < view.count, view[start + needed - 1] == UInt8(ascii: "\""),
                view[start + needed] == UInt8(ascii: ":"), key.stands(in: view, at: start + 1)
            else { continue }
            return child(number, of: slot, in: range)
        }
        return nil
    }

    private mutating func hashKeys(of slot: Int) {
        let view = view
        let base = indexes[slot].start
        indexes[slot].hashes = indexes[slot].starts.map { relative in
            let start = base + Int(relative)
            let end = JSONScanner.trustedStringEnd(view, at: start)
            return view.slice(start + 1, end - 1).keyHash
        }
    }

    /// The child that a path part names.
    mutating func child(_ part: PathPart, of slot: Int, in range: Range<Int>) -> Child? {
        switch part {
        case .key(let key):
            return key.withView { member($0, of: slot, in: range) }
        case .index(let number):
            guard !indexes[slot].isObject, number >= 0, number < indexes[slot].starts.count else {
                return nil
            }
            return child(number, of: slot, in: range)
        }
    }
}

/// A set of keys as written, by hash and bytes.
struct KeySet {
    private var few: [ByteView] = []
    private var slots: [Int32] = []

    /// Adds a key; false where it was there.
    mutating func insert(_ key: ByteView) -> Bool {
        if slots.isEmpty {
            for other in few where other == key { return false }
            few.append(key)
            if few.count > 12 { rebuild(64) }
            return true
        }
        var slot = Int(key.keyHash) & (slots.count - 1)
        while slots[slot] != 0 {
            if few[Int(slots[slot]) - 1] == key { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        few.append(key)
        slots[slot] = Int32(truncatingIfNeeded: few.count)
        if few.count * 2 > slots.count { rebuild(slots.count * 2) }
        return true
    }

    private mutating func rebuild(_ count: Int) {
        slots = [Int32](repeating: 0, count: count)
        for (number, key) in few.enumerated() {
            var slot = Int(key.keyHash) & (count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (count - 1) }
            slots[slot] = Int32(truncatingIfNeeded: number + 1)
        }
    }
}
