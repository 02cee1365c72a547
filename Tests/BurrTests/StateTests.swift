// SPDX-License-Identifier: Apache-2.0
// The state: immutable, ordered, exact, and cheap to append to.

import EventLog
import Generators
import StateDelta
import Testing

@testable import Burr
@testable import Tracking

@Suite struct StateTests {
    @Test func `a state never changes, and keys keep their order`() throws {
        let first: State = ["b": 1, "a": "x", "list": []]
        let second = try first.updating("b", 2).appending("list", "one").updating("c", true)
        #expect(first.json == #"{"b":1,"a":"x","list":[]}"#)
        #expect(second.json == #"{"b":2,"a":"x","list":["one"],"c":true}"#)
        #expect(second.removing("a").keys == ["b", "list", "c"])
        #expect(try second.incrementing("b", by: 40).value("b", as: Int.self) == 42)
    }

    @Test func `versions that go apart from one list do not see each other`() throws {
        let base: State = ["list": [1]]
        let left = try base.appending("list", 2)
        let right = try base.appending("list", 3)
        let longer = try left.appending("list", 4)
        #expect(base.json == #"{"list":[1]}"#)
        #expect(left.json == #"{"list":[1,2]}"#)
        #expect(right.json == #"{"list":[1,3]}"#)
        #expect(longer.json == #"{"list":[1,2,4]}"#)
    }

    @Test func `values come back as they were given`() throws {
        struct User: Codable, Equatable {
            var name: String
            var age: Int?
        }
        let user = User(name: "Zoë \"Z\"", age: nil)
        let state = try State()
            .updating("user", encoding: user)
            .updating("text", "a\nb\u{1F600}")
            .updating("numbers", [1.5, .infinity])
            .updating("smallest", Int.min)
        #expect(try state.decoded("user", as: User.self) == user)
        #expect(try state.value("text", as: String.self) == "a\nb\u{1F600}")
        #expect(state["numbers"] == [1.5, nil])
        #expect(try state.value("smallest", as: Int.self) == Int.min)
        #expect(throws: BurrError.self) { try state.value("text", as: Int.self) }
        #expect(throws: BurrError.self) { try state.value("none", as: Int.self) }
    }

    @Test func `a text keeps its digits and escapes`() throws {
        let text = #"{"big":1180591620717411303424,"one":1.0,"list":["\u00e9",{"x":[]}]}"#
        #expect(try State(json: text).json == text)
        #expect(throws: BurrError.self) { try State(json: "[1]") }
        #expect(throws: BurrError.self) { try State(json: "{") }
    }

    @Test func `appending is the only change of a list that is only appended to`() throws {
        let before: State = ["a": 1, "list": [1, 2], "gone": 0]
        let after = try before.appending("list", 3).removing("gone").updating("new", "x")
        let edits = try Edits(from: before, to: after)
        #expect(edits.after == after.json)
        #expect(edits.length == after.json.utf8.count)
        // Splice at 2, nothing removed, one value of one byte.
        let splice = [2, 1, 4 << 2 | 3] + Array("list".utf8) + [2, 0, 1, 1, 51]
        #expect(edits.delta.starts(with: splice))
        #expect(try Edits(from: before, to: before).delta.isEmpty)
    }

    @Test func `edits lead from any state to the next, and know how long its text is`() throws {
        var random = Random("edits of states")
        var state: State = ["n": 0, "list": [], "text": "x"]
        for _ in 0..<2_000 {
            let number = Int.random(in: -1_000_000...1_000_000, using: &random)
            let next =
                switch Int.random(in: 0..<7, using: &random) {
                case 0: try state.appending("list", number)
                case 1: state.updating("text", String(number, radix: 36))
                case 2: state.updating("key\(number % 5)", [number, 1])
                case 3: state.removing("key\(number % 5)")
                case 4: state.updating("list", [number])
                case 5: state.updating("text", number)
                default: try state.incrementing("n", by: number)
                }
            for length in [state.json.utf8.count, nil] {
                let edits = try Edits(from: state, length: length, to: next)
                #expect(edits.after == next.json)
                #expect(edits.length == next.json.utf8.count)
            }
            state = next
        }
    }

    @Test func `another order of keys is not told by edits`() throws {
        let before: State = ["a": 1, "b": 2, "c": 3]
        var edits = EditWriter(names: NameTable())
        let after = before.removing("a").updating("a", 1)
        #expect(after.write(since: before, length: nil, to: &edits) == nil)
    }

    @Test(arguments: [
        "0", "-0", "7", "-7", "1.0", "1e3", "9223372036854775807",
        "-9223372036854775808", "1180591620717411303424",
    ])
    func `a number keeps its digits, whichever way it is kept`(digits: String) throws {
        let text = "{\"n\":\(digits)}"
        let state = try State(json: text)
        #expect(state.json == text)
        #expect(state.updating("n", state["n"] ?? .null) == state)
        #expect(try Edits(from: try State(json: text), to: state).delta.isEmpty)
    }
}

/// What tells one state from another, and where it leads.
private struct Edits {
    let delta: [UInt8]
    let length: Int
    let after: String

    init(from before: State, length: Int? = nil, to after: State) throws {
        var writer = EditWriter(names: NameTable())
        writer.begin()
        let found = after.write(since: before, length: length, to: &writer)
        self.length = try #require(found)
        let delta = writer.delta.bytes
        self.delta = delta
        var document = try StateDocument(validating: before.text())
        var names = NameTable()
        try document.apply(delta.rawSpan, names: &names)
        self.after = String(decoding: document.text(), as: UTF8.self)
    }
}
