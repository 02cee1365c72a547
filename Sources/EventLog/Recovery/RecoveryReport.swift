// What opening a branch for writing found and did.

/// Why the layer above has to open a new segment, and where.
package struct RecoveryContext: Equatable, Sendable {
    /// Why the newest segment cannot be appended to.
    package enum Reason: Equatable, Sendable {
        /// It is sealed.
        case sealed
        /// Bytes that had been durable are lost.
        case damaged
        /// Its torn tail could not be set aside.
        case tornTailKept
    }

    /// Why the newest segment cannot be appended to.
    package let reason: Reason
    /// The number of the new segment.
    package let segment: UInt64
    /// The session that will write it.
    package let session: UInt64
    /// The last step ended, as far as records could be read.
    package let lastStep: Int64
}

/// What opening a branch for writing found and did.
package struct RecoveryReport: Equatable, Sendable {
    /// What the newest segment was.
    package enum Verdict: Equatable, Sendable {
        /// Whole.
        case clean
        /// Its last bytes had never been durable.
        case tornTail
        /// Bytes that had been durable are lost.
        case damaged
    }

    /// What the newest segment was.
    package internal(set) var verdict = Verdict.clean
    /// The RECOVERED record that was written, unless it was clean.
    package internal(set) var recovered: Recovered?
    /// Where a torn tail was set aside.
    package internal(set) var tornPath: String?
    /// What is lost.
    package internal(set) var damages: [Damage] = []
    /// Whether the writer goes on in a new segment.
    package internal(set) var isInNewSegment = false
    /// Whether a seal that a crash had interrupted was finished.
    package internal(set) var finishedSeal = false
    /// Records read.
    package internal(set) var recordCount: UInt64 = 0
}
