// SPDX-License-Identifier: Apache-2.0
// Annotations from wherever they are kept, and new ones into the log.

internal import EventLog
internal import Replay
internal import Synchronization
internal import Tracking

/// Reads and writes the annotations of projects.
final class AnnotationStore: Sendable {
    private let live: LiveStore
    /// One thread at a time; the log keeps other processes out.
    private let writing = Mutex(())
    /// What imports have put into the applications' own logs, by the state of their folders.
    private let imported = Mutex<[ApplicationName: (contents: UInt64, texts: [[UInt8]])]>([:])

    init(_ live: LiveStore) {
        self.live = live
    }

    /// The annotations of a project.
    ///
    /// - Throws: ``Problem`` when they cannot be read.
    /// - Complexity: O(applications + annotations).
    func annotations(of project: String) throws -> Annotations {
        let store = live.store
        var notes = Annotations()
        let applications = (try? live.catalog.names(in: project)) ?? []
        for name in applications { notes.add(try importedTexts(name)) }
        // Burr's own server may be running over the same folder.
        let path = "\(store.directory(project: project))/annotations.jsonl"
        if let file = FileBytes.read(path, store.storage) {
            notes.add(file.split(separator: 0x0A).map(Array.init))
        }
        notes.add(try AnnotationLog(store, project: project).texts())
        return notes
    }

    private func importedTexts(_ name: ApplicationName) throws -> [[UInt8]] {
        let stamp = try? FolderStamp(live.store.directory(of: name), live.store)
        guard let stamp, stamp.hasSegments else { return [] }
        if let known = imported.withLock({ $0[name] }), known.contents == stamp.contents {
            return known.texts
        }
        let texts = try? History(name, in: live.store).texts(.annotation).map(\.text)
        imported.withLock { $0[name] = (stamp.contents, texts ?? []) }
        return texts ?? []
    }

    /// Adds one.
    ///
    /// - Parameters:
    ///   - project: where.
    ///   - step: the step it belongs to.
    ///   - make: writes it, with the id it gets.
    /// - Returns: its text.
    /// - Throws: ``Problem`` when it cannot be written.
    func add(
        to project: String,
        step: Int64,
        _ make: (Int64) -> [UInt8]
    ) throws -> [UInt8] {
        let log = AnnotationLog(live.store, project: project)
        return try writing.withLock { _ in
            try log.alone {
                let text = make(try annotations(of: project).nextID)
                try log.append(text, step: step)
                return text
            }
        }
    }

    /// Replaces one.
    ///
    /// - Parameters:
    ///   - id: which.
    ///   - project: where.
    ///   - change: writes it anew, from what it was.
    /// - Returns: its text; `nil` when there is none of this id.
    /// - Throws: ``Problem`` when it cannot be written.
    func update(
        _ id: Int64,
        of project: String,
        _ change: ([UInt8]) -> [UInt8]
    ) throws -> [UInt8]? {
        let log = AnnotationLog(live.store, project: project)
        return try writing.withLock { _ in
            try log.alone {
                guard let old = try annotations(of: project).byID[id] else { return nil }
                let text = change(old)
                try log.append(text, step: Annotation.step(old) ?? -1)
                return text
            }
        }
    }
}
