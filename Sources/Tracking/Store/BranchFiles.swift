// SPDX-License-Identifier: Apache-2.0
// The branches in an application's folder, by their file names.

package import EventLog

/// The segment files of one branch.
package struct BranchFiles: Equatable, Sendable {
    package var branch: BranchID
    /// Segment numbers, ascending.
    package var segments: [UInt64]

    /// The folder, beside the segments, in which a repair makes its copy.
    package static let repairFolder = ".repair"

    /// The folder of the log of children that came while another process wrote the application's.
    package static let linksFolder = ".children"

    /// The branches among the names in an application's folder, oldest first.
    ///
    /// A repair that is published in part is not among them: the damaged branch has all of it.
    package static func among(_ entries: [DirectoryEntry]) -> [BranchFiles] {
        var found: [BranchID: [UInt64]] = [:]
        for entry in entries where entry.kind == .file {
            guard let name = SegmentName(entry.name) else { continue }
            found[name.branch, default: []].append(name.number)
        }
        let isRepairing = entries.contains { $0.kind == .directory && $0.name == repairFolder }
        if isRepairing {
            for repair in found.keys.map(\.repair) where found[repair]?.contains(0) == false {
                found[repair] = nil
            }
        }
        return found.map { BranchFiles(branch: $0.key, segments: $0.value.sorted()) }
            .sorted { $0.branch < $1.branch }
    }
}
