// The name of a branch: a UUIDv7 (RFC 9562).

/// The identity of one log.
package struct BranchID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first eight bytes, most significant first.
    package let high: UInt64
    /// The last eight bytes, most significant first.
    package let low: UInt64

    /// All zero: no branch.
    package static let none = BranchID(high: 0, low: 0)

    /// Makes an id from its two halves.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes a UUIDv7 of a time (nanoseconds since 1970) and 128 random bits.
    package init(time: Int64, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(max(0, time / 1_000_000)) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// Makes a new id from the clock and the chance of a storage.
    ///
    /// - Parameters:
    ///   - storage: the file system.
    ///   - last: an id that the new one sorts behind, also when both are of one millisecond or the
    ///     clock went backwards (RFC 9562, 6.2).
    /// - Returns: the id.
    /// - Throws: `LogError.io` when there is no chance to be had.
    package static func generate(
        on storage: some Storage,
        after last: BranchID = .none
    ) throws(LogError) -> BranchID {
        do throws(Errno) {
            let random = try storage.random()
            let id = BranchID(time: storage.currentTime, random: random)
            return id > last ? id : last.successor(adding: random.0 >> 32)
        } catch {
            throw .io(error, .random, path: "")
        }
    }

    /// The id of the branch that a repair of this one writes: the next number.
    ///
    /// It sorts right behind this one, so branches that are newer stay newer.
    package var repair: BranchID { successor(adding: 0) }

    /// A greater id of the same layout: the random bits as one number, with the time as its head.
    private func successor(adding step: UInt64) -> BranchID {
        let tail = (low & 0x3FFF_FFFF_FFFF_FFFF) + step + 1
        var head = (high >> 16) << 12 | high & 0x0FFF
        if tail > 0x3FFF_FFFF_FFFF_FFFF { head += 1 }
        return BranchID(
            high: (head >> 12) << 16 | 0x7000 | head & 0x0FFF,
            low: 0x8000_0000_0000_0000 | tail & 0x3FFF_FFFF_FFFF_FFFF
        )
    }

    /// Reads 32 lower-case hex digits; nil for anything else.
    package init?(hex: some StringProtocol) {
        guard hex.utf8.count == 32 else { return nil }
        var halves: [UInt64] = [0, 0]
        for (index, digit) in hex.utf8.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            halves[index / 16] = halves[index / 16] << 4 | UInt64(value)
        }
        self.init(high: halves[0], low: halves[1])
    }

    /// Reads 16 bytes.
    init(decoding reader: inout ByteReader) throws(FormatError) {
        high = UInt64(bigEndian: try reader.u64())
        low = UInt64(bigEndian: try reader.u64())
    }

    /// Writes 16 bytes in the order of the hex digits.
    func encode(to writer: inout ByteWriter) {
        writer.u64(high.bigEndian)
        writer.u64(low.bigEndian)
    }

    /// 32 lower-case hex digits.
    package var description: String {
        unsafe String(unsafeUninitializedCapacity: 32) { digits in
            for index in 0..<32 {
                let half = index < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: half >> UInt64(60 - index % 16 * 4)) & 15
                unsafe digits[index] =
                    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            }
            return 32
        }
    }

    /// Ids in the order of their times.
    package static func < (left: BranchID, right: BranchID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// The salt of a segment: log.md 2.
    package func salt(segment: UInt64) -> UInt32 {
        var writer = ByteWriter(capacity: 24)
        encode(to: &writer)
        writer.u64(segment)
        return CRC32C.checksum(writer.bytes.rawSpan)
    }
}
