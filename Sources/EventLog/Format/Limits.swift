// Every limit of the format in one place: log.md 3, 4, 6.

/// The limits of the format.
package enum Limits {
    /// Stored payload bytes a writer puts into one record.
    package static let writtenPayload = 16 << 20
    /// Stored payload bytes a reader accepts.
    package static let storedPayload = 64 << 20
    /// Raw bytes behind a codec.
    package static let rawPayload = 64 << 20
    /// Frame bytes in SNAPSHOT and in each SNAPSHOT_PART.
    package static let snapshotPart = 4 << 20
    /// Bytes of a state text.
    package static let stateText = 256 << 20
    /// INDEX payload bytes in one record.
    package static let indexPart = 4 << 20
    /// Names in a delta name table.
    package static let names = 4_096
    /// Bytes of a name in that table.
    package static let nameLength = 64
    /// Payloads below this are stored as they are.
    package static let compressedFrom = 1_024
    /// Bytes between the begins of two blocks of an index.
    package static let blockSpacing: UInt64 = 16 << 10
    /// Records begin at multiples of this.
    package static let alignment = 8
    /// Steps are numbered up to here, in either direction: as far as JSON counts exactly.
    package static let step: Int64 = 1 << 53
    /// Sequences are below it.
    package static let sequence: UInt64 = 1 << 62

    /// Whether a step can have this number.
    @inline(__always)
    package static func isStep(_ number: Int64) -> Bool {
        number <= step && number >= -step
    }
}
