// SPDX-License-Identifier: Apache-2.0
// Lines of Burr's log.jsonl into the records of a branch.

internal import EventLog
internal import StateDelta
internal import Tracking

/// Writes lines into an application's branches; opens a new one where sequence ids restart.
struct LineImporter: ~Copyable {
    /// Where and how branches are created.
    let place: BranchPlace
    private(set) var meta: Meta
    private(set) var writer: BranchWriter?
    /// The instant of the last line with a time, for lines without one.
    private(set) var time: Int64
    /// Actions that the graph does not list, or all of them where there is none.
    private var otherActions: [[UInt8]] = []
    private var listIsStale = false
    private var times = EventTimeReader()
    private(set) var stepsAdded = 0
    private(set) var eventsAdded = 0
    private(set) var branchesAdded = 0
    /// The branch that was opened last; the next one sorts behind it.
    private var newest: BranchID?

    /// So many are worth a META of their own each.
    private let actionLimit: Int

    init(place: BranchPlace, meta: Meta, writer: consuming BranchWriter?) {
        self.place = place
        actionLimit = meta.graph == nil ? 256 : meta.graphActionCount + 16
        self.meta = meta
        time = place.store.storage.currentTime
        self.writer = writer
    }

    /// Why a line was not written.
    enum Failure: Error {
        /// It is not JSON, or not JSON that can be stored.
        case line(JSONError)
        /// The log could not be written.
        case log(TrackingError)
    }

    /// Writes a line.
    ///
    /// - Parameter text: the line without its line feed.
    /// - Throws: `Failure`; nothing was written then.
    mutating func add(_ text: Span<UInt8>) throws(Failure) {
        do throws(Failure) {
            try add(try parse(text, validating: false), text, raw: nil)
        } catch .line {
            // What looked canonical is not: look at all of it.
            try add(try parse(text, validating: true), text, raw: nil)
        }
    }

    /// Writes a line whose invalid UTF-8 has been replaced.
    ///
    /// - Parameters:
    ///   - text: the line as it is read.
    ///   - raw: the line as it stands in the file.
    /// - Throws: `Failure`; nothing was written then.
    mutating func add(repaired text: Span<UInt8>, raw: [UInt8]) throws(Failure) {
        try add(try parse(text, validating: true), text, raw: raw)
    }

    private func parse(
        _ text: Span<UInt8>,
        validating: Bool
    ) throws(Failure) -> BurrLine {
        do throws(JSONError) {
            return validating ? try BurrLine(validating: text) : try BurrLine(text)
        } catch {
            throw .line(error)
        }
    }

    private mutating func add(
        _ line: BurrLine,
        _ text: Span<UInt8>,
        raw: [UInt8]?
    ) throws(Failure) {
        switch line {
        case .begin(let begin): try add(begin, text, raw: raw)
        case .end(let end): try add(end, text, raw: raw)
        case .event(let type, let step): try add(type, step: step, text, raw: raw)
        case .other: try add(.line, step: -1, text, raw: raw)
        }
    }

    /// Gives the writer back, for marks and to be closed.
    consuming func finish() -> BranchWriter? {
        writer.take()
    }
}

// MARK: - Steps

extension LineImporter {
    private mutating func add(
        _ begin: BurrLine.Begin,
        _ text: Span<UInt8>,
        raw: [UInt8]?
    ) throws(Failure) {
        var event = StepBegin(
            step: begin.step,
            action: actionName(begin.action, text),
            time: eventTime(begin.time, text)
        )
        if let range = begin.inputs {
            let inputs = text.extracting(range)
            if !inputs.equals("{}") { event.inputs = JSONScanner.compact(inputs.array()) }
        }
        if !begin.isCanonical { event.line = raw ?? text.array() }
        try listActions()
        // A step may end before it begins: then it is no restart.
        let isRestart =
            begin.step <= writer?.lastBegun ?? -1 || begin.step < writer?.lastEnded ?? -1
        try prepare(step: begin.step, isRestart: isRestart)
        do throws(LogError) {
            try writer?.begin(event)
        } catch {
            throw .log(.log(error))
        }
    }

    private mutating func add(
        _ end: BurrLine.End,
        _ text: Span<UInt8>,
        raw: [UInt8]?
    ) throws(Failure) {
        var event = StepEnd(
            step: end.step,
            action: actionName(end.action, text),
            time: eventTime(end.time, text)
        )
        if let range = end.result, !text.extracting(range).equals("{}") {
            event.result = compact(text.extracting(range), isCompact: end.isCanonical)
        }
        if let range = end.exception, !text.extracting(range).equals("null") {
            event.exception = compact(text.extracting(range), isCompact: end.isCanonical)
        }
        try listActions()
        try prepare(step: end.step, isRestart: end.step <= writer?.lastEnded ?? -1)
        guard let range = end.state else {
            event.shape = .verbatim(raw ?? text.array())
            return try write(event, state: [])
        }
        let state = text.extracting(range)
        if end.isCanonical { return try write(event, state: state) }
        let compacted = JSONScanner.compact(state.array())
        if raw == nil, compacted.count == state.count {
            event.shape = .envelope(
                head: text.extracting(0..<range.lowerBound).array(),
                tail: text.extracting(range.upperBound..<text.count).array()
            )
        } else {
            event.shape = .verbatim(raw ?? text.array())
        }
        try write(event, state: compacted.span)
    }

