// SPDX-License-Identifier: Apache-2.0
// The steps that have begun and not ended.

/// Open steps by their numbers; there is seldom more than one, which is found without hashing.
struct OpenSteps {
    private var latest: (step: Int64, begun: BranchWriter.OpenStep)?
    private var others: [Int64: BranchWriter.OpenStep]

    init(_ steps: [Int64: BranchWriter.OpenStep] = [:]) {
        others = steps
    }

    var count: Int { others.count + (latest == nil ? 0 : 1) }

    /// Takes a step in; one of the same number is replaced.
    mutating func begin(_ step: Int64, _ begun: BranchWriter.OpenStep) {
        if let last = latest?.step, last != step { others[last] = latest?.begun }
        if !others.isEmpty { others[step] = nil }
        latest = (step, begun)
    }

    /// When a step began, in microseconds since 1970 UTC.
    func start(of step: Int64) -> Int64? {
        if let latest, latest.step == step { return latest.begun.start }
        return others.isEmpty ? nil : others[step]?.start
    }

    /// Passes over a step.
    mutating func end(_ step: Int64) {
        if let latest, latest.step == step {
            self.latest = nil
        } else if !others.isEmpty {
            others[step] = nil
        }
    }

    /// Passes over some steps.
    mutating func end(_ steps: ClosedRange<Int64>) {
        if let latest, steps.contains(latest.step) { self.latest = nil }
        if !others.isEmpty { others = others.filter { !steps.contains($0.key) } }
    }

    /// All of them, by number.
    var sorted: [(step: Int64, begun: BranchWriter.OpenStep)] {
        var steps = others.map { (step: $0.key, begun: $0.value) }
        if let latest { steps.append(latest) }
        return steps.sorted { $0.step < $1.step }
    }
}
