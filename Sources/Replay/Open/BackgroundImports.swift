// SPDX-License-Identifier: Apache-2.0
// Burr's own logs, imported as they grow: so an unchanged Burr program is time-travelled too.

internal import EventLog
internal import Glibc
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

    /// Small segments: each import reads the last one anew, while a program waits to be seen live.
    private static let options = LogOptions(
        durability: .buffered(maxDelay: .milliseconds(250)),
        segmentTarget: 2 << 20
    )

    /// What is known of one application.
    private struct Job {
        /// What Burr's files were when they were imported last.
        var files: BurrFiles?
        var isRunning = false
        var failure: ImportError?
        /// When it may be looked at again, on the monotonic clock.
        var notBefore: Int64 = 0
    }

    init(into store: Store) {
        self.store = store
    }

    /// How often something was imported.
    var count: UInt64 { imported.load(ordering: .relaxed) }
    private let imported = Atomic<UInt64>(0)

    /// Imports what is new.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - patience: how long to wait for the import at most, in nanoseconds.
    ///   - isEager: whether what came right after an import is imported at once, too.
    /// - Throws: `ImportState` when there is nothing to be read yet.
    /// - Complexity: four system calls when nothing is new.
    func bringUpToDate(
        _ name: ApplicationName,
        patience: Int64,
        isEager: Bool = false
    ) throws(ImportState) {
        let directory = store.directory(of: name)
        let files = BurrFiles(in: directory)
        guard files.areAny, files.haveLines || !hasLog(directory) else { return }
        guard begin(name, directory, files, isEager: isEager) else {
            // Too early to try again: what went wrong still is what there is to say.
            guard let failure = jobs.withLock({ $0[name]?.failure }), !hasLog(directory) else {
                return
            }
            throw .failed(failure)
        }
        let (end, overflow) = Condition.now.addingReportingOverflow(patience)
        let deadline = overflow ? .max : end
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
        let files = BurrFiles(in: store.directory(of: name))
        guard files.haveLines else { return false }
        return jobs.withLock { jobs in jobs[name].map { $0.isRunning || $0.files != files } ?? true
        }
    }

    /// Bytes of Burr's log that are not taken in yet, as far as is known without reading.
    func pendingBytes(of name: ApplicationName) -> UInt64 {
        let directory = store.directory(of: name)
        let log = BurrFiles(in: directory).log.size
        guard log > 0 else { return 0 }
        guard let known = jobs.withLock({ $0[name]?.files }) else {
            return hasLog(directory) ? 0 : log
        }
        return log - min(log, known.log.size)
    }

    /// Begins an import, unless nothing is new or one has just been.
    ///
    /// - Returns: whether there is one to wait for.
    private func begin(
        _ name: ApplicationName,
        _ directory: String,
        _ files: BurrFiles,
        isEager: Bool
    ) -> Bool {
        let isNew = jobs.withLock { jobs -> Bool? in
            var job = jobs[name] ?? Job()
            if job.isRunning { return false }
            if job.files == files { return nil }
            if Condition.now < job.notBefore, !isEager || job.failure != nil { return nil }
            job.isRunning = true
            jobs[name] = job
            return true
        }
        guard let isNew else { return false }
        guard isNew else { return true }
        let folder = BurrFolder(name: name, path: directory, logPath: "\(directory)/log.jsonl")
        let body = ThreadBody(name: "burr-import") { [self] in run(folder, files) }
        if !body.start() { run(folder, files) }
        return true
    }

    private func run(_ folder: BurrFolder, _ files: BurrFiles) {
        let started = Condition.now
        let report = Importer(into: store, options: Self.options).run(folder)
        let elapsed = Condition.now - started
        imported.add(1, ordering: .relaxed)
        condition.lock()
        jobs.withLock { jobs in
            var job = Job()
            // A failure is tried again later, also where the file has not grown.
            job.files = report.failure == nil ? files : nil
            job.failure = report.failure
            let pause = report.failure == nil ? elapsed * 2 : max(elapsed * 2, 1_000_000_000)
            job.notBefore = Condition.now + pause
            jobs[folder.name] = job
        }
        condition.broadcast()
        condition.unlock()
    }

    private func hasLog(_ directory: String) -> Bool {
        guard let entries = try? store.storage.list(directory) else { return false }
        return !BranchFiles.among(entries).isEmpty
    }
}

/// The files that Burr's tracker writes, as far as their change is seen from outside.
private struct BurrFiles: Equatable {
    /// One file.
    struct Stamp: Equatable {
        var size: UInt64 = 0
        private var seconds = 0
        private var nanoseconds = 0

        init(_ path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return }
            size = UInt64(clamping: status.st_size)
            seconds = Int(status.st_mtim.tv_sec)
            nanoseconds = Int(status.st_mtim.tv_nsec)
        }
    }

    let log: Stamp
    private let children: Stamp
    private let graph: Stamp
    private let metadata: Stamp

    init(in directory: String) {
        log = Stamp("\(directory)/log.jsonl")
        children = Stamp("\(directory)/children.jsonl")
        graph = Stamp("\(directory)/graph.json")
        metadata = Stamp("\(directory)/metadata.json")
    }

    /// Whether there is anything of an application; our own tracker leaves an empty log.
    var areAny: Bool { [log, children, graph, metadata].contains { $0.size > 0 } }

    /// Whether there are lines, of steps or of children.
    var haveLines: Bool { log.size > 0 || children.size > 0 }
}
