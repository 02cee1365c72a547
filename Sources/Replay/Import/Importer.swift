// SPDX-License-Identifier: Apache-2.0
// Burr's own logs into the store.

package import EventLog
package import Tracking

/// Imports folders that Burr's own tracker wrote.
///
/// Repeating an import adds only what is new, also while the files are being written.
package struct Importer: Sendable {
    let store: Store
    private let options: LogOptions
    private let policy: SnapshotPolicy

    package init(
        into store: Store,
        options: LogOptions = LogOptions(durability: .buffered(maxDelay: .milliseconds(250))),
        policy: SnapshotPolicy = SnapshotPolicy()
    ) {
        self.store = store
        self.options = options
        self.policy = policy
    }

    /// Imports one application folder.
    ///
    /// - Parameters:
    ///   - folder: Burr's folder.
    ///   - progress: called with the bytes read since the last call.
    /// - Returns: what was done; a failure stands in it, and does not concern other applications.
    /// - Complexity: one pass over what is new; memory does not grow with the log.
    package func run(
        _ folder: BurrFolder,
        progress: (UInt64) -> Void = { _ in }
    ) -> ApplicationImport {
        var report = add(folder, progress)
        if isInPlace(folder) {
            report.failure = report.failure?.inPlace(folder.path, root: store.root)
        }
        return report
    }

    private func add(
        _ folder: BurrFolder,
        _ progress: (UInt64) -> Void
    ) -> ApplicationImport {
        let place = place(of: folder)
        let meta = Meta(
            name: folder.name,
            graph: FileBytes.read("\(folder.path)/graph.json", store.storage),
            metadata: FileBytes.read("\(folder.path)/metadata.json", store.storage)
        )
        do throws(ImportError) {
            let past = try ImportedPast.find(in: place)
            if let past, past.isCurrent(folder, meta: meta, store.storage) {
                return ApplicationImport(name: folder.name)
            }
            let importer = try ApplicationImporter(
                folder: folder,
                place: place,
                meta: meta,
                past: past
            )
            return importer.run(childrenFrom: past?.childrenOffset ?? 0, progress: progress)
        } catch {
            var report = ApplicationImport(name: folder.name)
            report.failure = error
            return report
        }
    }

    /// In the store's own root, segments stand beside Burr's files; elsewhere in a folder of their
    /// own.
    private func place(of folder: BurrFolder) -> BranchPlace {
        place(directory: isInPlace(folder) ? folder.path : store.directory(of: folder.name))
    }

    private func isInPlace(_ folder: BurrFolder) -> Bool {
        BurrSource.parent(BurrSource.parent(folder.path)) == store.root
    }

    func place(directory: String) -> BranchPlace {
        BranchPlace(
            store: store,
            directory: directory,
            options: options,
            policy: policy,
            program: "burr import"
        )
    }
}
