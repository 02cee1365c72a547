// Chance that is the same every time.

/// A generator that gives the same numbers for the same seed (SplitMix64).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins the sequence of a seed.
    package init(seed: UInt64) {
        state = seed
        // Neighbouring seeds must not give neighbouring programs.
        for _ in 0..<2 { state = next() ^ seed }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number below `limit`, which is above zero.
    package mutating func below(_ limit: Int) -> Int {
        Int(next() % UInt64(limit))
    }

    /// True `count` times out of `total`.
    package mutating func chance(_ count: Int, of total: Int) -> Bool {
        count > 0 && below(total) < count
    }

    /// One of the elements of a collection that is not empty.
    package mutating func pick<C: RandomAccessCollection>(_ choices: C) -> C.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// `count` bytes.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
