// SPDX-License-Identifier: Apache-2.0
// Rows of lists, read again only where something was written.

internal import EventLog
internal import Glibc
internal import Replay
internal import Synchronization
internal import Tracking

/// Summaries of applications, kept while their folders stay as they are.
final class SummaryCache: Sendable {
    private struct Entry {
        let files: [FileStamp]
        let summary: ApplicationSummary
    }

    /// A file or a folder, as far as its change is seen from outside.
    private struct FileStamp: Equatable {
        let path: String
        let size: UInt64
        let seconds: Int
        let nanoseconds: Int

        init?(_ path: String, _ storage: any Storage) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            self.path = path
            let size = UInt64(clamping: status.st_size)
            let isSegment = path.hasSuffix(".burr")
            self.size = isSegment ? storage.dataEnd(path, size: size) : size
            seconds = Int(status.st_mtim.tv_sec)
            nanoseconds = Int(status.st_mtim.tv_nsec)
        }

        /// Nanoseconds since 1970 UTC.
        var time: Int64 { Int64(seconds) * 1_000_000_000 + Int64(nanoseconds) }
    }

    private let entries = Mutex<[ApplicationName: Entry]>([:])

    /// The row of an application.
    ///
    /// - Complexity: two or three system calls when nothing was written.
    func summary(_ name: ApplicationName, _ directory: String, _ store: Store) -> ApplicationSummary
    {
        let known = entries.withLock { $0[name] }
        if let known, known.files.allSatisfy({ FileStamp($0.path, store.storage) == $0 }),
            known.summary.status != .running
        {
            return known.summary
        }
        let fresh = Self.read(name, directory, store)
        entries.withLock { $0[name] = fresh }
        return fresh.summary
    }

    /// Forgets applications that are gone.
    func keep(_ names: Set<ApplicationName>, of project: String) {
        entries.withLock { entries in
            entries = entries.filter { $0.key.project != project || names.contains($0.key) }
        }
    }

    private static func read(
        _ name: ApplicationName,
        _ directory: String,
        _ store: Store
    ) -> Entry {
        // Stamps before contents: what is written meanwhile is read again next time.
        var files = [FileStamp(directory, store.storage)].compactMap(\.self)
        let list = (try? store.storage.list(directory)) ?? []
        for branch in BranchFiles.among(list).suffix(4) {
            guard let last = branch.segments.last else { continue }
            let segment = SegmentName(branch: branch.branch, number: last)
            let stamp = FileStamp(segment.path(in: directory), store.storage)
            if let stamp { files.append(stamp) }
        }
        let log = FileStamp("\(directory)/log.jsonl", store.storage)
        if let log { files.append(log) }
        if let log, log.size > 0 {
            let folder = BurrFolder(name: name, path: directory, logPath: log.path)
            let summary = folder.summary(written: log.time, store.storage)
            return Entry(files: files, summary: summary)
        }
        return Entry(files: files, summary: Catalog(store).summary(of: name))
    }
}
