// SPDX-License-Identifier: Apache-2.0
// The store as the server sees it: what Burr's tracker wrote taken in, and rows that are known.

internal import EventLog
internal import Glibc
package import Replay
package import Tracking

/// The store of a server: its open applications, its catalog, and the summaries that are known.
///
/// A folder that Burr's tracker writes gets segments of ours beside its files, with what is new at
/// each look.
package final class LiveStore: Sendable {
    package let store: Store
    /// Finds projects and applications.
    package let catalog: Catalog
    /// The applications that are open, one place for all of the server.
    package let pool: ApplicationPool
    private let summaries = SummaryCache()
    /// Lists of /api/v1 as they were a moment ago.
    let lists = FreshReplies()

    package init(_ store: Store) {
        self.store = store
        catalog = Catalog(store)
        pool = ApplicationPool(store)
    }

    /// What an application's folder looks like now, after what Burr's tracker wrote was taken in.
    ///
    /// - Throws: ``Problem``: 404 when there is no such application, 500 when it cannot be read.
    /// - Complexity: about ten system calls when nothing has changed.
    package func stamp(of name: ApplicationName) throws(Problem) -> FolderStamp {
        do throws(ImportState) {
            try pool.bringUpToDate(name)
        } catch {
            throw Problem(error, name)
        }
        let directory = store.directory(of: name)
        let stamp: FolderStamp
        do throws(Errno) {
            stamp = try FolderStamp(directory, store)
        } catch {
            if [.noEntry, Errno(ENOTDIR), Errno(ENAMETOOLONG)].contains(error) {
                throw Problem.unknown(name)
            }
            throw Problem(.internalError, code: "unreadable", "\(directory): \(error)")
        }
        guard stamp.hasSegments else { throw Problem.unknown(name) }
        return stamp
    }

    /// A row for each application of a project, in order of their names.
    ///
    /// - Throws: `StoreError` when there is no such project, or it cannot be listed.
    /// - Complexity: three system calls for each application that was not written to.
    package func applications(in project: String) throws(StoreError) -> [ApplicationSummary] {
        let directory = store.directory(project: project)
        guard let folders = try store.folders(in: directory) else {
            throw .noProject(project, known: [])
        }
        let names = folders.map { ApplicationName(project: project, appID: $0.name) }
        summaries.keep(Set(names), of: project)
        return zip(names, folders).map { summaries.summary($0, $1.path, store) }
    }

    /// The row of an application; `nil` when it has no folder.
    ///
    /// - Complexity: three system calls when it was not written to.
    func summary(of name: ApplicationName) -> ApplicationSummary? {
        let directory = store.directory(of: name)
        guard store.exists(directory) else { return nil }
        return summaries.summary(name, directory, store)
    }

    /// The folders of a project's applications, by their names; none where it is not there.
    func folders(of project: String) -> [(name: String, path: String)] {
        ((try? store.folders(in: store.directory(project: project))) ?? nil) ?? []
    }

    /// Whether there is such an application's folder.
    package func exists(_ name: ApplicationName) -> Bool {
        store.exists(store.directory(of: name))
    }
}

extension Problem {
    /// There is no such application.
    package static func unknown(_ name: ApplicationName) -> Problem {
        Problem(
            .notFound,
            code: "unknown-app",
            "App: \(name.appID) from project: \(name.project) not found"
        )
    }
}
