// SPDX-License-Identifier: Apache-2.0
// How far a branch has got: in memory, in the kernel, on the disk.

package import EventLog

/// What of a branch is safe from what.
package struct TrackerProgress: Equatable, Sendable {
    package var branch: BranchID
    /// The segment being written.
    package var segment: UInt64
    /// Its bytes, those in memory included.
    package var end: UInt64
    /// Its bytes that outlive the process.
    package var visibleEnd: UInt64
    /// The last sequence appended.
    package var sequence: UInt64
    /// The last sequence that outlives the machine.
    package var durableSequence: UInt64
}

extension BranchWriter {
    /// How far it has got.
    var progress: TrackerProgress {
        TrackerProgress(
            branch: branch,
            segment: log.segmentNumber,
            end: log.dataEnd,
            visibleEnd: log.visibleEnd,
            sequence: log.appendedSequence,
            durableSequence: log.durableSequence
        )
    }
}
