// A segment that a killed writer left unsealed, opened again.

internal import EventLog
internal import Tracking

/// Measures until a writer could append: lock, scan, verdict, tail.
func recoverSegment(_ options: Options) throws -> Answer {
    let directory = try options.text("dir")
    let storage = FileSystem()
    let clock = ContinuousClock()
    let begin = clock.now
    let branch = try onlyBranch(in: directory, storage)
    let writer = try LogWriter.open(storage: storage, directory: directory, branch: branch) {
        (_) throws(LogError) in try opening(step: -1)
    }
    let seconds = begin.duration(to: clock.now).seconds
    var answer = Answer()
    answer.add("seconds", seconds)
    answer.add("records", Int(writer.appendedSequence))
    return answer
}

/// Measures until a reader knows every block and snapshot.
func indexSegment(_ options: Options) throws -> Answer {
    let directory = try options.text("dir")
    let storage = FileSystem()
    let clock = ContinuousClock()
    let begin = clock.now
    let branch = try onlyBranch(in: directory, storage)
    let reader = try LogReader(storage: storage, directory: directory, branch: branch)
    let index = try reader.index(of: 0)
    let seconds = begin.duration(to: clock.now).seconds
    var answer = Answer()
    answer.add("seconds", seconds)
    answer.add("blocks", index.blocks.count)
    return answer
}

/// Measures a row for each application of the project that `make-apps` made.
func listApplications(_ options: Options) throws -> Answer {
    let catalog = Catalog(Store(root: try options.text("store")))
    let clock = ContinuousClock()
    let begin = clock.now
    let rows = try catalog.applications(in: "many")
    let seconds = begin.duration(to: clock.now).seconds
    guard rows.allSatisfy({ $0.problem == nil }) else {
        throw BenchmarkFailure("an application could not be read")
    }
    var answer = Answer()
    answer.add("seconds", seconds)
    answer.add("applications", rows.count)
    return answer
}

private func onlyBranch(in directory: String, _ storage: FileSystem) throws -> BranchID {
    for entry in try storage.list(directory) {
        if let branch = BranchID(hex: entry.name.prefix(32)) { return branch }
    }
    throw BenchmarkFailure("no segment in \(directory)")
}
