// SPDX-License-Identifier: Apache-2.0
// Whether anything in an application's folder has changed, without reading it.

package import EventLog
internal import Glibc
package import Tracking

/// What a folder looked like: equal stamps mean equal contents.
///
/// Segments and Burr's logs only grow, so their sizes and times tell; of a segment with room that
/// was reserved for what comes, where its data end.
package struct FolderStamp: Hashable, Sendable {
    /// Of everything that an answer can depend on.
    package private(set) var contents: UInt64 = 0
    package private(set) var hasSegments = false

    private static let burrNames: Set<String> = [
        "log.jsonl", "graph.json", "metadata.json", "children.jsonl",
    ]

    /// Looks at a folder.
    ///
    /// - Throws: `Errno` when it cannot be listed.
    /// - Complexity: one system call for each file, some more for one that is appended to fast.
    package init(_ directory: String, _ store: Store) throws(Errno) {
        let all = try store.storage.list(directory)
        let entries = all.filter { $0.kind == .file }
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            let isSegment = SegmentName(entry.name) != nil
            guard isSegment || Self.burrNames.contains(entry.name) else { continue }
            var status = stat()
            guard unsafe stat("\(directory)/\(entry.name)", &status) == 0 else { continue }
            var size = UInt64(clamping: status.st_size)
            if isSegment { size = store.storage.dataEnd("\(directory)/\(entry.name)", size: size) }
            let time = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            let text = "\(entry.name) \(size) \(time) \(status.st_ino)"
            contents = Self.mix(contents, text)
            if isSegment { hasSegments = true }
        }
        let links = BranchFiles.linksFolder
        guard all.contains(where: { $0.kind == .directory && $0.name == links }) else { return }
        if let beside = try? FolderStamp("\(directory)/\(links)", store) {
            contents = Self.mix(contents, "\(links) \(beside.contents)")
        }
    }

    /// The stamp as an entity tag.
    package var tag: String { "\"\(String(contents, radix: 36))\"" }

    private static func mix(_ hash: UInt64, _ text: String) -> UInt64 {
        XXH64.hash(Array("\(hash) \(text)".utf8).rawSpan)
    }
}
