// SPDX-License-Identifier: Apache-2.0
// The store as the server sees it: applications kept open, and followed while they are written.

internal import EventLog
internal import Glibc
package import Replay
internal import Synchronization
package import Tracking

/// Opens applications once and follows them, those of Burr's own tracker included.
///
/// A folder that Burr's tracker writes gets segments of ours beside its files, with what is new at
/// each look.
package final class LiveStore: Sendable {
    package let store: Store
    /// Finds projects and applications.
    package let catalog: Catalog
    private let metrics: Metrics
    private let applications = Mutex<[ApplicationName: OpenApplication]>([:])
    private let uses = Atomic<Int64>(0)
    private let summaries = SummaryCache()

    /// Applications that are kept open.
    private static let limit = 64

    package init(_ store: Store, _ metrics: Metrics = Metrics()) {
        self.store = store
        self.metrics = metrics
        catalog = Catalog(store)
        metrics.describe("burr_damage_found_total", "Damaged or unreadable logs met.")
        metrics.describe("burr_imports_total", "Times new lines of Burr's own logs were read.")
    }

    /// Applications that are open now.
    package var openCount: Int { applications.withLock { $0.count } }

    /// What an application's folder looks like now, after what Burr's tracker wrote was taken in.
    ///
    /// - Throws: ``Problem``: 404 when there is no such application, 500 when it cannot be read.
    /// - Complexity: about ten system calls when nothing has changed.
    package func stamp(of name: ApplicationName) throws -> FolderStamp {
        try application(name).stamp(self)
    }

    /// Reads an application.
    ///
    /// One reader at a time: others wait.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - body: gets its history as it is now, and the stamp of it.
    /// - Returns: what the body returns.
    /// - Throws: ``Problem`` as `stamp`, and what the body throws.
    package func read<Result>(
        _ name: ApplicationName,
        _ body: (History, FolderStamp) throws -> Result
    ) throws -> Result {
        try application(name).read(self, body)
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

    /// Whether there is such an application's folder.
    package func exists(_ name: ApplicationName) -> Bool {
        store.exists(store.directory(of: name))
    }

    /// Bytes of Burr's log that are not taken in yet, as far as is known without reading.
    package func pendingBytes(of name: ApplicationName) -> UInt64 {
        guard let stamp = try? FolderStamp(store.directory(of: name), store), stamp.isBurrs else {
            return 0
        }
        return application(name).pendingBytes(stamp)
    }

    private func application(_ name: ApplicationName) -> OpenApplication {
        let now = uses.add(1, ordering: .relaxed).newValue
        return applications.withLock { applications in
            if let known = applications[name] {
                known.lastUse.store(now, ordering: .relaxed)
                return known
            }
            if applications.count >= Self.limit {
                let oldest = applications.min {
                    $0.value.lastUse.load(ordering: .relaxed)
                        < $1.value.lastUse.load(ordering: .relaxed)
                }
                if let oldest { applications[oldest.key] = nil }
            }
            let fresh = OpenApplication(name, now)
            applications[name] = fresh
            return fresh
        }
    }

    func forget(_ name: ApplicationName) {
        _ = applications.withLock { $0.removeValue(forKey: name) }
    }

    func count(_ metric: String) {
        metrics.count(metric)
    }
}

/// One application: its history, and how far Burr's files were taken in.
private final class OpenApplication: Sendable {
    let lastUse: Atomic<Int64>
    private let name: ApplicationName
    private let lock = Condition()
    // Safety: these are read and changed only while `lock` is held.
    private nonisolated(unsafe) var history: History?
    private nonisolated(unsafe) var seen: FolderStamp?
    private nonisolated(unsafe) var imported: (files: UInt64, bytes: UInt64)?

    init(_ name: ApplicationName, _ now: Int64) {
        self.name = name
        lastUse = Atomic(now)
    }

    func stamp(_ live: LiveStore) throws -> FolderStamp {
        lock.lock()
        defer { lock.unlock() }
        return try follow(live)
    }

    func pendingBytes(_ stamp: FolderStamp) -> UInt64 {
        lock.lock()
        defer { lock.unlock() }
        guard let imported = unsafe imported else { return stamp.hasSegments ? 0 : stamp.logBytes }
        return stamp.logBytes - min(stamp.logBytes, imported.bytes)
    }

    func read<Result>(
        _ live: LiveStore,
        _ body: (History, FolderStamp) throws -> Result
    ) throws -> Result {
        lock.lock()
        defer { lock.unlock() }
        let stamp = try follow(live)
        let history = try open(live, stamp)
        do {
            return try body(history, stamp)
        } catch let error as ReplayError {
            if case .unreadable = error { live.count("burr_damage_found_total") }
            throw error
        }
    }

    /// Takes in what Burr's tracker has written since the last look.
    private func follow(_ live: LiveStore) throws -> FolderStamp {
        let directory = live.store.directory(of: name)
        let stamp = try look(directory, live)
        guard stamp.isBurrs, unsafe imported?.files != stamp.burrFiles else { return stamp }
        let folder = BurrFolder(name: name, path: directory, logPath: "\(directory)/log.jsonl")
        let report = Importer(into: live.store).run(folder)
        live.count("burr_imports_total")
        // Another process may be importing the same: what it has is shown.
        if let failure = report.failure, !stamp.hasSegments {
            throw Problem(.internalError, code: "unreadable", "\(failure)")
        }
        if report.failure == nil { unsafe imported = (stamp.burrFiles, stamp.logBytes) }
        return try look(directory, live)
    }

    private func look(_ directory: String, _ live: LiveStore) throws -> FolderStamp {
        do throws(Errno) {
            return try FolderStamp(directory, live.store)
        } catch {
            live.forget(name)
            if [.noEntry, Errno(ENOTDIR), Errno(ENAMETOOLONG)].contains(error) {
                throw Problem.unknown(name)
            }
            throw Problem(.internalError, code: "unreadable", "\(directory): \(error)")
        }
    }

    private func open(_ live: LiveStore, _ stamp: FolderStamp) throws -> History {
        if let known = unsafe history, let seen = unsafe seen, seen.branches == stamp.branches {
            if seen.contents != stamp.contents { try known.refresh() }
            unsafe self.seen = stamp
            return known
        }
        unsafe history = nil
        guard stamp.hasSegments else { throw Problem.unknown(name) }
        let opened = try History(name, in: live.store)
        if !opened.problems.isEmpty { live.count("burr_damage_found_total") }
        unsafe history = opened
        unsafe seen = stamp
        return opened
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
