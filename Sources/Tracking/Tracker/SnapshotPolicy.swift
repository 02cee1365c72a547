// SPDX-License-Identifier: Apache-2.0
// When the whole state is written again.

/// Decides when a snapshot is due: when the log bytes since the last one reach twice its stored
/// size, and 64 KiB at least.
///
/// Every snapshot but the last is then paid for by the bytes after it: snapshots are at most half
/// of all other bytes, plus one; a replay reads at most three times the stored state, plus 64 KiB.
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

    /// Whether a snapshot is due at a position of the log.
    package func isDue(at position: UInt64) -> Bool {
        depth(at: position) >= max(factor * storedBytes, floor)
    }

    /// Whether a snapshot is worth its bytes when the log is closed.
    package func isWorthAtClose(at position: UInt64) -> Bool {
        depth(at: position) >= max(factor * storedBytes, floor) / 2
    }

    /// Stored bytes of the last snapshot.
    package var lastStored: Int { Int(storedBytes) }
}
