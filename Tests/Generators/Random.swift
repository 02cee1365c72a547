// SPDX-License-Identifier: Apache-2.0
// Random numbers that can be had again.

internal import Foundation

/// A small generator of random numbers whose seed is printed and can be given.
package struct Random: RandomNumberGenerator {
    private var state: UInt64

    /// Seeds it from `BURR_SEED`, or from the name, so that a test does tomorrow what it did today;
    /// the seed is printed.
    package init(_ name: String) {
        let given = ProcessInfo.processInfo.environment["BURR_SEED"].flatMap { UInt64($0) }
        // FNV-1a.
        let own = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        let seed = given ?? own
        print("\(name): BURR_SEED=\(seed)")
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    package mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }
    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}
