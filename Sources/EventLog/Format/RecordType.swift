// What a record is: log.md 5.

/// The type byte of a record; unknown values survive decoding.
package struct RecordType: RawRepresentable, Hashable, Sendable {
    /// The byte.
    package let rawValue: UInt8

    /// Makes a type of any byte.
    @inlinable package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Application, graph, parents: the first record of each segment.
    package static let meta = RecordType(rawValue: 1)
    /// Who writes from here.
    package static let session = RecordType(rawValue: 2)
    /// A step begins.
    package static let stepBegin = RecordType(rawValue: 3)
    /// A step ended, with the state's delta.
    package static let stepEnd = RecordType(rawValue: 4)
    /// The whole state.
    package static let snapshot = RecordType(rawValue: 5)
    /// More of the frame of the SNAPSHOT before it.
    package static let snapshotPart = RecordType(rawValue: 6)
    /// How much of the segment had been synced.
    package static let syncMark = RecordType(rawValue: 7)
    /// The index of a sealed segment.
    package static let index = RecordType(rawValue: 8)
    /// The end of a sealed segment.
    package static let seal = RecordType(rawValue: 9)
    /// What a recovery found.
    package static let recovered = RecordType(rawValue: 10)
    /// Events were lost before this record.
    package static let gap = RecordType(rawValue: 11)
    /// The first type that a reader may pass over.
    package static let firstIgnorable = RecordType(rawValue: 128)

    /// Whether this version knows the type or may pass over it.
    @inlinable package var isReadable: Bool {
        rawValue >= 128 || (rawValue >= 1 && rawValue <= 11)
    }
}

/// The flags byte of a record: codec and grouping.
package struct RecordFlags: OptionSet, Hashable, Sendable {
    /// The byte.
    package let rawValue: UInt8

    /// Makes flags of any byte.
    @inlinable package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Makes flags of a list. The one of `OptionSet` is not specialised in other modules.
    @inlinable package init(arrayLiteral flags: RecordFlags...) {
        var bits: UInt8 = 0
        for flag in flags { bits |= flag.rawValue }
        rawValue = bits
    }

    /// Codec 1: the payload is a varint raw length and an LZ4 block. Set by the writer only.
    package static let lz4 = RecordFlags(rawValue: 1)
    /// The record after this one belongs to the same unit.
    package static let groupContinues = RecordFlags(rawValue: 4)

    /// Codec 0 or 1 and no unknown bit.
    @inlinable package var isValid: Bool { rawValue & ~5 == 0 }
}
