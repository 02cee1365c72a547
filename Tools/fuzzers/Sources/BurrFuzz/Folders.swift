// SPDX-License-Identifier: Apache-2.0
// Targets that read files, as users' commands do.

import EventLog
import Glibc
import Replay
import StateDelta
import Tracking

/// A folder of this process, emptied for each input.
struct WorkFolder {
    let path: String

    init() {
        path = "/dev/shm/burr-fuzz-\(getpid())"
        make(path)
    }

    func make(_ folder: String) {
        guard (try? FileSystem().makeDirectories(folder)) != nil else {
            return promise(false, "cannot make \(folder)")
        }
    }

    func empty(_ folder: String) {
        for entry in (try? FileSystem().list(folder)) ?? [] {
            let child = "\(folder)/\(entry.name)"
            if entry.kind == .directory {
                empty(child)
                _ = unsafe rmdir(child)
            } else {
                _ = unsafe unlink(child)
            }
        }
    }

    func write(_ bytes: [UInt8], to file: String) {
        guard let handle = try? FileSystem().open(file, .createNew) else {
            return promise(false, "cannot make \(file)")
        }
        unsafe bytes.withUnsafeBytes { _ = try? unsafe handle.pwrite($0, at: 0) }
    }
}

/// An application of one segment.
struct SegmentFolder {
    private let folder = WorkFolder()
    private let name = ApplicationName(project: "p", appID: "a")

    /// Reads a segment in every way there is, then goes on writing it.
    func check(_ bytes: [UInt8]) {
        folder.empty(folder.path)
        let store = Store(root: folder.path)
        let directory = store.directory(of: name)
        folder.make(directory)
        folder.write(bytes, to: "\(directory)/\(SegmentName(branch: Fixing.branch, number: 0))")
        let found = Verification.check(
            Fixing.branch,
            directory: directory,
            store: store,
            deep: true
        )
        guard let history = try? History(name, in: store) else {
            return promise(found.verdict != .clean, "clean, and replay refuses it")
        }
        read(history, found)
        write(store, directory)
    }

    private func read(_ history: History, _ found: BranchVerification) {
        let line = history.line(of: history.newest)
        var given: [Int64: [UInt8]] = [:]
        var last: Int64?
        var isAscending = true
        try? history.eachState(line, 0...Int64.max) { step in
            if let last, last >= step.step { isAscending = false }
            last = step.step
            if let state = step.state { given[step.step] = state.text() }
            return true
        }
        try? history.eachRow(line) { _ in true }
        guard found.verdict == .clean, isAscending else { return }
        for range in found.replayable {
            for step in range.clamped(to: 0...1_000_000).prefix(16) {
                let result = try? history.newest.walk(to: step, side: .after)
                guard case .state(let cursor) = result else {
                    promise(false, "step \(step) verifies and is not replayed")
                    continue
                }
                guard let text = given[step] else { continue }
                promise(cursor.text() == text, "two states of step \(step)")
            }
        }
    }

    private func write(_ store: Store, _ directory: String) {
        let place = BranchPlace(
            store: store,
            directory: directory,
            options: LogOptions(durability: .os),
            program: "fuzz"
        )
        do {
            let writer = try BranchWriter.open(place, branch: Fixing.branch, meta: Meta(name: name))
            try writer.close()
        } catch {}
    }
}

/// An application as Burr writes it.
struct LinesFolder {
    private let folder = WorkFolder()

    /// Imports lines; what was imported is whole.
    func check(_ bytes: [UInt8]) {
        folder.empty(folder.path)
        let source = "\(folder.path)/burr"
        folder.make("\(source)/p/a")
        folder.write(bytes, to: "\(source)/p/a/log.jsonl")
        let store = Store(root: "\(folder.path)/store")
        guard let burr = try? BurrSource(at: source, for: store) else { return }
        for found in burr.folders {
            _ = Importer(into: store).run(found)
            let branches = try? Verification.run(found.name, in: store, deep: true)
            for branch in branches ?? [] {
                promise(branch.verdict == .clean, "an imported log is \(branch.verdict)")
            }
        }
    }
}
