// SPDX-License-Identifier: Apache-2.0

/// Collects keys as written, each once, in the order of their first mention.
struct ChangedKeys {
    private(set) var keys: [[UInt8]] = []
    private let includingInternal: Bool
    /// The keys again, once there are too many to look through.
    private var seen: Set<[UInt8]> = []

    /// A collection that leaves out keys beginning with `__` unless told otherwise.
    init(includingInternal: Bool = false) {
        self.includingInternal = includingInternal
    }

    mutating func note(_ key: [UInt8]) {
        if !includingInternal, key.count >= 2, key[0] == UInt8(ascii: "_"),
            key[1] == UInt8(ascii: "_")
        {
            return
        }
        if keys.count < 16 {
            if !keys.contains(key) { keys.append(key) }
            return
        }
        if seen.isEmpty { seen = Set(keys) }
        if seen.insert(key).inserted { keys.append(key) }
    }
}
