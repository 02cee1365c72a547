// SPDX-License-Identifier: Apache-2.0
// One row of a list for an application that Burr's own tracker writes, without importing it.

package import EventLog
internal import StateDelta
package import Tracking

extension BurrFolder {
    /// What a list shows of the application.
    ///
    /// - Parameters:
    ///   - written: when its log was written last, in nanoseconds since 1970 UTC.
    ///   - storage: where the folder is.
    /// - Returns: the row; times and steps come from both ends of the log.
    /// - Complexity: two reads of 64 KiB, more where lines are longer.
    package func summary(written: Int64, _ storage: any Storage) -> ApplicationSummary {
        let meta = Meta(
            name: name,
            graph: nil,
            metadata: FileBytes.read("\(path)/metadata.json", storage)
        )
        var summary = ApplicationSummary(name: name, status: .empty)
        summary.partitionKey = meta.partitionKey
        summary.parent = meta.parent
        summary.spawningParent = meta.spawningParent
        summary.branchCount = 1
        summary.lastWritten = written
        let size = logSize(storage)
        summary.byteCount = Int64(clamping: size)
        guard let last = lastEntry(size, storage) else { return summary }
        summary.lastStep = last.step
        summary.status = last.status
        let age = storage.currentTime - written
        if last.status == .crashed, age < 60_000_000_000 { summary.status = .running }
        let first = firstEntry(size, storage)
        summary.firstStep = min(first?.step ?? 0, last.step)
        summary.firstWritten = first?.time ?? written
        summary.stepCount = last.step - (summary.firstStep ?? 0) + 1
        return summary
    }

    private struct Entry {
        var step: Int64
        var status: ApplicationStatus
        var time: Int64?
    }

    private func firstEntry(_ size: UInt64, _ storage: any Storage) -> Entry? {
        let count = Int(min(size, 64 << 10))
        guard let bytes = try? FileBytes.read(logPath, from: 0, count: count, storage) else {
            return nil
        }
        for line in bytes.split(separator: 0x0A) {
            if let entry = Self.entry(Array(line)) { return entry }
        }
        return nil
    }

    /// The last line that begins or ends a step.
    private func lastEntry(_ size: UInt64, _ storage: any Storage) -> Entry? {
        var window: UInt64 = 64 << 10
        while true {
            let start = size > window ? size - window : 0
            guard
                let bytes = try? FileBytes.read(
                    logPath,
                    from: start,
                    count: Int(size - start),
                    storage
                )
            else { return nil }
            var lines = bytes.split(separator: 0x0A)
            // The first line of a window may have begun before it.
            if start > 0, !lines.isEmpty { lines.removeFirst() }
            for line in lines.reversed() {
                if let entry = Self.entry(Array(line)) { return entry }
            }
            if start == 0 || window >= 256 << 20 { return nil }
            window *= 8
        }
    }

    private static func entry(_ line: [UInt8]) -> Entry? {
        guard let parsed = try? BurrLine(validating: line.span) else { return nil }
        switch parsed {
        case .begin(let begin):
            return Entry(step: begin.step, status: .crashed, time: time(begin.time, line))
        case .end(let end):
            let isOK = end.exception.map { line.span.extracting($0).equals("null") } ?? true
            return Entry(step: end.step, status: isOK ? .ok : .failed, time: time(end.time, line))
        case .event, .other: return nil
        }
    }

    private static func time(_ range: Range<Int>?, _ line: [UInt8]) -> Int64? {
        guard let range else { return nil }
        let time = EventTime(json: line.span.extracting(range), fallback: -1)
        return time.nanoseconds < 0 ? nil : time.nanoseconds
    }
}
