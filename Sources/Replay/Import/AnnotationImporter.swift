// SPDX-License-Identifier: Apache-2.0
// A project's annotations.jsonl into the logs of its applications.

internal import EventLog
internal import Tracking

extension Importer {
    /// Imports a project's annotations; what is already there as it stands is left alone.
    ///
    /// - Parameters:
    ///   - project: the project's name.
    ///   - path: the project's folder.
    /// - Returns: `nil` when there is no such file; else what was done.
    package func annotations(of project: String, at path: String) -> ApplicationImport? {
        let file = "\(path)/annotations.jsonl"
        guard let text = FileBytes.read(file, store.storage) else { return nil }
        var report = ApplicationImport(name: ApplicationName(project: project, appID: ""))
        var perApplication: [String: [[UInt8]]] = [:]
        var offset: UInt64 = 0
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            defer { offset += UInt64(line.count) + 1 }
            if line.isEmpty { continue }
            let note = Array(line)
            if BurrJSON.isValue(note), let appID = Annotation.appID(note) {
                perApplication[appID, default: []].append(note)
            } else {
                report.add(
                    ImportProblem(
                        file: file,
                        offset: offset,
                        byteCount: line.count,
                        reason: "not an annotation"
                    )
                )
            }
        }
        for (appID, notes) in perApplication.sorted(by: { $0.key < $1.key }) {
            let name = ApplicationName(project: project, appID: appID)
            do throws(ImportError) {
                report.eventsAdded += try add(notes, to: name)
            } catch {
                report.notes.append("\(file): annotations of \(name) were not imported: \(error)")
            }
        }
        return report
    }

    /// Adds the annotations that an application does not have as they stand.
    private func add(_ notes: [[UInt8]], to name: ApplicationName) throws(ImportError) -> Int {
        let place = place(directory: store.directory(of: name))
        var known: [Int64: [UInt8]] = [:]
        let branch: BranchID
        let meta: Meta
        do throws(ReplayError) {
            let history = try History(name, in: store)
            for record in try history.texts(.annotation) {
                if let id = Annotation.id(record.text) { known[id] = record.text }
            }
            branch = history.newest.id
            meta = try history.meta() ?? Meta(name: name)
        } catch {
            throw .replay(error)
        }
        let new = notes.filter { note in Annotation.id(note).map { known[$0] != note } ?? true }
        guard !new.isEmpty else { return 0 }
        do throws(TrackingError) {
            var writer = try BranchWriter.open(place, branch: branch, meta: meta)
            let time = store.storage.currentTime
            for note in new {
                do throws(LogError) {
                    try writer.event(
                        .annotation,
                        step: Annotation.step(note) ?? -1,
                        time: time,
                        text: note.rawSpan
                    )
                } catch {
                    throw .log(error)
                }
            }
            try writer.close()
        } catch {
            throw .tracking(error)
        }
        return new.count
    }
}
