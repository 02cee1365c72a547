// Applications of the Swift framework, run with their tracker.

internal import Burr
internal import EventLog
internal import Replay
internal import Tracking

/// Measures steps of Burr's counter, run as an application.
func runCounter(_ options: Options) throws -> Answer {
    let count = try options.number("count")
    let increment = ClosureAction("increment", reads: ["counter"], writes: ["counter"]) {
        state,
        _ in try state.incrementing("counter")
    }
    let app = try application(
        increment,
        until: .when("counter", equals: JSONValue(count)),
        state: ["counter": 0],
        options
    )
    return try measure(app, steps: count, options)
}

/// Measures steps of a chat that grows by one message each.
func runChat(_ options: Options) throws -> Answer {
    let count = try options.number("count")
    let prose = try Prose(path: try options.text("text"))
    let length = try options.number("payload")
    let messages: [String] = (0..<64).map { number in
        let start = prose.start(of: number, length: length)
        return String(decoding: prose.bytes[start..<start + length], as: UTF8.self)
    }
    let chat = ClosureAction("chat", reads: ["turn"], writes: ["turn", "messages"]) { state, _ in
        let turn = try state.value("turn", as: Int.self)
        return try state.incrementing("turn").appending("messages", messages[turn % 64])
    }
    let app = try application(
        chat,
        until: .when("turn", equals: JSONValue(count)),
        state: ["turn": 0, "messages": []],
        options
    )
    return try measure(app, steps: count, options)
}

private func application(
    _ action: ClosureAction,
    until end: Burr.Condition,
    state: State,
    _ options: Options
) throws -> Application {
    let builder = ApplicationBuilder()
        .withActions(action, ClosureAction("done") { state, _ in state })
        .withTransitions(
            Transition(action.name, to: "done", when: end),
            Transition(action.name, to: action.name)
        )
        .withState(state)
        .withIdentifiers(appID: action.name)
    let mode = try options.text("mode")
    if mode == "untracked" { return try builder.build() }
    let durability: TrackingDurability =
        mode == "buffered" ? .buffered(milliseconds: 250) : mode == "os" ? .os : .standard
    return try builder.withTracker(
        project: "bench",
        store: try options.text("dir"),
        durability: durability,
        raisesFailures: true
    ).build()
}

private func measure(_ app: Application, steps: Int, _ options: Options) throws -> Answer {
    let clock = ContinuousClock()
    let begin = clock.now
    try app.run(haltBefore: ["done"])
    let seconds = begin.duration(to: clock.now).seconds
    guard app.sequence + 1 == steps else { throw BenchmarkFailure("not all steps were run") }
    try app.close()
    var answer = Answer()
    answer.add("records", steps)
    answer.add("seconds", seconds)
    if try options.text("mode") != "untracked" {
        let store = Store(root: try options.text("dir"))
        let name = ApplicationName(project: "bench", appID: app.appID)
        let bytes = try History(name, in: store).newest.reader.segments.reduce(0) { sum, segment in
            sum + Int(try segment.file.handle.size())
        }
        answer.add("bytes", bytes)
    }
    return answer
}
