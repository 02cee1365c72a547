// SPDX-License-Identifier: Apache-2.0

// Chance that repeats itself.

/// Random numbers of a seed (SplitMix64): the same ones everywhere and always.
struct DemoRandom {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number of a range.
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// Whether something happens that does so `percent` times in a hundred.
    mutating func happens(_ percent: Int) -> Bool {
        number(0...99) < percent
    }

    /// One of several; there must be one.
    mutating func one<Element>(_ elements: [Element]) -> Element {
        elements[number(0...(elements.count - 1))]
    }
}
