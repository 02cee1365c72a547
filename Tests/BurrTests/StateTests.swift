// SPDX-License-Identifier: Apache-2.0
// The state: immutable, ordered, exact, and cheap to append to.

import StateDelta
import Testing

@testable import Burr

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
        let edits = try #require(after.edits(since: before))
        #expect(
            edits == [
                .append(key: Array("list".utf8), count: 2, values: [Array("3".utf8)]),
                .remove(key: Array("gone".utf8)),
                .set(key: Array("new".utf8), value: Array("\"x\"".utf8)),
            ]
        )
        #expect(before.edits(since: before)?.isEmpty == true)
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
        #expect(state.edits(since: try State(json: text)) == [])
    }
}
