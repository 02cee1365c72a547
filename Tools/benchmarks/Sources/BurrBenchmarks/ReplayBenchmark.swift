// The state at a step, read back.

internal import EventLog
internal import Replay
internal import Tracking

/// Measures `History.state` at each of the steps, in microseconds; the first one is not counted.
func replaySteps(_ options: Options) throws -> Answer {
    let store = Store(root: try options.text("store"))
    let history = try History(try applicationName(options), in: store)
    let steps = try options.numbers("steps")
    var samples: [Double] = []
    var bytes = 0
    let clock = ContinuousClock()
    for (index, step) in ([steps[0]] + steps).enumerated() {
        let ref = try Ref("\(step)")
        let begin = clock.now
        let position = try history.resolve(ref, now: 0)
        bytes += try history.state(at: position).count
        if index > 0 { samples.append(begin.duration(to: clock.now).seconds * 1e6) }
    }
    var answer = Answer()
    answer.add("samples", samples)
    answer.add("bytes", bytes)
    return answer
}
