// SPDX-License-Identifier: Apache-2.0
// One row of a list of applications, from the two ends of its newest log.

internal import EventLog

/// Gathers summaries; one value serves many applications.
struct Summarizer: ~Copyable {
    private let storage: any Storage
    private var head = SegmentHead()
    private var tail = SegmentTail()

    init(_ storage: any Storage) {
        self.storage = storage
    }

    /// Summarizes an application's folder.
    ///
    /// What is wrong with it stands in the summary.
    ///
    /// - Complexity: about ten system calls, whatever the length of the log.
    mutating func summary(_ name: ApplicationName, _ directory: String) -> ApplicationSummary {
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try storage.list(directory)
        } catch {
            return ApplicationSummary(name: name, status: .unreadable, problem: "\(error)")
        }
        let branches = BranchFiles.among(entries)
        guard let newest = branches.last else { return strange(name, entries) }
        var summary = ApplicationSummary(name: name, status: .empty)
        summary.branchCount = branches.count
        do throws(LogError) {
            try fill(&summary, newest, branches, directory)
        } catch {
            summary.status = .unreadable
            summary.problem = "\(error)"
        }
        return summary
    }

    /// A folder without a log of ours.
    private func strange(
        _ name: ApplicationName,
        _ entries: [DirectoryEntry]
    ) -> ApplicationSummary {
        if entries.contains(where: { $0.name == "log.jsonl" || $0.name == "children.jsonl" }) {
            return ApplicationSummary(name: name, status: .notImported)
        }
        return ApplicationSummary(
            name: name,
            status: .unreadable,
            problem: "the folder holds no log"
        )
    }

    private mutating func fill(
        _ summary: inout ApplicationSummary,
        _ newest: BranchFiles,
        _ branches: [BranchFiles],
        _ directory: String
    ) throws(LogError) {
        let last = try open(newest, newest.segments[newest.segments.count - 1], directory)
        var base = last
        if newest.segments.count > 1 { base = try open(newest, newest.segments[0], directory) }
        let openedAt = try fillHead(&summary, last)
        summary.byteCount = try size(of: branches, last, directory)
        if branches.count > 1 {
            let oldest = try open(branches[0], branches[0].segments[0], directory)
            summary.firstWritten = try firstTime(oldest)
        } else {
            summary.firstWritten = newest.segments.count > 1 ? try firstTime(base) : openedAt
        }
        let firstBase = try lineBase(base, branches, directory)
        try fillTail(&summary, last, newest, directory)
        if let lastStep = summary.lastStep {
            // A damaged header may say anything.
            summary.firstStep = firstBase &+ 1
            summary.stepCount = max(0, lastStep &- firstBase)
        }
        if !last.isSealed, isLocked(last) { summary.status = .running }
    }

    private func open(
        _ files: BranchFiles,
        _ segment: UInt64,
        _ directory: String
    ) throws(LogError) -> SegmentFile {
        try SegmentFile.open(
            SegmentName(branch: files.branch, number: segment),
            in: directory,
            on: storage
        )
    }

    /// Takes over what META says.
    ///
    /// - Returns: its time.
    private mutating func fillHead(
        _ summary: inout ApplicationSummary,
        _ segment: SegmentFile
    ) throws(LogError) -> Int64? {
        var meta: Meta?
        var time: Int64?
        _ = try head.visitFirstRecord(of: segment) { record in
            time = record.time
            var reader = ByteReader(record.payload)
            meta = try? Meta(decoding: &reader)
        }
        guard let meta else { throw .damaged(path: segment.path, offset: 512) }
        summary.partitionKey = meta.partitionKey
        summary.parent = meta.parent
        summary.spawningParent = meta.spawningParent
        return time
    }

    private mutating func firstTime(_ segment: SegmentFile) throws(LogError) -> Int64? {
        var time: Int64?
        _ = try head.visitFirstRecord(of: segment) { time = $0.time }
        return time
    }

    /// The step before the first one of the newest branch's line.
    private func lineBase(
        _ segment: SegmentFile,
        _ branches: [BranchFiles],
        _ directory: String
    ) throws(LogError) -> Int64 {
        var current = segment.header
        for _ in branches {
            guard let parent = current.parent,
                let files = branches.first(where: { $0.branch == parent.branch })
            else { break }
            current = try open(files, files.segments[0], directory).header
        }
        return current.baseStep
    }

    private mutating func fillTail(
        _ summary: inout ApplicationSummary,
        _ last: SegmentFile,
        _ newest: BranchFiles,
        _ directory: String
    ) throws(LogError) {
        for number in newest.segments.reversed() {
            let isLast = number == newest.segments[newest.segments.count - 1]
            let segment = isLast ? last : try open(newest, number, directory)
            var end = TailEnd()
            var wanted = 4
            while true {
                end = TailEnd()
                let found = try tail.visitLastRecords(of: segment, minimum: wanted) { end.take($0) }
                if end.status != nil || found < wanted { break }
                wanted *= 4
            }
            summary.lastWritten = summary.lastWritten ?? end.time
            guard let status = end.status else { continue }
            summary.status = status
            summary.lastStep = end.step
            return
        }
        // Nothing happened on this branch: it stands where it began.
        if last.header.baseStep >= 0 { summary.lastStep = last.header.baseStep }
    }

    private func size(
        of branches: [BranchFiles],
        _ last: SegmentFile,
        _ directory: String
    ) throws(LogError) -> Int64 {
        var bytes: UInt64 = 0
        for files in branches {
            for number in files.segments {
                if files.branch == last.header.branch, number == last.header.segment {
                    bytes += last.size
                    continue
                }
                let name = SegmentName(branch: files.branch, number: number)
                let path = name.path(in: directory)
                do throws(Errno) {
                    bytes += try storage.fileSize(path) ?? 0
                } catch {
                    throw .io(error, .read, path: path)
                }
            }
        }
        return Int64(clamping: bytes)
    }

    private func isLocked(_ segment: SegmentFile) -> Bool {
        do throws(Errno) { return try segment.file.handle.isLockedByAnother() } catch {
            return false
        }
    }
}

/// What the last records of a segment tell.
private struct TailEnd {
    var status: ApplicationStatus?
    var step: Int64?
    var time: Int64?

    mutating func take(_ record: borrowing RecordView) {
        var reader = ByteReader(record.payload)
        switch record.type {
        case .stepBegin:
            guard (try? reader.varint()) != nil, let begun = try? reader.step() else { return }
            (status, step) = (.crashed, begun)
        case .stepEnd:
            guard let place = try? StepEnd.locateDelta(&reader) else { return }
            status = place.hasFailed ? .failed : .ok
            step = max(step ?? place.step, place.step)
        case .syncMark, .session, .meta, .snapshot, .snapshotPart: return
        default: break
        }
        time = max(time ?? record.time, record.time)
    }
}
