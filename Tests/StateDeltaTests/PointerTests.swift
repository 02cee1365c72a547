// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StateDelta

@Suite struct PointerTests {
    /// The document of RFC 6901, section 5.
    private let sample =
        #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"#
        + #""i\\j":5,"k\"l":6," ":7,"m~n":8}"#

    @Test func `the examples of RFC 6901 lead where they should`() throws {
        let document = try StateDocument(validating: bytes(sample))
        let expected = [
            ("", sample), ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"),
            ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"), ("/g|h", "4"), ("/i\\j", "5"),
            ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
        ]
        for (text, value) in expected {
            let pointer = try JSONPointer(text)
            #expect(document.value(at: pointer).map(string) == value, "\(text)")
            #expect(pointer.description == text)
        }
    }

    @Test func `what is no pointer is refused`() {
        #expect(throws: JSONPointerError.noLeadingSlash) { try JSONPointer("a") }
        #expect(throws: JSONPointerError.badEscape(at: 1)) { try JSONPointer("/~") }
        #expect(throws: JSONPointerError.badEscape(at: 2)) { try JSONPointer("/a~2") }
        #expect(throws: JSONPointerError.badEscape(at: 1)) { try JSONPointer("/~/a") }
    }

    @Test func `indexes count from either end, and only proper ones do`() throws {
        for text in [#"{"l":[10,11,12]}"#, #"[[10,11,12]]"#] {
            let document = try StateDocument(validating: bytes(text))
            let list = text.hasPrefix("{") ? "/l" : "/0"
            func value(_ index: String) throws -> String? {
                try document.value(at: JSONPointer("\(list)/\(index)")).map(string)
            }
            #expect(try value("0") == "10")
            #expect(try value("2") == "12")
            #expect(try value("-1") == "12")
            #expect(try value("-3") == "10")
            for wrong in ["3", "-4", "01", "-0", "-", "", "1.0", "99999999999999999999", "a"] {
                #expect(try value(wrong) == nil, "\(wrong)")
            }
        }
    }

    @Test func `a miss tells how far the pointer leads and what is there`() throws {
        let text = #"{"a":{"b":[1,2],"\u0063":3},"d":"x"}"#
        let document = try StateDocument(validating: bytes(text))
        func lookup(_ text: String) throws -> Lookup { try document.lookup(JSONPointer(text)) }
        let top = JSONPointer(parts: [])
        let a = JSONPointer(parts: ["a"])
        #expect(try lookup("/a/c") == .found(bytes("3")))
        #expect(try lookup("/x/y") == .missing(prefix: top, siblings: .keys(["a", "d"])))
        #expect(try lookup("/a/x") == .missing(prefix: a, siblings: .keys(["b", "c"])))
        #expect(
            try lookup("/a/b/7/c")
                == .missing(prefix: JSONPointer(parts: ["a", "b"]), siblings: .elements(2))
        )
        #expect(
            try lookup("/d/0") == .missing(prefix: JSONPointer(parts: ["d"]), siblings: .scalar)
        )
    }
}
