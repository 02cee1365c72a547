// SPDX-License-Identifier: Apache-2.0
// When the whole state is written again.

/// Decides when a snapshot is due: when the log bytes since the last one reach twice its stored
/// size, an eighth of the state, and 64 KiB at least.
///
/// Every snapshot but the last is then paid for by the bytes after it: snapshots are at most half
/// of all other bytes, plus one; a replay reads at most three times the stored state, or that and
/// an eighth of the whole one, plus 64 KiB. The eighth is for states that compress well: taking
/// one costs its whole length, and a step must cost what it changes.
package struct SnapshotPolicy: Sendable {
    /// Log bytes for each stored byte of the last snapshot.
    package var factor: UInt64
    /// Log bytes below which no snapshot is taken.
    package var floor: UInt64
    private var storedBytes: UInt64 = 0
    private var takenAt: UInt64 = 0

    package init(factor: UInt64 = 2, floor: UInt64 = 64 << 10) {
        self.factor = factor
        self.floor = floor
    }

    /// Notes a snapshot.
    ///
    /// - Parameters:
    ///   - stored: its compressed bytes.
    ///   - position: bytes of the log up to its end.
    package mutating func taken(stored: Int, at position: UInt64) {
        storedBytes = UInt64(stored)
        takenAt = position
    }

    /// Bytes of log since the last snapshot.
    package func depth(at position: UInt64) -> UInt64 {
        position &- takenAt
    }

    /// Whether a snapshot of a state of `length` bytes is due at a position of the log.
    package func isDue(at position: UInt64, length: Int) -> Bool {
        depth(at: position) >= distance(length)
    }

    /// Whether a snapshot of such a state is worth its bytes when the log is closed.
    package func isWorthAtClose(at position: UInt64, length: Int) -> Bool {
        depth(at: position) >= distance(length) / 2
    }

    private func distance(_ length: Int) -> UInt64 {
        max(factor * storedBytes, floor, UInt64(length) / 8)
    }

    /// Stored bytes of the last snapshot.
    package var lastStored: Int { Int(storedBytes) }
}
