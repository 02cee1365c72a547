// SPDX-License-Identifier: Apache-2.0
// How refs are read.

import Replay
import Testing

@Suite struct RefTests {
    @Test(
        arguments: [
            ("42", .step(42)), ("0", .step(0)), ("42.1", .attempt(step: 42, number: 1)),
            ("-1", .fromHead(1)), ("head", .head), ("first", .first), ("err", .error(before: 0)),
            ("err-1", .error(before: 1)), ("t:-5m", .ago(300_000_000_000)),
            ("t:-250ms", .ago(250_000_000)),
            ("t:2026-08-22T10:00:00Z", .time(1_787_392_800_000_000_000)),
        ] as [(String, Ref.Target)]
    )
    func `a ref says one thing`(text: String, target: Ref.Target) throws {
        let ref = try Ref(text)
        #expect(ref.target == target && ref.branchPrefix == nil && ref.description == text)
    }

    @Test func `a branch is named by its first digits`() throws {
        let ref = try Ref("42@0192F0")
        #expect(ref.target == .step(42) && ref.branchPrefix == "0192f0")
    }

    @Test(arguments: [
        "", "x", "4 2", "+1", "42.", "42.0", ".1", "42.1.1", "42.1@0192", "-1.1", "--1", "err-",
        "head-1", "t:", "t:-", "t:-5", "t:yesterday", "42@", "42@xyz", "99999999999999999999",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: ReplayError.badRef(text)) { try Ref(text) }
    }
}
