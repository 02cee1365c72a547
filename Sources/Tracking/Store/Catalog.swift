// SPDX-License-Identifier: Apache-2.0
// What is in a store: projects and applications, found without reading their logs.

internal import Dispatch
internal import EventLog
internal import Synchronization

/// Lists and finds what is in a store.
///
/// A damaged or strange folder is listed with what is wrong with it and never hides the others.
package struct Catalog: Sendable {
    package let store: Store

    package init(_ store: Store) {
        self.store = store
    }

    /// The names of the projects, in order.
    ///
    /// - Throws: `StoreError.noStore` when there is no such folder.
    package func projects() throws(StoreError) -> [String] {
        guard let folders = try store.folders(in: store.root) else {
            throw .noStore(path: store.root)
        }
        return folders.map(\.name)
    }

    /// The applications of a project, in order of their names.
    ///
    /// - Throws: `StoreError.noProject` when there is no such folder.
    package func names(in project: String) throws(StoreError) -> [ApplicationName] {
        guard let folders = try store.folders(in: store.directory(project: project)) else {
            throw .noProject(project, known: try projects())
        }
        return folders.map { ApplicationName(project: project, appID: $0.name) }
    }

    /// A row for each application of a project, in order of their names.
    ///
    /// - Throws: `StoreError.noProject` when there is no such folder.
    /// - Complexity: about ten system calls for each application, on all cores.
    package func applications(in project: String) throws(StoreError) -> [ApplicationSummary] {
        guard let folders = try store.folders(in: store.directory(project: project)) else {
            throw .noProject(project, known: try projects())
        }
        let share = 256
        let rows = Mutex<[Int: [ApplicationSummary]]>([:])
        DispatchQueue.concurrentPerform(iterations: (folders.count + share - 1) / share) { part in
            let range = part * share..<min(folders.count, (part + 1) * share)
            let found = summaries(of: folders[range], in: project)
            rows.withLock { $0[part] = found }
        }
        return rows.withLock { rows in rows.sorted { $0.key < $1.key }.flatMap(\.value) }
    }

    private func summaries(
        of folders: ArraySlice<(name: String, path: String)>,
        in project: String
    ) -> [ApplicationSummary] {
        var summarizer = Summarizer(store.storage)
        return folders.map { folder in
            summarizer.summary(ApplicationName(project: project, appID: folder.name), folder.path)
        }
    }

    /// A row for one application.
    package func summary(of name: ApplicationName) -> ApplicationSummary {
        var summarizer = Summarizer(store.storage)
        return summarizer.summary(name, store.directory(of: name))
    }

    /// A row for each project, in order of their names.
    ///
    /// - Throws: `StoreError.noStore` when there is no such folder.
    package func projectSummaries() throws(StoreError) -> [ProjectSummary] {
        var rows: [ProjectSummary] = []
        for project in try projects() {
            let applications = try applications(in: project)
            rows.append(
                ProjectSummary(
                    project: project,
                    applicationCount: applications.count,
                    lastWritten: applications.compactMap(\.lastWritten).max(),
                    byteCount: applications.reduce(0) { $0 + $1.byteCount },
                    problemCount: applications.count { $0.problem != nil }
                )
            )
        }
        return rows
    }
}

// MARK: - Finding one

extension Catalog {
    /// Finds the application that a user means.
    ///
    /// - Parameters:
    ///   - text: `project/app`, an app id, a prefix that only one id has, or `-` for
    ///     the one written last.
    ///   - project: the project to look in; `nil` for all.
    /// - Returns: its name.
    /// - Throws: `StoreError.ambiguous` with the candidates, `.noApplication` with close names.
    package func resolve(
        _ text: String,
        project: String? = nil
    ) throws(StoreError) -> ApplicationName {
        let searched = if let project { [project] } else { try projects() }
        if text == "-" { return try mostRecent(in: searched) }
        var names: [ApplicationName] = []
        for project in searched { names += try self.names(in: project) }
        let exact = names.filter { $0.appID == text || $0.description == text }
        if exact.count == 1 { return exact[0] }
        if exact.count > 1 { throw .ambiguous(text, candidates: exact.map(\.description)) }
        let matching = names.filter {
            $0.appID.hasPrefix(text) || $0.description.hasPrefix(text)
        }
        guard !text.isEmpty, !matching.isEmpty else {
            throw .noApplication(text, close: close(to: text, names))
        }
        guard matching.count == 1 else {
            throw .ambiguous(text, candidates: matching.prefix(20).map(\.description))
        }
        return matching[0]
    }

    private func mostRecent(in projects: [String]) throws(StoreError) -> ApplicationName {
        var latest: ApplicationSummary?
        for project in projects {
            for summary in try applications(in: project) {
                guard let time = summary.lastWritten else { continue }
                if time > latest?.lastWritten ?? .min { latest = summary }
            }
        }
        guard let latest else { throw .empty(path: store.root) }
        return latest.name
    }

    /// Up to five names that contain the text, or begin like it.
    private func close(to text: String, _ names: [ApplicationName]) -> [String] {
        let lowered = text.lowercased()
        let containing = names.filter { $0.description.lowercased().contains(lowered) }
        let alike =
            containing.isEmpty
            ? names.filter { $0.appID.lowercased().hasPrefix(lowered.prefix(3)) } : containing
        return alike.prefix(5).map(\.description)
    }
}