    /// Writes the end of a step.
    ///
    /// - Parameters:
    ///   - event: the step.
    ///   - state: the state's text; empty for a step without one.
    /// - Throws: `Failure`; nothing was written then.
    private mutating func write(_ event: StepEnd, state: Span<UInt8>) throws(Failure) {
        do throws(TrackingError) {
            if state.isEmpty {
                try writer?.end(event, state: nil)
            } else {
                // Safe: bytes have no padding, every one of them is initialised.
                try writer?.end(event, state: unsafe state.bytes)
            }
        } catch .state(let error) {
            throw .line(error)
        } catch {
            throw .log(error)
        }
        stepsAdded += 1
    }

    private mutating func write(_ event: StepEnd, state: [UInt8]) throws(Failure) {
        try write(event, state: state.span)
    }

    private func compact(_ value: Span<UInt8>, isCompact: Bool) -> [UInt8] {
        isCompact ? value.array() : JSONScanner.compact(value.array())
    }

    /// The name behind a JSON string, empty without one; of one array for all records of an action.
    private mutating func actionName(_ range: Range<Int>?, _ text: Span<UInt8>) -> [UInt8] {
        guard let range else { return [] }
        let raw = text.extracting((range.lowerBound + 1)..<(range.upperBound - 1))
        for known in meta.actions.names where raw.hasBytes(known) { return known }
        for known in otherActions where raw.hasBytes(known) { return known }
        let name = JSONString.decode(raw.array())
        if meta.actions.names.count < actionLimit {
            otherActions.append(name)
            listIsStale = true
        }
        return name
    }

    /// Lists actions that the graph does not have, so that their records name them by number.
    private mutating func listActions() throws(Failure) {
        guard listIsStale else { return }
        listIsStale = false
        meta.actions.names += otherActions
        otherActions.removeAll()
        try replaceMeta(meta)
    }

    private mutating func eventTime(_ range: Range<Int>?, _ text: Span<UInt8>) -> EventTime {
        guard let range else { return EventTime(nanoseconds: time) }
        let read = times.read(text.extracting(range), fallback: time)
        time = read.nanoseconds
        return read
    }
}

// MARK: - Other lines

extension LineImporter {
    private mutating func add(
        _ type: RecordType,
        step: Int64,
        _ text: Span<UInt8>,
        raw: [UInt8]?
    ) throws(Failure) {
        try prepare(step: nil, isRestart: false)
        do throws(LogError) {
            if let raw {
                try writer?.event(type, step: step, time: time, text: raw.rawSpan)
            } else {
                // Safe: bytes have no padding, every one of them is initialised.
                try writer?.event(type, step: step, time: time, text: unsafe text.bytes)
            }
        } catch {
            throw .log(.log(error))
        }
        eventsAdded += 1
    }

    /// Writes a text event that is no line of the log: a child, an annotation.
    mutating func addText(_ type: RecordType, step: Int64, _ text: [UInt8]) throws(Failure) {
        try add(type, step: step, text.span, raw: nil)
    }

    /// Takes over what Burr's files say of the application by now.
    mutating func replaceMeta(_ meta: Meta) throws(Failure) {
        let listed = writer?.meta.actions.names ?? []
        self.meta = meta
        // What earlier records name by number stays in the list.
        self.meta.actions.names += listed.filter { !meta.actions.names.contains($0) }
        do throws(LogError) {
            try writer?.replaceMeta(self.meta, time: time)
        } catch {
            throw .log(.log(error))
        }
    }

    /// Writes how far a file has been read.
    mutating func mark(_ mark: ImportMark) throws(Failure) {
        try prepare(step: nil, isRestart: false)
        do throws(LogError) {
            try writer?.mark(mark, time: time)
        } catch {
            throw .log(.log(error))
        }
    }

    /// Sees to it that a branch is open; to a new one where sequence ids restart.
    mutating func prepare(step: Int64?, isRestart: Bool) throws(Failure) {
        guard writer == nil || isRestart else { return }
        let first = step ?? (meta.parent?.step).map { $0 + 1 } ?? 0
        var point: BranchPoint?
        do throws(TrackingError) {
            if let old = writer.take() {
                point = Self.point(before: first, old)
                try old.close()
            }
            let created = try BranchWriter.create(
                place,
                meta: meta,
                continuing: point,
                opening: .unknown(before: first),
                time: time,
                as: try nextBranch()
            )
            newest = created.branch
            writer = consume created
        } catch {
            throw .log(error)
        }
        branchesAdded += 1
    }
}

extension LineImporter {
    /// The point that a branch continues whose first step is `first`, where the last one was `old`.
    ///
    /// A step that is run again and again makes branches beside each other, not a chain of them
    /// without a step of their own on the line.
    private static func point(before first: Int64, _ old: borrowing BranchWriter) -> BranchPoint? {
        guard first > 0 else { return nil }
        if let opening = old.opensAt, first - 1 <= opening {
            return old.continues.map { BranchPoint(branch: $0.branch, step: first - 1) }
        }
        return BranchPoint(branch: old.branch, step: first - 1)
    }

    /// The id of the next branch; `nil` for one behind all that are in the folder.
    private func nextBranch() throws(TrackingError) -> BranchID? {
        guard let newest else { return nil }
        do throws(LogError) {
            return try BranchID.generate(on: place.store.storage, after: newest)
        } catch {
            throw .log(error)
        }
    }
}

extension Span where Element == UInt8 {
    /// Whether these are the bytes of an array.
    func hasBytes(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
