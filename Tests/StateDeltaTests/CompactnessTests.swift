// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StateDelta

@Suite struct CompactnessTests {
    private func message(_ number: Int) -> String {
        let words = String(repeating: "word \(number) ", count: 20)
        return "{\"role\":\"user\",\"content\":\"\(words)\"}"
    }

    private func state(_ list: some Sequence<String>, _ step: Int) -> [UInt8] {
        let history = list.joined(separator: ",")
        return bytes(
            "{\"__SEQUENCE_ID\":\(step),\"history\":[\(history)],\"last\":{\"n\":\(step)}}"
        )
    }

    private func size(_ old: [UInt8], _ new: [UInt8]) throws -> Int {
        try checkedUpdate(StateDocument(validating: old), to: new).delta.count
    }

    @Test func `an appended element costs itself`() throws {
        let list = (0..<200).map(message)
        let new = message(200)
        #expect(try size(state(list, 1), state(list + [new], 2)) < new.utf8.count + 50)
    }

    @Test func `a sliding window costs what enters it`() throws {
        for dropped in 1...8 {
            let old = (0..<100).map(message)
            let new = (dropped..<100 + dropped).map(message)
            let added = (100..<100 + dropped).reduce(0) { $0 + message($1).utf8.count + 2 }
            #expect(try size(state(old, 1), state(new, 2)) < added + 50, "\(dropped)")
        }
    }

    @Test func `elements inserted or removed anywhere cost no more than themselves`() throws {
        let list = (0..<100).map(message)
        for at in [0, 1, 50, 99] {
            var more = list
            more.insert(message(500), at: at)
            #expect(try size(state(list, 1), state(more, 2)) < message(500).utf8.count + 50)
            #expect(try size(state(more, 1), state(list, 2)) < 50)
        }
    }

    @Test func `a streamed string costs what is streamed`() throws {
        let text = String(repeating: "streamed \\\"text\\\" \\u00e9 \u{E9} ", count: 50)
        let old = bytes("{\"a\":{\"text\":\"\(text)\"}}")
        let new = bytes("{\"a\":{\"text\":\"\(text) token\"}}")
        #expect(try size(old, new) < 25)
        #expect(try size(new, old) < 25)
    }

    @Test func `one leaf far below costs its path`() throws {
        func text(_ leaf: String) -> [UInt8] {
            let filler = "\"filler\":\"\(String(repeating: "x", count: 200))\""
            let open = String(repeating: "{\(filler),\"d\":[0,", count: 100)
            let close = String(repeating: "]}", count: 100)
            return bytes("{\"top\":\(open)\(leaf)\(close)}")
        }
        #expect(try size(text("1"), text("2")) < 220)
    }

    @Test func `an update is never larger than setting the root`() throws {
        let document = try StateDocument(validating: state((0..<50).map(message), 1))
        try checkedUpdate(document, to: bytes("{}"))
        try checkedUpdate(document, to: bytes("[]"))
        try checkedUpdate(document, to: bytes("{\"__SEQUENCE_ID\":2}"))
    }

    @Test func `internal keys are not listed as changed`() throws {
        let list = (0..<5).map(message)
        let old = try StateDocument(validating: state(list, 1))
        let change = try checkedUpdate(old, to: state(list + ["1"], 2)).change
        #expect(change.changedKeys == [bytes("history"), bytes("last")])
        let text = "{\"__SEQUENCE_ID\":1,\"history\":[]}"
        let small = try StateDocument(validating: bytes(text))
        let other = bytes(text.replacing("1", with: "2"))
        #expect(try checkedUpdate(small, to: other).change.changedKeys.isEmpty)
    }

    @Test func `objects and lists too wide to be kept apart are followed as well`() throws {
        func wide(_ count: Int, _ value: Int) -> [UInt8] {
            let members = (0..<count).map { "\"key\($0)\":\($0 == count / 2 ? value : $0)" }
            return bytes("{\(members.joined(separator: ","))}")
        }
        for count in [1_023, 1_024, 1_025] {
            let document = try StateDocument(validating: wide(count, -1))
            let updated = try checkedUpdate(document, to: wide(count, -2))
            #expect(updated.delta.count < 20)
            #expect(updated.change.changedKeys == [bytes("key\(count / 2)")])
            try checkedUpdate(updated.document, to: wide(count + 1, -2))
            try checkedUpdate(updated.document, to: wide(count - 1, -2))
            try checkedUpdate(updated.document, to: wide(count * 3, -2))
        }
    }

    @Test func `the table of names ends at its limits`() throws {
        var document = StateDocument(trusted: bytes("{}"))
        var names = NameTable()
        for step in 0..<44 {
            let members = (0..<100).map { "\"k\(step)_\($0)\":\($0)" }
            let text = bytes("{\(members.joined(separator: ","))}")
            // A root set has no keys; a first member that stays makes them paths.
            let updated = try checkedUpdate(
                document,
                to: bytes("{\"pad\":\"\(String(repeating: "p", count: 5_000))\",")
                    + text.dropFirst(),
                names: names
            )
            document = updated.document
            names = updated.names
        }
        #expect(names.count == NameTable.countLimit)
        #expect(NameTable(adding: names.added) == names)
    }
}
