// SPDX-License-Identifier: Apache-2.0
// Burr's own logs, imported as they grow: so an unchanged Burr program is time-travelled too.

internal import EventLog
internal import Synchronization
internal import Tracking

/// Why an application could not be imported so far.
package enum ImportState: Error, Sendable {
    /// It is being imported: ask again in a moment.
    case running
    case failed(ImportError)
}

/// Imports what Burr's tracker has written into an application's folder.
final class BackgroundImports: Sendable {
    private let store: Store
    private let condition = Condition()
    private let jobs = Mutex<[ApplicationName: Job]>([:])

    /// What is known of one application.
    private struct Job {
        /// Bytes of `log.jsonl` and of `children.jsonl` when it was imported last.
        var sizes: Sizes?
        var isRunning = false
        var failure: ImportError?
        /// When it may be looked at again, on the monotonic clock.
        var notBefore: Int64 = 0
    }

    private struct Sizes: Equatable {
        var log: UInt64
        var children: UInt64
    }

    init(into store: Store) {
        self.store = store
    }

    /// Imports what is new.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - patience: how long to wait for the import at most, in nanoseconds.
    /// - Throws: `ImportState` when there is nothing to be read yet.
    /// - Complexity: three system calls when nothing is new.
    func bringUpToDate(_ name: ApplicationName, patience: Int64) throws(ImportState) {
        let directory = store.directory(of: name)
        let sizes = sizes(in: directory)
        guard sizes.log > 0 || sizes.children > 0 else { return }
        guard begin(name, directory, sizes) else { return }
        let deadline = Condition.now + patience
        condition.lock()
        while jobs.withLock({ $0[name]?.isRunning == true }), Condition.now < deadline {
            condition.wait(until: deadline)
        }
        condition.unlock()
        let job = jobs.withLock { $0[name] }
        // What was imported before can be shown, whatever became of the rest.
        if hasLog(directory) { return }
        if job?.isRunning == true { throw .running }
        if let failure = job?.failure { throw .failed(failure) }
    }

    /// Whether there are lines that wait for their import.
    func isBehind(_ name: ApplicationName) -> Bool {
        let sizes = sizes(in: store.directory(of: name))
        guard sizes.log > 0 || sizes.children > 0 else { return false }
        return jobs.withLock { jobs in jobs[name].map { $0.isRunning || $0.sizes != sizes } ?? true
        }
    }

    private func sizes(in directory: String) -> Sizes {
        Sizes(
            log: size("\(directory)/log.jsonl"),
            children: size("\(directory)/children.jsonl")
        )
    }

    /// Begins an import, unless nothing is new or one has just been.
    ///
    /// - Returns: whether there is one to wait for.
    private func begin(_ name: ApplicationName, _ directory: String, _ sizes: Sizes) -> Bool {
        let isNew = jobs.withLock { jobs -> Bool? in
            var job = jobs[name] ?? Job()
            if job.isRunning { return false }
            if job.sizes == sizes || Condition.now < job.notBefore { return nil }
            job.isRunning = true
            jobs[name] = job
            return true
        }
        guard let isNew else { return false }
        guard isNew else { return true }
        let folder = BurrFolder(name: name, path: directory, logPath: "\(directory)/log.jsonl")
        let body = ThreadBody(name: "burr-import") { [self] in run(folder, sizes) }
        if !body.start() { run(folder, sizes) }
        return true
    }

    private func run(_ folder: BurrFolder, _ sizes: Sizes) {
        let started = Condition.now
        let report = Importer(into: store).run(folder)
        let elapsed = Condition.now - started
        condition.lock()
        jobs.withLock { jobs in
            var job = Job()
            // A failure is tried again later, also where the file has not grown.
            job.sizes = report.failure == nil ? sizes : nil
            job.failure = report.failure
            let pause = report.failure == nil ? elapsed * 2 : max(elapsed * 2, 1_000_000_000)
            job.notBefore = Condition.now + pause
            jobs[folder.name] = job
        }
        condition.broadcast()
        condition.unlock()
    }

    private func size(_ path: String) -> UInt64 {
        do throws(Errno) { return try store.storage.fileSize(path) ?? 0 } catch { return 0 }
    }

    private func hasLog(_ directory: String) -> Bool {
        guard let entries = try? store.storage.list(directory) else { return false }
        return !BranchFiles.among(entries).isEmpty
    }
}
