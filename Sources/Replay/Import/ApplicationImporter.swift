// SPDX-License-Identifier: Apache-2.0
// One application folder of Burr's into its log: what is new, and nothing twice.

internal import EventLog
internal import StateDelta
internal import Tracking

/// Imports one application folder.
struct ApplicationImporter: ~Copyable {
    private let folder: BurrFolder
    private let storage: any Storage
    private let place: BranchPlace
    private let meta: Meta
    private var report: ApplicationImport
    private var lines: LineImporter
    /// How far `log.jsonl` has been read.
    private var consumed: UInt64 = 0
    private var markedAt: UInt64 = 0
    private var lastIsUnterminated = false

    /// Bytes of log between two marks: what a crash makes the next import look at again.
    private static let markSpacing: UInt64 = 16 << 20

    /// Begins, or goes on from what earlier imports left.
    ///
    /// - Parameters:
    ///   - folder: Burr's folder.
    ///   - place: where the application's branches are.
    ///   - meta: what Burr's files say of it.
    ///   - past: what earlier imports left.
    /// - Throws: `ImportError` when the log cannot be opened.
    init(
        folder: BurrFolder,
        place: BranchPlace,
        meta: Meta,
        past: ImportedPast?
    ) throws(ImportError) {
        self.folder = folder
        self.place = place
        self.meta = meta
        storage = place.store.storage
        report = ApplicationImport(name: folder.name)
        guard let past else {
            lines = LineImporter(place: place, meta: meta, writer: nil)
            return
        }
        guard past.isPrefix(of: folder, storage) else {
            report.notes.append("\(folder.logPath) was replaced: imported anew, as a branch")
            lines = LineImporter(place: place, meta: meta, writer: nil)
            return
        }
        do throws(TrackingError) {
            let writer = try BranchWriter.open(place, branch: past.branch, meta: meta)
            lines = LineImporter(place: place, meta: meta, writer: writer)
        } catch {
            throw .tracking(error)
        }
        consumed = past.logOffset
        markedAt = past.logMark
        lastIsUnterminated = past.isUnterminated
    }

    /// Imports what is new and closes the log.
    ///
    /// - Parameters:
    ///   - childrenFrom: how far `children.jsonl` has been read before.
    ///   - progress: called with the bytes read since the last call.
    /// - Returns: what was done; a failure stands in the report, what came before it is in the log.
    consuming func run(
        childrenFrom: UInt64,
        progress: (UInt64) -> Void
    ) -> ApplicationImport {
        do throws(ImportError) {
            try replaceMeta()
            try importLog(progress)
            try importChildren(from: childrenFrom)
            // A folder without a single line still is an application.
            try write { lines throws(LineImporter.Failure) in
                try lines.prepare(step: nil, isRestart: false)
            }
        } catch {
            report.failure = error
        }
        report.stepsAdded = lines.stepsAdded
        report.eventsAdded = lines.eventsAdded
        report.branchesAdded = lines.branchesAdded
        let report = report
        if let writer = lines.finish() {
            do throws(TrackingError) {
                try writer.close()
            } catch {
                var failed = report
                failed.failure = report.failure ?? .tracking(error)
                return failed
            }
        }
        return report
    }

    private mutating func replaceMeta() throws(ImportError) {
        let meta = meta
        try write { lines throws(LineImporter.Failure) in try lines.replaceMeta(meta) }
    }

    /// Runs a write, with its failure as an error of the import.
    private mutating func write(
        _ body: (inout LineImporter) throws(LineImporter.Failure) -> Void
    ) throws(ImportError) {
        do throws(LineImporter.Failure) {
            try body(&lines)
        } catch {
            switch error {
            case .line(let error): throw .tracking(.state(error))
            case .log(let error): throw .tracking(error)
            }
        }
    }
}

// MARK: - log.jsonl

extension ApplicationImporter {
    private mutating func importLog(_ progress: (UInt64) -> Void) throws(ImportError) {
        guard folder.logSize(storage) > consumed else { return }
        var reader = try LineReader(path: folder.logPath, offset: consumed, storage: storage)
        let begin = consumed
        var reported = consumed
        var passedOver = report.problemCount
        while let line = try reader.next() {
            if lastIsUnterminated, line.range.isEmpty, line.isTerminated {
                // When it was read, only the line feed of the last line was missing.
                lastIsUnterminated = false
            } else if try importLine(reader.buffer.span.extracting(line.range), line) {
                lastIsUnterminated = !line.isTerminated
            } else {
                break
            }
            consumed = line.end
            if consumed - reported >= 1 << 20 {
                progress(consumed - reported)
                reported = consumed
            }
            // What was passed over leaves no record that tells its length.
            if consumed - markedAt >= Self.markSpacing || report.problemCount > passedOver {
                try markLog()
                passedOver = report.problemCount
            }
        }
        progress(consumed - reported)
        report.bytesRead = consumed - begin
        if consumed > markedAt { try markLog() }
    }

