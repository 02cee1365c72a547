// SPDX-License-Identifier: Apache-2.0
// Known changes of a state as the operations of a delta.

internal import EventLog
internal import StateDelta

/// Writes changes of a state that are known, not found by comparing texts, as the operations of a
/// delta (`Formats/events.md`, section 8).
///
/// Keys are top-level keys as written between their quotes; values are trusted to be compact JSON,
/// and the changes to fit the state they are made to.
package struct EditWriter: ~Copyable, Sendable {
    /// The names that deltas may use; new ones are added.
    var names: NameTable
    /// The operations.
    var delta = ByteWriter()
    /// The keys that were changed.
    private(set) var changed = ChangedNames()
    /// Another number whenever names were forgotten: ids may stand for other keys since.
    private(set) var numbering = 0
    /// Keys that were looked up lately, found by where their bytes are: at one of `ways` places.
    private var recent = InlineArray<32, Recent>(repeating: Recent())
    /// Keeps those keys where they are.
    private var held: [[UInt8]]

    /// A key that is a name.
    private struct Recent {
        /// Where its bytes are; 0 for none.
        var address = 0
        var id = 0
        /// Whether it is one of the framework's own.
        var isInternal = false
    }

    init(names: NameTable) {
        self.names = names
        held = Array(repeating: [], count: recent.count)
    }

    /// Forgets the latest names until `count` remain, at least those that are built in.
    mutating func forgetNames(from count: Int) {
        names.truncate(to: count)
        numbering += 1
        recent = InlineArray(repeating: Recent())
    }

    /// Begins a delta.
    mutating func begin() {
        delta.removeAll()
        changed.removeAll()
    }

    /// A member gets a whole number.
    package mutating func set(_ key: [UInt8], integer: Int) {
        head(0, key)
        delta.decimalString(integer)
    }

    /// The member with the number of the step gets it; its name is built in, the first one.
    package mutating func set(stepNumber: Int) {
        delta.u16(1 << 8)
        delta.u8(0)
        delta.decimalString(stepNumber)
    }

    /// A member gets a value.
    package mutating func set(_ key: [UInt8], _ text: [UInt8]) {
        head(0, key)
        delta.string(text)
    }

    /// A member gets a value.
    package mutating func set(_ key: RawSpan, _ text: RawSpan) {
        guard let id = names.id(of: key) else { return set(key.array, text.array) }
        delta.u8(0)
        delta.u8(1)
        delta.varint(id << 2)
        if !names.isInternal(id) { changed.note(id) }
        delta.string(text)
    }

    /// A member goes.
    package mutating func remove(_ key: [UInt8]) {
        head(1, key)
    }

    /// Values are appended to the list in a member, which has `count`.
    package mutating func append(_ key: [UInt8], after count: Int, _ values: [[UInt8]]) {
        head(2, key)
        delta.varint(count)
        delta.varint(0)
        delta.varint(values.count)
        for text in values { delta.string(text) }
    }

    /// The kind of an operation, and its path of one key.
    @inline(__always)
    private mutating func head(_ code: UInt8, _ key: [UInt8]) {
        delta.u16(UInt16(code) | 1 << 8)
        // The same array names the same key again and again.
        let address = unsafe key.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
        for way in 0..<Self.ways {
            let known = recent[Self.place(address, way)]
            if known.address != address { continue }
            delta.varint(known.id << 2)
            if !known.isInternal { changed.note(known.id) }
            return
        }
        name(key, at: address)
    }

    /// Keys whose bytes are at places that would else be the same are seldom more.
    private static let ways = 4

    @inline(__always)
    private static func place(_ address: Int, _ way: Int) -> Int { (address >> 4 &+ way) & 31 }

    private mutating func hold(_ key: [UInt8], _ known: Recent) {
        let places = (0..<Self.ways).map { way in Self.place(known.address, way) }
        let place = places.first { recent[$0].address == 0 } ?? places[0]
        recent[place] = known
        held[place] = key
    }

    /// Names a key that is not among the recent ones.
    @inline(never)
    private mutating func name(_ key: [UInt8], at address: Int) {
        if let id = names.id(of: key) {
            let isInternal = names.isInternal(id)
            hold(key, Recent(address: address, id: id, isInternal: isInternal))
            delta.varint(id << 2)
            if !isInternal { changed.note(id) }
            return
        }
        let becomesName = names.hasRoom(forKeyOf: key.count)
        delta.varint(key.count << 2 | (becomesName ? 3 : 1))
        delta.raw(key)
        let isInternal = key.starts(with: [0x5F, 0x5F])
        if becomesName { names.append(key) }
        switch (isInternal, becomesName) {
        case (true, _): break
        case (false, true): changed.note(names.count - 1)
        case (false, false): changed.note(key)
        }
    }
}

/// The keys that a delta changes, each once; those of the framework left out.
struct ChangedNames: Sendable {
    /// The first ones, by their ids.
    private var first = InlineArray<8, Int>(repeating: 0)
    private var firstCount = 0
    private var more: [Int] = []
    /// Those that are no names.
    private(set) var unnamed: [[UInt8]] = []

    mutating func removeAll() {
        firstCount = 0
        if !more.isEmpty { more.removeAll() }
        if !unnamed.isEmpty { unnamed.removeAll() }
    }

    mutating func note(_ id: Int) {
        for index in 0..<firstCount where first[index] == id { return }
        if firstCount < first.count {
            first[firstCount] = id
            firstCount += 1
        } else if !more.contains(id) {
            more.append(id)
        }
    }

    mutating func note(_ key: [UInt8]) {
        if !unnamed.contains(key) { unnamed.append(key) }
    }

    /// How many keys there are.
    var count: Int { namedCount + unnamed.count }

    /// How many of them are names.
    var namedCount: Int { firstCount + more.count }

    /// The id of one that is a name, in the order in which they were noted.
    func name(_ index: Int) -> Int {
        index < firstCount ? first[index] : more[index - firstCount]
    }
}
