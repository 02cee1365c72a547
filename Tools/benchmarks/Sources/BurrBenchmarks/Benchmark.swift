// What burr-bench can be asked, and how it answers.

internal import Glibc

/// Why a benchmark could not be run.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Runs the benchmark that the words name and prints its answer, one JSON object.
///
/// - Returns: the exit code of the process.
func runBenchmark(_ words: [String]) -> Int32 {
    #if DEBUG
    complain("a debug build says nothing about speed: swift build -c release --product burr-bench")
    return 64
    #else
    do {
        let options = try Options(words)
        print(try answer(options).description)
        return 0
    } catch {
        complain("\(error)")
        return 1
    }
    #endif
}

/// Ends the process at once: what is still in memory is lost, as when it is killed.
func exitNow(with code: Int32) -> Never {
    fflush(nil)
    _exit(code)
}

private func answer(_ options: Options) throws -> Answer {
    switch options.verb {
    case "append": try appendRecords(options)
    case "leave": try leaveSegment(options)
    case "recover": try recoverSegment(options)
    case "index": try indexSegment(options)
    case "replay": try replaySteps(options)
    case "track": try trackCounter(options)
    case "run-counter": try runCounter(options)
    case "run-chat": try runChat(options)
    case "make-wide": try makeWideApplication(options)
    case "make-apps": try makeApplications(options)
    case "list": try listApplications(options)
    case "import": try importFolder(options)
    case "diff": try compareStates(options)
    default: throw BenchmarkFailure("burr-bench knows no \(options.verb)")
    }
}

private func complain(_ text: String) {
    var line = "burr-bench: \(text)\n"
    line.withUTF8 { bytes in
        _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
}
