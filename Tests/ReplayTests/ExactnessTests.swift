// SPDX-License-Identifier: Apache-2.0
// What was recorded is what replay gives, whatever it is and however it is asked for.

import EventLog
import Generators
import Replay
import StateDelta
import Testing
import Tracking

@Suite struct ExactnessTests {
    let app = ApplicationName(project: "random", appID: "app")
    private let steps = 90

    @Test(arguments: Shape.allCases)
    func `every state is exact, in any order, over segments and sessions`(shape: Shape) throws {
        let recorded = try RecordedHistory()
        let states = RandomHistory(shape, steps: steps).states
        try recorded.write(app, states[...], session: 35)
        let kept = try recorded.history(app)
        #expect(kept.newest.reader.segments.count > 1)
        var random = Random("order")
        for step in (0..<steps).shuffled(using: &random) {
            // A history that was asked before and one that was not.
            let history = random.chance(20) ? try recorded.history(app) : kept
            #expect(try history.text("\(step)") == states[step + 1], "after \(step)")
            #expect(try history.text("\(step)", side: .before) == states[step], "before \(step)")
        }
        for step in (0..<steps / 2).reversed() {
            #expect(try kept.text("\(step)") == states[step + 1], "backwards, \(step)")
        }
        #expect(try kept.text("head") == states[steps])
        #expect(try kept.text("-7") == states[steps - 7])
        #expect(try kept.text("first", side: .before) == states[0])
    }

    @Test(arguments: Shape.allCases)
    func `a range gives each state once, with the one before it`(shape: Shape) throws {
        let recorded = try RecordedHistory()
        let states = RandomHistory(shape, steps: steps).states
        try recorded.write(app, states[...], session: 40)
        let history = try recorded.history(app)
        var random = Random("ranges")
        for _ in 0..<3 {
            let ends = [random.below(steps), random.below(steps)].sorted()
            let range = Int64(ends[0])...Int64(ends[1])
            var next = range.lowerBound
            try history.eachState(history.line(of: history.newest), range, withPrevious: true) {
                #expect($0.step == next && $0.problem == nil)
                #expect($0.state?.text() == states[Int(next) + 1])
                #expect($0.previous?.text() == states[Int(next)])
                next += 1
                return true
            }
            #expect(next == range.upperBound + 1)
        }
    }

    @Test(arguments: Shape.allCases)
    func `a patch between any two states leads from one to the other`(shape: Shape) throws {
        let recorded = try RecordedHistory()
        let states = RandomHistory(shape, steps: 60).states
        try recorded.write(app, states[...])
        let history = try recorded.history(app)
        var random = Random("pairs")
        for _ in 0..<25 {
            let (from, to) = (random.below(60), random.below(60))
            let (old, new) = (try history.text("\(from)"), try history.text("\(to)"))
            let patch = try JSONPatch.diff(from: old, to: new)
            var document = try StateDocument(validating: old)
            try JSONPatch.apply(patch: patch.rawSpan, to: &document)
            #expect(JSONPatch.isEqual(document.text(), new), "\(from)..\(to)")
        }
    }

    @Test func `the cache of rebuilt states stays within its limit`() throws {
        let recorded = try RecordedHistory()
        let states = RandomHistory(.wide, steps: steps).states
        try recorded.write(app, states[...])
        let history = try recorded.history(app)
        let limit = 300_000
        history.limitCaches(to: limit)
        let largest = states.map(\.count).max() ?? 0
        var random = Random("cache")
        for _ in 0..<100 {
            let step = random.below(steps)
            #expect(try history.text("\(step)") == states[step + 1])
            // One interval is kept whatever its size: its states, its snapshot, its deltas.
            #expect(history.newest.cachedBytes < limit + 12 * largest)
        }
    }
}
