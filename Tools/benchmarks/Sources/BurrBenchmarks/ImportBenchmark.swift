internal import EventLog
internal import Replay
internal import Tracking

func importFolder(_ options: Options) throws -> Answer {
    let store = Store(root: try options.text("store"))
    let source = try BurrSource(at: try options.text("path"), for: store)
    let importer = Importer(into: store)
    let clock = ContinuousClock()
    let begin = clock.now
    var bytes: UInt64 = 0
    for folder in source.folders {
        let report = importer.run(folder) { bytes += $0 }
        if let failure = report.failure { throw failure }
    }
    var answer = Answer()
    answer.add("seconds", begin.duration(to: clock.now).seconds)
    answer.add("bytes", Int(bytes))
    return answer
}
