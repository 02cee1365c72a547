// SPDX-License-Identifier: Apache-2.0
// The annotations that the server takes: a log of their own in each project.

internal import EventLog
package import Tracking

/// A project's annotations, in `<project>/.annotations/`.
///
/// An application's own log may be in the hands of its program: annotating never disturbs it.
/// Burr's server and ours pass over hidden folders.
package struct AnnotationLog: Sendable {
    private let store: Store
    private let project: String

    package init(_ store: Store, project: String) {
        self.store = store
        self.project = project
    }

    private var directory: String { "\(store.directory(project: project))/.annotations" }

    /// Every version of every annotation, in the order written, as lines of `annotations.jsonl`.
    ///
    /// - Throws: `ReplayError` when the log is there and cannot be read.
    /// - Complexity: O(log).
    package func texts() throws(ReplayError) -> [[UInt8]] {
        var found: [[UInt8]] = []
        for files in branches() {
            do throws(LogError) {
                let branch = try Branch(
                    files,
                    directory: directory,
                    storage: store.storage
                )
                for segment in branch.reader.segments {
                    _ = try branch.reader.scan(segment: segment.header.segment) { record in
                        guard record.type == .annotation else { return .proceed }
                        var reader = ByteReader(record.payload)
                        if (try? reader.zigzag()) != nil { found.append(reader.rest().array) }
                        return .proceed
                    }
                }
            } catch {
                throw .log(error)
            }
        }
        return found
    }

    /// Does something while no other process annotates the project: ids are given out in order.
    ///
    /// - Throws: `TrackingError` when the project cannot be locked, and what `body` throws.
    package func alone<Value>(_ body: () throws -> Value) throws -> Value {
        let directory = store.directory(project: project)
        let lock: DirectoryLock
        do throws(Errno) {
            lock = try store.storage.lockDirectory(directory)
        } catch {
            throw TrackingError.log(.io(error, .lock, path: directory))
        }
        let value = try body()
        _ = consume lock
        return value
    }

    /// Writes an annotation, or a new version of one, durably.
    ///
    /// - Parameters:
    ///   - text: a line of `annotations.jsonl`.
    ///   - step: the step it belongs to.
    /// - Throws: `TrackingError` when the log cannot be written.
    package func append(_ text: [UInt8], step: Int64) throws(TrackingError) {
        let place = BranchPlace(
            store: store,
            directory: directory,
            options: LogOptions(durability: .everyStep),
            program: "burr serve"
        )
        let meta = Meta(name: ApplicationName(project: project, appID: ".annotations"))
        let time = store.storage.currentTime
        var writer = try open(place, meta, time)
        do throws(LogError) {
            try writer.event(.annotation, step: step, time: time, text: text.rawSpan)
        } catch {
            throw .log(error)
        }
        try writer.close()
    }

    /// The newest branch, or one more where another server is writing there right now.
    private func open(
        _ place: BranchPlace,
        _ meta: Meta,
        _ time: Int64
    ) throws(TrackingError) -> BranchWriter {
        if let newest = branches().last {
            do throws(TrackingError) {
                return try BranchWriter.open(place, branch: newest.branch, meta: meta)
            } catch {
                guard case .log(.lockedByAnotherWriter) = error else { throw error }
            }
        }
        return try BranchWriter.create(
            place,
            meta: meta,
            continuing: nil,
            opening: .unknown(before: 0),
            time: time
        )
    }

    private func branches() -> [BranchFiles] {
        BranchFiles.among((try? store.storage.list(directory)) ?? [])
    }
}

/// A project's annotations from wherever they are kept, the newest version of each.
package struct Annotations {
    /// By id.
    package private(set) var byID: [Int64: [UInt8]] = [:]

    package init() {}

    /// Takes in lines of `annotations.jsonl`; later ones replace earlier ones of the same id.
    package mutating func add(_ texts: [[UInt8]]) {
        for text in texts where BurrJSON.isValue(text) {
            if let id = Annotation.id(text) { byID[id] = text }
        }
    }

    /// In the order of their ids.
    package var ordered: [[UInt8]] {
        byID.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The id of the next one.
    package var nextID: Int64 { (byID.keys.max() ?? -1) + 1 }
}
