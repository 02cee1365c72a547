// SPDX-License-Identifier: Apache-2.0
// Whether anything in an application's folder has changed, without reading it.

package import EventLog
internal import Glibc
package import Tracking

/// What a folder looked like: equal stamps mean equal contents.
///
/// Segments and Burr's logs only grow, so their sizes and times tell.
package struct FolderStamp: Hashable, Sendable {
    /// Of everything that an answer can depend on.
    package private(set) var contents: UInt64 = 0
    /// Of the files that Burr's own tracker writes.
    package private(set) var burrFiles: UInt64 = 0
    /// The names of the branches.
    package private(set) var branches: UInt64 = 0
    package private(set) var hasSegments = false
    /// Bytes of Burr's `log.jsonl`.
    package private(set) var logBytes: UInt64 = 0
    /// Whether there is a file that Burr's tracker writes.
    package private(set) var hasBurrFiles = false
    /// The newest time of a file, in nanoseconds since 1970 UTC.
    package private(set) var newest: Int64 = 0

    private static let burrNames: Set<String> = [
        "log.jsonl", "graph.json", "metadata.json", "children.jsonl",
    ]

    /// Looks at a folder.
    ///
    /// - Throws: `Errno` when it cannot be listed.
    /// - Complexity: one system call for each file.
    package init(_ directory: String, _ store: Store) throws(Errno) {
        let entries = try store.storage.list(directory).filter { $0.kind == .file }
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            let isSegment = SegmentName(entry.name) != nil
            guard isSegment || Self.burrNames.contains(entry.name) else { continue }
            var status = stat()
            guard unsafe stat("\(directory)/\(entry.name)", &status) == 0 else { continue }
            let size = UInt64(clamping: status.st_size)
            let time = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            let text = "\(entry.name) \(size) \(time) \(status.st_ino)"
            newest = max(newest, time)
            contents = Self.mix(contents, text)
            if let segment = SegmentName(entry.name) {
                hasSegments = true
                branches = Self.mix(branches, "\(segment.branch)")
            } else {
                if entry.name == "log.jsonl" { logBytes = size }
                // Our own tracker leaves an empty log beside its segments.
                if size > 0 { hasBurrFiles = true }
                burrFiles = Self.mix(burrFiles, text)
            }
        }
    }

    /// Whether Burr's files are the application, or a part of it that an import has to read.
    package var isBurrs: Bool { logBytes > 0 || (!hasSegments && hasBurrFiles) }

    /// The stamp as an entity tag.
    package var tag: String { "\"\(String(contents, radix: 36))\"" }

    private static func mix(_ hash: UInt64, _ text: String) -> UInt64 {
        XXH64.hash(Array("\(hash) \(text)".utf8).rawSpan)
    }
}
