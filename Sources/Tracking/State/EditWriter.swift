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
    /// Ids that keys had lately, found by where the key's bytes are.
    private var recent = InlineArray<16, Int>(repeating: 0)

    init(names: NameTable) {
        self.names = names
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
    private mutating func head(_ code: UInt8, _ key: [UInt8]) {
        delta.u8(code)
        delta.u8(1)
        if let id = id(of: key) {
            delta.varint(id << 2)
            if !names.isInternal(id) { changed.note(id) }
            return
        }
        let becomesName = names.hasRoom(forKeyOf: key.count)
        delta.varint(key.count << 2 | (becomesName ? 3 : 1))
        delta.raw(key)
        if becomesName {
            names.append(key)
            changed.note(names.count - 1)
        } else {
            changed.note(key)
        }
    }

    /// The id of a key.
    ///
    /// The same array names the same key again and again: it is looked for by where its bytes are,
    /// and hashed only where that leads to another name.
    private mutating func id(of key: [UInt8]) -> Int? {
        let place = unsafe key.withUnsafeBytes { Int(bitPattern: $0.baseAddress) >> 4 & 15 }
        let guess = recent[place]
        if names.isName(guess, key) { return guess }
        guard let id = names.id(of: key) else { return nil }
        recent[place] = id
        return id
    }
}

/// The keys that a delta changes, each once.
struct ChangedNames: Sendable {
    /// The first ones, by their ids.
    private var first = InlineArray<8, Int>(repeating: 0)
    private var count = 0
    private var more: [Int] = []
    /// Those that are no names.
    private(set) var unnamed: [[UInt8]] = []

    mutating func removeAll() {
        count = 0
        if !more.isEmpty { more.removeAll() }
        if !unnamed.isEmpty { unnamed.removeAll() }
    }

    mutating func note(_ id: Int) {
        for index in 0..<count where first[index] == id { return }
        if count < first.count {
            first[count] = id
            count += 1
        } else if !more.contains(id) {
            more.append(id)
        }
    }

    mutating func note(_ key: [UInt8]) {
        if !unnamed.contains(key) { unnamed.append(key) }
    }

    /// Visits the ids, in the order in which they were noted.
    func forEach(_ body: (Int) -> Void) {
        for index in 0..<count { body(first[index]) }
        for id in more { body(id) }
    }
}
