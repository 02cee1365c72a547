// The executable burr-bench, which Tools/bench runs: one call, because closures written here would
// inherit the main actor.

exitNow(with: runBenchmark(CommandLine.arguments))
