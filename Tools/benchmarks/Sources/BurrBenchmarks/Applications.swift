// Applications of any length, tracked as fast as it goes.

internal import EventLog
internal import Tracking

/// Microseconds between the begin of a step and the begin of the next, on the clock of these logs.
private let stepTime: Int64 = 220_000

/// The writer of a new application's first branch.
func newApplication(
    _ name: ApplicationName,
    in store: Store,
    _ durability: Durability,
    state: [UInt8]
) throws -> BranchWriter {
    let place = BranchPlace(
        store: store,
        directory: store.directory(of: name),
        options: LogOptions(durability: durability),
        program: "burr-bench"
    )
    return try BranchWriter.create(
        place,
        meta: Meta(name: name),
        continuing: nil,
        opening: .text(state, before: 0),
        time: 0
    )
}

extension BranchWriter {
    /// Records one whole step.
    mutating func step(_ number: Int, action: [UInt8], state: RawSpan) throws {
        let begun = Int64(number) * stepTime
        try begin(
            StepBegin(step: Int64(number), action: action, time: EventTime(nanoseconds: begun))
        )
        let end = EventTime(nanoseconds: begun + stepTime / 2)
        try self.end(StepEnd(step: Int64(number), action: action, time: end), state: state)
    }
}

/// Measures steps of a counter, both hooks, in memory at first and then in the kernel.
func trackCounter(_ options: Options) throws -> Answer {
    let count = try options.number("count")
    let store = Store(root: try options.text("dir"))
    let name = ApplicationName(project: "bench", appID: "counter")
    var writer = try newApplication(
        name,
        in: store,
        try durability(options.text("mode")),
        state: Array("{}".utf8)
    )
    let action = Array("increment".utf8)
    var state = CounterState()
    let clock = ContinuousClock()
    let begin = clock.now
    for number in 0..<count {
        state.set(number)
        try writer.step(number, action: action, state: state.bytes.rawSpan)
    }
    try writer.log.flush()
    let seconds = begin.duration(to: clock.now).seconds
    var answer = Answer()
    answer.add("records", count)
    answer.add("seconds", seconds)
    answer.add("bytes", Int(writer.log.bytesAppended))
    return answer
}

/// The state of Burr's counter, its digits replaced in place: making it is no part of the measure.
private struct CounterState {
    private(set) var bytes: [UInt8] = []

    mutating func set(_ number: Int) {
        bytes.removeAll(keepingCapacity: true)
        bytes += "{\"counter\":".utf8
        append(number + 1)
        bytes += ",\"__SEQUENCE_ID\":".utf8
        append(number)
        bytes += ",\"__PRIOR_STEP\":\"increment\"}".utf8
    }

    private mutating func append(_ number: Int) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}

/// Tracks an application whose state is half a megabyte, of which a step changes a few fields.
func makeWideApplication(_ options: Options) throws -> Answer {
    let prose = try Prose(path: try options.text("text"))
    let steps = try options.number("steps")
    let name = try applicationName(options)
    var state = Array("{\"counter\":1000000,\"documents\":[".utf8)
    let counter = state.count - ",\"documents\":[".utf8.count - 7
    for number in 0..<500 {
        let start = prose.start(of: number * 17, length: 960)
        state += Array("{\"id\":\(1_000 + number),\"text\":\"".utf8)
        state += prose.bytes[start..<start + 960] + Array("\"},".utf8)
    }
    state[state.count - 1] = UInt8(ascii: "]")
    state += Array(",\"last\":\"".utf8)
    let last = state.count
    state += [UInt8](repeating: UInt8(ascii: "."), count: 80) + Array("\"}".utf8)
    var writer = try newApplication(
        name,
        in: Store(root: try options.text("store")),
        .buffered(maxDelay: .milliseconds(250)),
        state: state
    )
    let action = Array("read".utf8)
    for number in 0..<steps {
        state.replaceSubrange(counter..<counter + 7, with: "\(1_000_000 + number)".utf8)
        let start = prose.start(of: number, length: 80)
        state.replaceSubrange(last..<last + 80, with: prose.bytes[start..<start + 80])
        try writer.step(number, action: action, state: state.rawSpan)
    }
    try writer.log.flush()
    var answer = Answer()
    answer.add("bytes", Int(writer.log.bytesAppended))
    return answer
}

/// Makes many applications of a few steps in one project.
func makeApplications(_ options: Options) throws -> Answer {
    let store = Store(root: try options.text("store"))
    let count = try options.number("count")
    let action = Array("increment".utf8)
    var state = CounterState()
    for number in 0..<count {
        let name = ApplicationName(project: "many", appID: "app-\(number)")
        var writer = try newApplication(name, in: store, .os, state: Array("{}".utf8))
        for step in 0..<10 {
            state.set(step)
            try writer.step(step, action: action, state: state.bytes.rawSpan)
        }
    }
    var answer = Answer()
    answer.add("applications", count)
    return answer
}

/// The application that `--app PROJECT/APP` names.
func applicationName(_ options: Options) throws -> ApplicationName {
    let parts = try options.text("app").split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw BenchmarkFailure("--app: PROJECT/APP") }
    return ApplicationName(project: parts[0], appID: parts[1])
}
