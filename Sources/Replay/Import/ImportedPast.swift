// SPDX-License-Identifier: Apache-2.0
// What earlier imports of an application have left: how far each file was read.

internal import EventLog
internal import Tracking

/// The end of the newest imported branch of an application.
struct ImportedPast {
    private(set) var branch: BranchID
    /// Bytes of `log.jsonl` that are in the log.
    private(set) var logOffset: UInt64 = 0
    /// Where the last mark stands; what follows it is known from the records themselves.
    private(set) var logMark: UInt64 = 0
    private var logHash: UInt64?
    private(set) var isUnterminated = false
    private(set) var childrenOffset: UInt64 = 0
    private var childrenHash: UInt64?
    private(set) var meta: Meta?
    private var scratch: [UInt8] = []

    /// Looks for an imported branch in an application's folder.
    ///
    /// - Returns: `nil` when nothing has been imported.
    /// - Throws: `ImportError.replay` when the newest one cannot be read.
    static func find(in place: BranchPlace) throws(ImportError) -> ImportedPast? {
        let storage = place.store.storage
        guard let entries = try? storage.list(place.directory) else { return nil }
        for files in BranchFiles.among(entries).reversed() {
            do throws(LogError) {
                let branch = try Branch(files, directory: place.directory, storage: storage)
                guard try branch.meta()?.isImported == true else { continue }
                return try ImportedPast(branch)
            } catch {
                throw .replay(.log(error))
            }
        }
        return nil
    }

    private init(_ branch: Branch) throws(LogError) {
        self.branch = branch.id
        // The last segment in which a mark of the log stands, and all after it.
        let segments = branch.reader.segments
        var start = segments.count - 1
        while start > 0, try !ImportedPast.hasMark(branch, segments[start]) { start -= 1 }
        for segment in segments[start...] {
            var past = self
            _ = try branch.reader.scan(segment: segment.header.segment) { record in
                past.take(record)
                return .proceed
            }
            self = past
        }
    }

    private static func hasMark(_ branch: Branch, _ segment: SegmentFile) throws(LogError) -> Bool {
        let index = try branch.reader.index(of: segment.header.segment)
        return index.counts[Int(RecordType.importMark.rawValue)] > 0
    }

    /// Whether `log.jsonl` still begins with what was read.
    func isPrefix(of folder: BurrFolder, _ storage: any Storage) -> Bool {
        guard let logHash else { return true }
        guard folder.logSize(storage) >= logMark else { return false }
        return (try? ImportedPast.hash(before: logMark, of: folder.logPath, storage)) == logHash
    }

    /// Whether nothing has changed since: no line more, the same graph and metadata.
    func isCurrent(_ folder: BurrFolder, meta: Meta, _ storage: any Storage) -> Bool {
        let children = try? storage.fileSize("\(folder.path)/children.jsonl")
        return isPrefix(of: folder, storage) && folder.logSize(storage) == logOffset
            && (children ?? 0) == childrenOffset && isDescribed(by: meta)
    }

    /// Whether Burr's files still say of the application what the log does.
    private func isDescribed(by meta: Meta) -> Bool {
        guard var stored = self.meta,
            Set(stored.actions.names).isSuperset(of: meta.actions.names)
        else { return false }
        stored.actions = meta.actions
        return stored == meta
    }

    /// XXH64 of the window before an offset, as an import mark holds it.
    static func hash(
        before offset: UInt64,
        of path: String,
        _ storage: any Storage
    ) throws(ImportError) -> UInt64 {
        let count = min(offset, UInt64(ImportMark.window))
        do throws(Errno) {
            let bytes = try FileBytes.read(path, from: offset - count, count: Int(count), storage)
            return XXH64.hash(bytes.rawSpan)
        } catch {
            throw .file(error, path: path)
        }
    }

    /// A record tells by itself how long its line was: a crash between marks repeats nothing.
    private mutating func take(_ record: borrowing RecordView) {
        var reader = ByteReader(record.payload)
        do throws(FormatError) {
            switch record.type {
            case .meta: meta = try Meta(decoding: &reader)
            case .importMark:
                let mark = try ImportMark(decoding: &reader)
                if mark.file == .children {
                    (childrenOffset, childrenHash) = (mark.offset, mark.hash)
                } else {
                    (logOffset, logMark, logHash) = (mark.offset, mark.offset, mark.hash)
                    isUnterminated = mark.isUnterminated
                }
            case .stepBegin, .stepEnd: try takeStep(record)
            case let type where type.isTextLine:
                _ = try reader.zigzag()
                addLine(reader.remaining)
            default: break
            }
        } catch {}
    }

    private mutating func takeStep(_ record: borrowing RecordView) throws(FormatError) {
        var reader = ByteReader(record.payload)
        scratch.removeAll(keepingCapacity: true)
        let actions = meta?.actions ?? ActionNames()
        if record.type == .stepBegin {
            try StepBegin(decoding: &reader, time: record.time, actions: actions)
                .appendLine(to: &scratch)
            addLine(scratch.count)
        } else {
            let end = try StepEnd(decoding: &reader, time: record.time, actions: actions)
            var hasState = false
            end.appendLine(state: { _ in hasState = true }, to: &scratch)
            addLine(scratch.count + (hasState ? Int(clamping: end.stateLength ?? 0) : 0))
        }
    }

    private mutating func addLine(_ count: Int) {
        logOffset += UInt64(count) + 1
    }
}
