// SPDX-License-Identifier: Apache-2.0
// The branches in an application's folder, by their file names.

package import EventLog

/// The segment files of one branch.
package struct BranchFiles: Equatable, Sendable {
    package var branch: BranchID
    /// Segment numbers, ascending.
    package var segments: [UInt64]

    /// The branches among the names in an application's folder, oldest first.
    package static func among(_ entries: [DirectoryEntry]) -> [BranchFiles] {
        var found: [BranchID: [UInt64]] = [:]
        for entry in entries where entry.kind == .file {
            guard let name = SegmentName(entry.name) else { continue }
            found[name.branch, default: []].append(name.number)
        }
        return found.map { BranchFiles(branch: $0.key, segments: $0.value.sorted()) }
            .sorted { $0.branch < $1.branch }
    }
}
