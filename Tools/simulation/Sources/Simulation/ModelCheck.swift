// The model check: random programs over a log on a simulated disk.

/// Runs the random program of a seed.
///
/// - Returns: why it failed, or nil.
package func checkLog(seed: UInt64) -> SimulationFailure? {
    var program = LogProgram(seed: seed)
    do throws(SimulationFailure) {
        try program.run()
        return nil
    } catch {
        return error
    }
}

/// What the random program of a seed does, one line each.
package func traceOfLog(seed: UInt64) -> [String] {
    var program = LogProgram(seed: seed)
    try? program.run()
    return program.trace
}