    private mutating func markLog() throws(ImportError) {
        let mark = ImportMark(
            file: .log,
            offset: consumed,
            hash: try ImportedPast.hash(before: consumed, of: folder.logPath, storage),
            isUnterminated: lastIsUnterminated
        )
        try write { lines throws(LineImporter.Failure) in try lines.mark(mark) }
        markedAt = consumed
    }

    /// Imports one line.
    ///
    /// - Returns: false for an incomplete last line, which is left for the next import.
    private mutating func importLine(
        _ text: Span<UInt8>,
        _ line: LineReader.Line
    ) throws(ImportError) -> Bool {
        do throws(LineImporter.Failure) {
            try lines.add(text)
            return true
        } catch {
            switch error {
            case .log(let error): throw .tracking(error)
            case .line(let error):
                guard line.isTerminated else {
                    report.notes.append(
                        "\(folder.logPath) ends within a line at byte \(line.offset) "
                            + "(\(text.count) bytes): left for the next import"
                    )
                    return false
                }
                try importBroken(text, line, error)
                return true
            }
        }
    }

    /// A line that is no JSON: its bad UTF-8 is replaced, or its last whole entry salvaged.
    private mutating func importBroken(
        _ text: Span<UInt8>,
        _ line: LineReader.Line,
        _ error: JSONError
    ) throws(ImportError) {
        let raw = text.array()
        let repaired = JSONScanner.repairUTF8(raw)
        if repaired.replaced > 0,
            try addIfWhole({ lines throws(LineImporter.Failure) in
                try lines.add(repaired: repaired.bytes.span, raw: raw)
            })
        {
            report.notes.append(
                "\(folder.logPath) at byte \(line.offset): \(repaired.replaced) pieces that are "
                    + "not UTF-8 read as U+FFFD"
            )
            return
        }
        if let start = BrokenLine.lastEntry(raw),
            try addIfWhole({
                lines throws(LineImporter.Failure) in
                try lines.add(raw.span.extracting(start..<raw.count))
            })
        {
            pass(line.offset, start, "half a line, then a whole one: \(error)")
            return
        }
        pass(line.offset, raw.count, "\(error)")
    }

    private mutating func addIfWhole(
        _ body: (inout LineImporter) throws(LineImporter.Failure) -> Void
    ) throws(ImportError) -> Bool {
        do throws(LineImporter.Failure) {
            try body(&lines)
            return true
        } catch {
            switch error {
            case .line: return false
            case .log(let error): throw .tracking(error)
            }
        }
    }

    private mutating func pass(_ offset: UInt64, _ count: Int, _ reason: String) {
        report.add(
            ImportProblem(
                file: folder.logPath,
                offset: offset,
                byteCount: count,
                reason: reason
            )
        )
    }
}

// MARK: - children.jsonl

extension ApplicationImporter {
    private mutating func importChildren(from start: UInt64) throws(ImportError) {
        let path = "\(folder.path)/children.jsonl"
        guard let size = try? storage.fileSize(path), size > start else { return }
        var reader = try LineReader(path: path, offset: start, storage: storage)
        var end = start
        while let line = try reader.next() {
            guard line.isTerminated else { break }
            let text = reader.buffer.span.extracting(line.range).array()
            if BurrJSON.isValue(text) {
                let step = LineMembers(text.span).integer("sequence_id", in: text.span) ?? -1
                try write { lines throws(LineImporter.Failure) in
                    try lines.addText(.child, step: step, text)
                }
            } else {
                report.add(
                    ImportProblem(
                        file: path,
                        offset: line.offset,
                        byteCount: text.count,
                        reason: "not JSON"
                    )
                )
            }
            end = line.end
        }
        guard end > start else { return }
        let mark = ImportMark(
            file: .children,
            offset: end,
            hash: try ImportedPast.hash(before: end, of: path, storage),
            isUnterminated: false
        )
        try write { lines throws(LineImporter.Failure) in try lines.mark(mark) }
    }
}

/// Looking into a line that is not JSON.
enum BrokenLine {
    /// Where the last entry of Burr's begins that stands behind something else in a line.
    ///
    /// A writer that died within a line leaves half of it; the next one's first line is glued to
    /// it.
    static func lastEntry(_ line: [UInt8]) -> Int? {
        let opening = Array("{\"type\":\"".utf8)
        guard line.count > opening.count else { return nil }
        for start in stride(from: line.count - opening.count, to: 0, by: -1)
        where line[start] == opening[0] && line[start...].starts(with: opening) {
            if BurrJSON.isValue(Array(line[start...])) { return start }
        }
        return nil
    }
}
