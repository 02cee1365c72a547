// SPDX-License-Identifier: Apache-2.0
// A log that is being sent: it goes to the disk as it comes.

internal import EventLog
internal import Replay
internal import Synchronization
internal import Tracking

/// A log in a hidden folder of the store, which goes with this object.
final class Upload: BodySink {
    private let store: Store
    /// Hidden folders from the innermost to the outermost; other uploads may be in the last.
    private let folders: [String]
    private let log: String
    private let file: FileHandle
    private let byteCount = Mutex<UInt64>(0)

    /// Makes the folder and an empty log in it.
    ///
    /// - Throws: ``Problem`` when the store cannot be written to.
    init(_ store: Store) throws(Problem) {
        self.store = store
        do throws(Errno) {
            let (high, low) = try store.storage.random()
            let incoming = "\(store.root)/.incoming"
            let own = "\(incoming)/\(Hex.text(high))\(Hex.text(low))"
            // One level deeper than applications are: the log is not taken for one in place.
            let folder = "\(own)/app"
            folders = [folder, own, incoming]
            log = "\(folder)/log.jsonl"
            try store.storage.makeDirectories(folder)
            file = try store.storage.open(log, .createNew)
        } catch {
            throw Self.notKept(store, error)
        }
    }

    deinit {
        try? store.storage.remove(log)
        for folder in folders { try? store.storage.removeDirectory(folder) }
    }

    func take(_ bytes: RawSpan) throws(Problem) {
        let offset = byteCount.withLock { count in
            defer { count += UInt64(bytes.byteCount) }
            return count
        }
        do throws(Errno) {
            try unsafe bytes.withUnsafeBytes { (bytes) throws(Errno) in
                try unsafe file.pwrite(bytes, at: offset)
            }
        } catch {
            throw Self.notKept(store, error)
        }
    }

    private static func notKept(_ store: Store, _ error: Errno) -> Problem {
        Problem(.internalError, "The body cannot be kept in \(store.root): \(error)")
    }

    /// Imports the log.
    ///
    /// - Returns: what was done, with what failed.
    /// - Complexity: O(log).
    func taken(as name: ApplicationName) -> ApplicationImport {
        Importer(into: store).run(BurrFolder(name: name, path: folders[0], logPath: log))
    }
}
