// SPDX-License-Identifier: Apache-2.0
// A list of which every version shares the items it has in common with the one before.

internal import Synchronization

/// A version of an append-only list of JSON texts.
///
/// Appending to the newest version costs what is appended; to an older one, a copy.
struct SharedList: Sendable {
    /// What the versions share: the texts joined by commas, and where each ends.
    private final class Storage: Sendable {
        struct Items {
            var text: [UInt8] = []
            var ends: [Int] = []
        }

        let items: Mutex<Items>

        init(_ items: sending Items) {
            self.items = Mutex(items)
        }
    }

    private let storage: Storage
    /// Items of this version.
    let count: Int

    private init(storage: Storage, count: Int) {
        self.storage = storage
        self.count = count
    }

    init(_ values: [[UInt8]]) {
        var items = Storage.Items()
        for value in values { SharedList.append(value, to: &items) }
        count = values.count
        storage = Storage(items)
    }

    private static func append(_ value: [UInt8], to items: inout Storage.Items) {
        if !items.ends.isEmpty { items.text.append(UInt8(ascii: ",")) }
        items.text.append(contentsOf: value)
        items.ends.append(items.text.count)
    }

    /// The version with one more item.
    func appending(_ value: [UInt8]) -> SharedList {
        let isShared = storage.items.withLock { items in
            guard items.ends.count == count else { return false }
            SharedList.append(value, to: &items)
            return true
        }
        if isShared { return SharedList(storage: storage, count: count + 1) }
        return SharedList(self[0..<count] + [value])
    }

    /// The texts of some items.
    subscript(range: Range<Int>) -> [[UInt8]] {
        storage.items.withLock { items in
            range.map { index in
                let start = index == 0 ? 0 : items.ends[index - 1] + 1
                return Array(items.text[start..<items.ends[index]])
            }
        }
    }

    /// The bytes of its text.
    var textLength: Int {
        count == 0 ? 2 : 2 + storage.items.withLock { items in items.ends[count - 1] }
    }

    /// Appends the list as JSON.
    func appendText(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "["))
        let joined = storage.items.withLock { items in
            count == 0 ? [] : items.text[0..<items.ends[count - 1]]
        }
        output.append(contentsOf: joined)
        output.append(UInt8(ascii: "]"))
    }

    /// Whether this version has the items of another one and maybe more, by where they are kept.
    func extends(_ other: SharedList) -> Bool {
        storage === other.storage && count >= other.count
    }
}
