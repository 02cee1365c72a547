// SPDX-License-Identifier: Apache-2.0
// One reader of one application, and what it is told.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Synchronization
internal import Tracking

/// Where one stream is in one application.
struct LiveReader {
    let stream: LiveStream
    /// Which of the stream's applications it is.
    private let index: Int
    /// Where it is; `nil` before it was first told anything.
    fileprivate(set) var place: LivePlace?
    /// How many changes of marks it knows; `nil` before they were looked at.
    private var marks: Int?
    /// The last head it was told.
    fileprivate var head: [UInt8] = []
    fileprivate var headAt: Int64 = 0
    /// Whether it was told that the application is gone.
    var isGone = false

    init(_ stream: LiveStream, _ index: Int) {
        self.stream = stream
        self.index = index
        if let start = stream.start { (place, marks) = (start[index], start[index].marks) }
        stream.places.withLock { $0[index] = place }
    }

    /// Moves on, and gives the id of the event that led there.
    fileprivate mutating func move(to place: LivePlace) -> String? {
        var place = place
        place.marks = marks
        self.place = place
        return stream.places.withLock { places in
            places[index] = place
            let known = places.compactMap { $0?.text }
            // Before all applications have been looked at no id can name a place in all.
            return known.count == places.count ? known.joined(separator: ",") : nil
        }
    }

    /// Tells which marks have been set, moved or taken away.
    ///
    /// - Parameters:
    ///   - changes: all that there ever were, the last one last.
    ///   - name: the application they belong to.
    mutating func tell(_ changes: [MarkChange], of name: ApplicationName) {
        guard stream.hasRoom else { return }
        // Fewer than it knows: the marks it knew are gone, with their log.
        let known = marks.map { $0 <= changes.count ? $0 : 0 } ?? changes.count
        marks = known
        var output: [UInt8] = []
        for (number, change) in changes.enumerated().dropFirst(known) {
            marks = number + 1
            let id = place.flatMap { move(to: $0) }
            LiveEvent.append("mark", id, LiveEvent.mark(change, of: name), to: &output)
        }
        stream.append(output)
    }
}

/// Tells the readers of one application what its log has got.
struct LiveTeller {
    private let name: ApplicationName
    private let label: String

    /// So many records behind, a reader is told of a gap instead.
    private static let recordLimit: UInt64 = 20_000
    /// Heads come no faster than this, in nanoseconds.
    private static let headPause: Int64 = 100_000_000

    init(_ name: ApplicationName) {
        self.name = name
        label = PercentCoding.encode(name.project) + "/" + PercentCoding.encode(name.appID)
    }

    /// Tells every reader what is new for it.
    ///
    /// - Parameters:
    ///   - readers: all of the application's readers.
    ///   - app: the application, up to date.
    ///   - batches: what has been read for them.
    /// - Returns: after how many nanoseconds there is more to tell; `nil` for nothing.
    func tell(
        _ readers: inout [ObjectIdentifier: LiveReader],
        _ app: OpenApplication,
        _ batches: inout LiveBatches
    ) -> Int64? {
        var pause: Int64?
        let generation = Hex.text(app.generation)
        let head = headData(app, generation)
        for id in readers.keys {
            guard var reader = readers.removeValue(forKey: id) else { continue }
            defer { readers[id] = reader }
            guard reader.stream.hasRoom else { continue }
            reader.isGone = false
            var output: [UInt8] = []
            enter(&reader, app, generation, &output)
            if tellRecords(&reader, app, generation, &batches, &output) { pause = 0 }
            let now = Clock.now()
            if head != reader.head {
                if now - reader.headAt >= Self.headPause {
                    reader.head = head
                    reader.headAt = now
                    let place = reader.place ?? LivePlace(generation: generation, sequence: 0)
                    let id = reader.move(to: place)
                    LiveEvent.append("head", id, head, to: &output)
                } else {
                    pause = min(pause ?? .max, reader.headAt + Self.headPause - now)
                }
            }
            reader.stream.append(output)
        }
        batches.endRound(readers.values, generation: app.generation)
        return pause
    }

    /// Begins at the present, or says that the place it knows is in another history.
    private func enter(
        _ reader: inout LiveReader,
        _ app: OpenApplication,
        _ generation: String,
        _ output: inout [UInt8]
    ) {
        if reader.place?.generation == generation { return }
        let isKnown = reader.place != nil
        let now = LivePlace(generation: generation, sequence: app.lastSequence)
        let id = reader.move(to: now)
        guard isKnown else { return }
        var json = JSONText()
        json.object { json in
            json.member("app", label)
            json.member("g", generation)
            json.member("head", app.steps.rows.last?.step)
        }
        LiveEvent.append("generation", id, json.bytes, to: &output)
    }

    /// Tells the records behind a reader's place; true when there are more.
    private func tellRecords(
        _ reader: inout LiveReader,
        _ app: OpenApplication,
        _ generation: String,
        _ batches: inout LiveBatches,
        _ output: inout [UInt8]
    ) -> Bool {
        guard let place = reader.place, place.sequence < app.lastSequence else { return false }
        let view = reader.stream.view
        if view == .summary {
            _ = reader.move(to: LivePlace(generation: generation, sequence: app.lastSequence))
            return false
        }
        if app.lastSequence - place.sequence > Self.recordLimit {
            tellGap(&reader, app, place, generation, &output)
            return false
        }
        let batch: LiveBatches.Batch
        do throws(LogError) {
            batch = try batches.events(after: place.sequence, view, app) { event($0, view, app) }
        } catch {
            // Damage: what is behind it is told of by its windows.
            tellGap(&reader, app, place, generation, &output)
            return false
        }
        for (type, data, sequence) in batch.events {
            let here = LivePlace(generation: generation, sequence: sequence)
            LiveEvent.append(type, reader.move(to: here), data, to: &output)
        }
        _ = reader.move(to: LivePlace(generation: generation, sequence: batch.end))
        return batch.isFull
    }

