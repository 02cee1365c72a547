// SPDX-License-Identifier: Apache-2.0
// Finding Burr's applications below a path.

package import EventLog
internal import Glibc
package import Tracking

/// One application folder of Burr's.
package struct BurrFolder: Equatable, Sendable {
    package var name: ApplicationName
    /// The folder with `log.jsonl`, or the files beside it.
    package var path: String
    /// The log's file: `log.jsonl` in the folder, unless another was named.
    package var logPath: String

    /// Names a folder.
    package init(name: ApplicationName, path: String, logPath: String) {
        self.name = name
        self.path = path
        self.logPath = logPath
    }

    /// Bytes of the log, 0 when there is none.
    package func logSize(_ storage: any Storage) -> UInt64 {
        do { return try storage.fileSize(logPath) ?? 0 } catch { return 0 }
    }
}

/// What an import was pointed at.
package struct BurrSource: Sendable {
    package var folders: [BurrFolder]
    /// Projects' folders, for their `annotations.jsonl`.
    package var projects: [(project: String, path: String)]

    /// Burr's own files in an application folder.
    static let files: Set<String> = [
        "log.jsonl", "graph.json", "metadata.json", "children.jsonl",
    ]

    /// Whether folders are named as in our stores, not as Burr's tracker does.
    private let isEncoded: Bool

    /// Looks for applications at a path: a root, a project, an application or a log file.
    ///
    /// - Parameters:
    ///   - path: an absolute path without a trailing slash.
    ///   - store: where they will be imported, perhaps in place.
    /// - Throws: `ImportError.nothingThere`, or `.file` when a folder cannot be listed.
    package init(at path: String, for store: Store) throws(ImportError) {
        let storage = store.storage
        folders = []
        projects = []
        isEncoded = path == store.root || path.hasPrefix("\(store.root)/")
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try storage.list(path)
        } catch Errno(ENOTDIR) {
            let folder = BurrSource.parent(path)
            let app = self.folder(folder, project: BurrSource.parent(folder))
            folders = [BurrFolder(name: app.name, path: folder, logPath: path)]
            return
        } catch {
            throw .file(error, path: path)
        }
        if BurrSource.isApplication(entries) {
            folders = [folder(path, project: BurrSource.parent(path))]
            return
        }
        if try addProject(path, entries, storage) { return }
        for entry in entries where entry.kind == .directory && !entry.name.hasPrefix(".") {
            let project = "\(path)/\(entry.name)"
            // A folder that cannot be read must not hide the others.
            guard let inside = try? storage.list(project) else { continue }
            _ = try addProject(project, inside, storage)
        }
        guard !folders.isEmpty || !projects.isEmpty else { throw .nothingThere(path: path) }
    }

    private mutating func addProject(
        _ path: String,
        _ entries: [DirectoryEntry],
        _ storage: any Storage
    ) throws(ImportError) -> Bool {
        var isProject = false
        for entry in entries where entry.kind == .directory && !entry.name.hasPrefix(".") {
            let folder = "\(path)/\(entry.name)"
            guard let inside = try? storage.list(folder), BurrSource.isApplication(inside) else {
                continue
            }
            folders.append(self.folder(folder, project: path))
            isProject = true
        }
        let hasNotes = entries.contains { $0.name == "annotations.jsonl" && $0.kind == .file }
        if isProject || hasNotes {
            projects.append((id(of: path), path))
            return true
        }
        return false
    }

    private static func isApplication(_ entries: [DirectoryEntry]) -> Bool {
        entries.contains { $0.kind == .file && files.contains($0.name) }
    }

    private func id(of path: String) -> String {
        let name = BurrSource.last(path)
        return isEncoded ? SafeName.decode(name) : name
    }

    private func folder(_ path: String, project: String) -> BurrFolder {
        let name = ApplicationName(project: id(of: project), appID: id(of: path))
        return BurrFolder(name: name, path: path, logPath: "\(path)/log.jsonl")
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    static func last(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        return String(path[path.index(after: slash)...])
    }
}
