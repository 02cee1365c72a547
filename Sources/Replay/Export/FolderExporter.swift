// SPDX-License-Identifier: Apache-2.0
// Whole Burr folders out of the store.

internal import EventLog
package import Tracking

/// Writes applications as the folders that Burr's own server and `load()` read.
package struct FolderExporter {
    private let store: Store
    /// The root that projects are written below.
    private let root: String

    package init(from store: Store, to root: String) {
        self.store = store
        self.root = root
    }

    /// Writes one application's folder.
    ///
    /// Existing files are not touched.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - problem: told what is left out because it cannot be read.
    /// - Returns: the folder.
    /// - Throws: `ReplayError`; a file that exists is `StoreError.unreadable` with "File exists".
    package func application(
        _ name: ApplicationName,
        problem: (String) -> Void
    ) throws(ReplayError) -> String {
        let history = try History(name, in: store)
        let target = "\(folder(of: name.project))/\(SafeName.burrFolder(name.appID))"
        try make(target)
        let meta = try history.meta()
        if let graph = meta?.graph { try write(graph, "\(target)/graph.json") }
        if let meta, meta.metadata != nil || !meta.isImported {
            try write(meta.metadataText, "\(target)/metadata.json")
        }
        var log = try FileOutput("\(target)/log.jsonl", store.storage)
        var failure: ReplayError?
        try LogExporter(history).run(problem: problem) { bytes in
            do throws(ReplayError) {
                try log.write(bytes)
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        let children = try history.texts(.child)
        if !children.isEmpty {
            try write(FolderExporter.lines(children.map(\.text)), "\(target)/children.jsonl")
        }
        return target
    }

    /// Writes a project's `annotations.jsonl`, in the order of their ids.
    ///
    /// - Throws: `ReplayError` when an application cannot be read or the file not be written.
    package func annotations(
        of project: String,
        applications: [ApplicationName]
    ) throws(ReplayError) {
        var notes = Annotations()
        for name in applications {
            notes.add(try History(name, in: store).texts(.annotation).map(\.text))
        }
        notes.add(try AnnotationLog(store, project: project).texts())
        guard !notes.byID.isEmpty else { return }
        let folder = folder(of: project)
        try make(folder)
        try write(FolderExporter.lines(notes.ordered), "\(folder)/annotations.jsonl")
    }

    private static func lines(_ texts: [[UInt8]]) -> [UInt8] {
        texts.reduce(into: []) { $0 += $1 + [0x0A] }
    }

    private func folder(of project: String) -> String {
        "\(root)/\(SafeName.burrFolder(project))"
    }

    private func make(_ path: String) throws(ReplayError) {
        do throws(Errno) {
            try store.storage.makeDirectories(path)
        } catch {
            throw .store(.unreadable(path: path, error))
        }
    }

    private func write(_ bytes: [UInt8], _ path: String) throws(ReplayError) {
        var file = try FileOutput(path, store.storage)
        try file.write(bytes)
    }
}

/// A new file, written from its begin.
struct FileOutput: ~Copyable {
    private let file: FileHandle
    private let path: String
    private var offset: UInt64 = 0

    init(_ path: String, _ storage: any Storage) throws(ReplayError) {
        self.path = path
        do throws(Errno) {
            file = try storage.open(path, .createNew)
        } catch {
            throw .store(.unreadable(path: path, error))
        }
    }

    mutating func write(_ bytes: [UInt8]) throws(ReplayError) {
        let start = offset
        var failure: Errno?
        unsafe bytes.withUnsafeBytes { raw in
            do throws(Errno) {
                try unsafe file.pwrite(raw, at: start)
            } catch {
                failure = error
            }
        }
        if let failure { throw .store(.unreadable(path: path, failure)) }
        offset += UInt64(bytes.count)
    }
}
