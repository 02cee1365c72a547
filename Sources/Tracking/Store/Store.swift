// SPDX-License-Identifier: Apache-2.0
// Where applications live: <root>/<project>/<app_id>/.

package import EventLog
internal import Glibc

/// A folder of projects and applications.
package struct Store: Sendable {
    /// The root folder, without a trailing slash.
    package let root: String
    package let storage: any Storage

    package init(root: String, storage: any Storage = FileSystem()) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        self.storage = storage
    }

    /// The folder of a project that is in the store, or that a new one gets.
    package func directory(project: String) -> String {
        folder(named: project, in: root)
    }

    /// The folder of an application that is in the store, or that a new one gets.
    package func directory(of name: ApplicationName) -> String {
        folder(named: name.appID, in: directory(project: name.project))
    }

    /// The encoded folder, unless only one under the raw id exists, as Burr's tracker makes it.
    private func folder(named id: String, in parent: String) -> String {
        let encoded = SafeName.encode(id)
        let isSafe = !id.isEmpty && id != "." && id != ".." && !id.contains("/")
        if encoded != id, isSafe, !exists("\(parent)/\(encoded)"), exists("\(parent)/\(id)") {
            return "\(parent)/\(id)"
        }
        return "\(parent)/\(encoded)"
    }

    /// Whether something is at a path.
    package func exists(_ path: String) -> Bool {
        do { return try storage.fileSize(path) != nil } catch { return false }
    }

    /// The folders in a folder, decoded, without hidden ones; `nil` when it is not there.
    ///
    /// - Throws: `StoreError.unreadable` when the folder cannot be listed.
    package func folders(in path: String) throws(StoreError) -> [(name: String, path: String)]? {
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try storage.list(path)
        } catch  where error == .noEntry || error == Errno(ENAMETOOLONG) {
            // Nothing has a name that no file system takes.
            return nil
        } catch {
            throw .unreadable(path: path, error)
        }
        var folders: [(name: String, path: String)] = []
        for entry in entries where entry.kind == .directory && !entry.name.hasPrefix(".") {
            folders.append((SafeName.decode(entry.name), "\(path)/\(entry.name)"))
        }
        return folders.sorted { $0.name < $1.name }
    }
}
