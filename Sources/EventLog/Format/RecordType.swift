// What a record is: log.md 5.

/// The type byte of a record; unknown values survive decoding.
///
/// Public, as `RecordFlags`, only because the compiler puts no `package` function into another
/// module.
public struct RecordType: RawRepresentable, Hashable, Sendable {
    /// The byte.
    public let rawValue: UInt8

    /// Makes a type of any byte.
    @inlinable public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Application, graph, parents: the first record of each segment.
    @inlinable public static var meta: RecordType { RecordType(rawValue: 1) }
    /// Who writes from here.
    @inlinable public static var session: RecordType { RecordType(rawValue: 2) }
    /// A step begins.
    @inlinable public static var stepBegin: RecordType { RecordType(rawValue: 3) }
    /// A step ended, with the state's delta.
    @inlinable public static var stepEnd: RecordType { RecordType(rawValue: 4) }
    /// The whole state.
    @inlinable public static var snapshot: RecordType { RecordType(rawValue: 5) }
    /// More of the frame of the SNAPSHOT before it.
    @inlinable public static var snapshotPart: RecordType { RecordType(rawValue: 6) }
    /// How much of the segment had been synced.
    @inlinable public static var syncMark: RecordType { RecordType(rawValue: 7) }
    /// The index of a sealed segment.
    @inlinable public static var index: RecordType { RecordType(rawValue: 8) }
    /// The end of a sealed segment.
    @inlinable public static var seal: RecordType { RecordType(rawValue: 9) }
    /// What a recovery found.
    @inlinable public static var recovered: RecordType { RecordType(rawValue: 10) }
    /// Events were lost before this record.
    @inlinable public static var gap: RecordType { RecordType(rawValue: 11) }
    /// The first type that a reader may pass over.
    @inlinable public static var firstIgnorable: RecordType { RecordType(rawValue: 128) }

    /// Whether this version knows the type or may pass over it.
    @inlinable public var isReadable: Bool {
        rawValue >= 128 || (rawValue >= 1 && rawValue <= 11)
    }
}

/// The flags byte of a record: codec and grouping.
public struct RecordFlags: OptionSet, Hashable, Sendable {
    /// The byte.
    public let rawValue: UInt8

    /// Makes flags of any byte.
    @inlinable public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Codec 1: the payload is a varint raw length and an LZ4 block.
    ///
    /// Set by the writer only.
    @inlinable public static var lz4: RecordFlags { RecordFlags(rawValue: 1) }
    /// The record after this one belongs to the same unit.
    @inlinable public static var groupContinues: RecordFlags { RecordFlags(rawValue: 4) }

    /// Codec 0 or 1 and no unknown bit.
    @inlinable public var isValid: Bool { rawValue & ~5 == 0 }
}
