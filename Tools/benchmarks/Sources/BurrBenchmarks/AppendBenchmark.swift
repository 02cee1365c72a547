// Records appended to a log by one thread.

internal import EventLog

/// Measures `append` from the first record to the flush after the last.
func appendRecords(_ options: Options) throws -> Answer {
    let prose = try Prose(path: try options.text("text"))
    let payload = try options.number("payload")
    let count = try options.number("count")
    let settings = LogOptions(durability: try durability(options.text("mode")))
    let log = Log(try newLog(in: try options.text("dir"), settings))
    let clock = ContinuousClock()
    let begin = clock.now
    try fill(log, with: prose, payload: payload, count: count)
    let bytes = try log.withWriter { (writer) throws(LogError) in
        try writer.flush()
        return writer.bytesAppended
    }
    let seconds = begin.duration(to: clock.now).seconds
    var answer = Answer()
    answer.add("records", count)
    answer.add("seconds", seconds)
    answer.add("bytes", Int(bytes))
    return answer
}

/// Fills a segment and leaves it as a killed process would.
func leaveSegment(_ options: Options) throws -> Answer {
    let prose = try Prose(path: try options.text("text"))
    let bytes = try options.number("bytes")
    let settings = LogOptions(durability: .os, segmentTarget: UInt64(bytes) * 2)
    let log = Log(try newLog(in: try options.text("dir"), settings))
    try fill(log, with: prose, payload: 256, count: bytes / (256 + 32))
    var answer = Answer()
    answer.add("bytes", bytes)
    print(answer)
    exitNow(with: 0)
}

/// The durability that a name stands for.
func durability(_ mode: String) throws -> Durability {
    switch mode {
    case "buffered": .buffered(maxDelay: .milliseconds(250))
    case "os": .os
    case "interval": .standard
    case "everyStep": .everyStep
    default: throw BenchmarkFailure("no durability is called \(mode)")
    }
}

/// A type that readers pass over when they do not know it.
private let anEvent = RecordType(rawValue: 200)

private let emptyState: [UInt8] = [UInt8(ascii: "{"), UInt8(ascii: "}")]

/// What every segment opens with: META and the snapshot of an empty state.
func opening(step: Int64) throws(LogError) -> [OpeningRecord] {
    [OpeningRecord(type: .meta, time: 0, payload: [])]
        + (try SnapshotPayload.records(step: step, text: emptyState.rawSpan, names: [], time: 0))
}

private func newLog(in directory: String, _ settings: LogOptions) throws -> LogWriter {
    let storage = FileSystem()
    return try LogWriter.create(
        storage: storage,
        directory: directory,
        branch: try .generate(on: storage),
        options: settings,
        baseStep: -1,
        opening: try opening(step: -1)
    )
}

/// Records between two looks at the length of the segment.
private let rollCheck = 256

private func fill(_ log: Log, with prose: Prose, payload: Int, count: Int) throws {
    let text = prose.bytes.rawSpan
    let waits = log.options.durability == .everyStep
    for number in 0..<count {
        let start = prose.start(of: number, length: payload)
        if number % rollCheck == 0 {
            try log.withWriter { (writer) throws(LogError) in
                if writer.isRollDue { try writer.roll(opening: try opening(step: -1)) }
            }
        }
        let sequence = try log.append(
            anEvent,
            time: Int64(number),
            payload: text.extracting(start..<start + payload)
        )
        if waits { try log.waitDurable(sequence) }
    }
}