    private func tellGap(
        _ reader: inout LiveReader,
        _ app: OpenApplication,
        _ place: LivePlace,
        _ generation: String,
        _ output: inout [UInt8]
    ) {
        let last = app.steps.rows.last?.step
        let first = app.step(after: place.sequence)
        let now = LivePlace(generation: generation, sequence: app.lastSequence)
        let id = reader.move(to: now)
        guard let last else { return }
        var json = JSONText()
        json.object { json in
            json.member("app", label)
            json.member("from", min(first, last))
            json.member("to", last)
        }
        LiveEvent.append("gap", id, json.bytes, to: &output)
    }

    private func headData(_ app: OpenApplication, _ generation: String) -> [UInt8] {
        var json = JSONText()
        let steps = app.steps
        let isRunning = app.isBeingWritten
        let status =
            if isRunning {
                "running"
            } else if steps.unfinished != nil {
                "crashed"
            } else {
                steps.rows.last.map { $0.hasFailed ? "failed" : "ok" } ?? "empty"
            }
        json.object { json in
            json.member("app", label)
            json.member("g", generation)
            json.member("head", steps.rows.last?.step)
            json.member("lsn", Int(clamping: app.lastSequence))
            json.member("steps", steps.rows.count)
            json.member("errors", steps.failed)
            json.member("status", status)
        }
        return json.bytes
    }
}

// MARK: - Events

extension LiveTeller {
    /// The type and the data of a record's event; `nil` when the view leaves it out.
    private func event(
        _ record: LiveRecord,
        _ view: LiveView,
        _ app: OpenApplication
    ) -> (type: String, data: [UInt8])? {
        var json = JSONText()
        switch record.kind {
        case .begun(let begin):
            json.object { json in
                json.member("app", label)
                json.member("step", begin.step)
                json.member("action", String(decoding: begin.action, as: UTF8.self))
                json.time("start", microseconds: begin.time.microseconds)
            }
            return ("step.begin", json.bytes)
        case .ended(let end, let patch):
            write(end, patch, view, app, &json)
            return ("step.end", json.bytes)
        case .text(let type, let text) where view == .raw:
            json.object { json in
                json.member("app", label)
                json.member("step", record.step)
                json.member("type", type.wireName)
                json.instant("time", record.time)
                json.key("event")
                json.raw(LiveEvent.oneLine(text))
            }
            switch type {
            case .spanBegin, .spanEnd, .attribute, .streamItem:
                return (type.wireName, json.bytes)
            default: return ("event", json.bytes)
            }
        default: return nil
        }
    }

    private func write(
        _ end: StepEnd,
        _ patch: [UInt8]?,
        _ view: LiveView,
        _ app: OpenApplication,
        _ json: inout JSONText
    ) {
        let row = app.steps.row(end.step)
        json.object { json in
            json.member("app", label)
            json.member("step", end.step)
            json.member("action", String(decoding: end.action, as: UTF8.self))
            json.member("status", end.status == .failed ? "failed" : "ok")
            json.time("start", microseconds: row?.start)
            json.member("duration_us", row?.duration)
            json.member("size", end.stateLength.map { Int64(clamping: $0) })
            json.key("changed")
            json.array { json in
                guard let row else { return }
                for key in app.steps.changedKeys(of: row) {
                    json.string(JSONPointer(parts: [app.steps.keys[key]]).description)
                }
            }
            if view == .delta {
                json.key("delta")
                json.raw(patch ?? Array("null".utf8))
            }
        }
    }
}

/// The text of server-sent events.
enum LiveEvent {
    /// Appends one event.
    static func append(
        _ type: String,
        _ id: String?,
        _ data: [UInt8],
        to output: inout [UInt8]
    ) {
        output += "event: \(type)\n".utf8
        if let id { output += "id: \(id)\n".utf8 }
        output += "data: ".utf8
        output += data
        output += "\n\n".utf8
    }

    /// What was done to a mark.
    static func mark(_ change: MarkChange, of name: ApplicationName) -> [UInt8] {
        var json = JSONText()
        let label = PercentCoding.encode(name.project) + "/" + PercentCoding.encode(name.appID)
        json.object { json in
            json.member("app", label)
            switch change {
            case .set(let mark):
                json.key("mark")
                json.mark(mark)
            case .removed(let name): json.member("removed", name)
            }
        }
        return json.bytes
    }

    /// Says that an application was deleted.
    static func gone(_ name: ApplicationName) -> [UInt8] {
        var json = JSONText()
        let label = PercentCoding.encode(name.project) + "/" + PercentCoding.encode(name.appID)
        json.object { $0.member("app", label) }
        var output: [UInt8] = []
        append("gone", nil, json.bytes, to: &output)
        return output
    }

    /// A line of Burr's as JSON without line breaks; null for a blank one.
    static func oneLine(_ text: [UInt8]) -> [UInt8] {
        if text.allSatisfy({ $0 <= 0x20 }) { return Array("null".utf8) }
        return text.contains(0x0D) || text.contains(0x0A) ? JSONScanner.compact(text) : text
    }
}
