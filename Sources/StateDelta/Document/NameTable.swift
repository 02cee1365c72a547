// SPDX-License-Identifier: Apache-2.0

/// The keys that deltas name by number: `Formats/events.md`, section 8.
///
/// Writer and readers keep one each per snapshot interval; every delta written or read may add to
/// it.
package struct NameTable: Sendable {
    /// How many names a table holds at most, the two built in included.
    package static let countLimit = 4_096
    /// Longer keys never become names.
    package static let keyLimit = 64

    private static let builtIn: [[UInt8]] = [
        Array("__SEQUENCE_ID".utf8), Array("__PRIOR_STEP".utf8),
    ]

    // A number, as `builtIn` is made when it is first asked for, which each use of it checks.
    private static let builtInCount = 2

    private var names: [[UInt8]]
    /// A hash table with open addressing: id + 1, or 0 for a free slot.
    ///
    /// Its size is a power of two, at least twice the names.
    private var slots: [UInt16] = []

    /// A table with the built-in names only.
    package init() {
        names = NameTable.builtIn
        rebuild(slotCount: 16)
    }

    /// A table with further names, as a SNAPSHOT lists them; those over the limit are left out.
    package init(adding added: [[UInt8]]) {
        self.init()
        for name in added.prefix(NameTable.countLimit - names.count) { append(name) }
    }

    /// The names after the two built in, in order of their ids.
    package var added: [[UInt8]] {
        Array(names.dropFirst(NameTable.builtIn.count))
    }

    /// How many names there are, the built-in ones included.
    package var count: Int { names.count }

    /// The key that an id names.
    package func key(_ id: Int) -> [UInt8]? {
        id >= 0 && id < names.count ? names[id] : nil
    }

    /// Whether a name is one of the framework's own: those begin with `__`.
    package func isInternal(_ id: Int) -> Bool {
        if id < NameTable.builtInCount { return true }
        let name = names[id]
        return name.count >= 2 && name[0] == UInt8(ascii: "_") && name[1] == UInt8(ascii: "_")
    }

    /// Whether a key of this length can still become a name.
    package func hasRoom(forKeyOf byteCount: Int) -> Bool {
        byteCount <= NameTable.keyLimit && names.count < NameTable.countLimit
    }

    /// The id of a key as written between its quotes.
    package func id(of key: [UInt8]) -> Int? {
        key.withView { id(of: $0) }
    }

    /// The id of a key as written between its quotes.
    package func id(of key: RawSpan) -> Int? {
        key.withView { id(of: $0) }
    }

    /// The id of a key.
    func id(of key: ByteView) -> Int? {
        var slot = Int(key.keyHash) & (slots.count - 1)
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            let id = Int(entry) - 1
            if names[id].withView({ $0 == key }) { return id }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// Adds a name, which is none yet.
    package mutating func append(_ name: [UInt8]) {
        names.append(name)
        if names.count * 2 > slots.count {
            rebuild(slotCount: slots.count * 2)
        } else {
            insert(names.count - 1)
        }
    }

    /// Forgets the latest names until `count` remain, at least those that are built in.
    package mutating func truncate(to count: Int) {
        let count = max(count, NameTable.builtInCount)
        guard count < names.count else { return }
        names.removeSubrange(count...)
        rebuild(slotCount: slots.count)
    }

    private mutating func rebuild(slotCount: Int) {
        slots = [UInt16](repeating: 0, count: slotCount)
        for id in names.indices { insert(id) }
    }

    private mutating func insert(_ id: Int) {
        var slot = Int(names[id].withView { $0.keyHash }) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt16(id + 1)
    }
}

extension NameTable: Equatable {
    package static func == (left: NameTable, right: NameTable) -> Bool {
        left.names == right.names
    }
}
