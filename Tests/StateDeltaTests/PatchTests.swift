// SPDX-License-Identifier: Apache-2.0

import Generators
import Testing

@testable import StateDelta

@Suite struct PatchTests {
    private func applied(_ patch: String, to text: String) -> Result<String, PatchError> {
        var document = StateDocument(trusted: JSONScanner.compact(bytes(text)))
        let before = document.text()
        return Result { () throws(PatchError) -> String in
            do throws(PatchError) {
                try bytes(patch).withView { (view) throws(PatchError) in
                    try JSONPatch.apply(patch: view.span, to: &document)
                }
            } catch {
                #expect(document.text() == before)
                throw error
            }
            return string(document.text())
        }
    }

    @Test func `the examples of RFC 6902 do what the appendix says`() {
        let examples: [(String, String, String)] = [
            (
                #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#,
                #"{"foo":"bar","baz":"qux"}"#
            ),
            (
                #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
                #"{"foo":["bar","qux","baz"]}"#
            ),
            (
                #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#,
                #"{"foo":"bar"}"#
            ),
            (
                #"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#,
                #"{"foo":["bar","baz"]}"#
            ),
            (
                #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#,
                #"{"baz":"boo","foo":"bar"}"#
            ),
            (
                #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
                #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
                #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
            ),
            (
                #"{"foo":["all","grass","cows","eat"]}"#,
                #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
                #"{"foo":["all","cows","eat","grass"]}"#
            ),
            (
                #"{"baz":"qux","foo":["a",2,"c"]}"#,
                #"[{"op":"test","path":"/baz","value":"qux"},"#
                    + #"{"op":"test","path":"/foo/1","value":2}]"#,
                #"{"baz":"qux","foo":["a",2,"c"]}"#
            ),
            (
                #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
                #"{"foo":"bar","child":{"grandchild":{}}}"#
            ),
            (
                #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
                #"{"foo":"bar","baz":"qux"}"#
            ),
            (
                #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#,
                #"{"/":9,"~1":10}"#
            ),
            (
                #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
                #"{"foo":["bar",["abc","def"]]}"#
            ),
        ]
        for (old, patch, new) in examples { #expect(applied(patch, to: old) == .success(new)) }
        #expect(
            applied(#"[{"op":"test","path":"/baz","value":"bar"}]"#, to: #"{"baz":"qux"}"#)
                == .failure(.testFailed(0))
        )
        #expect(
            applied(#"[{"op":"add","path":"/baz/bat","value":"qux"}]"#, to: #"{"foo":"bar"}"#)
                == .failure(.noSuchPath(0))
        )
        #expect(
            applied(#"[{"op":"test","path":"/~01","value":"10"}]"#, to: #"{"/":9,"~1":10}"#)
                == .failure(.testFailed(0))
        )
    }

    @Test func `patches that cannot be applied change nothing and say why`() {
        let state = #"{"a":{"b":1},"l":[1,2]}"#
        let add = #"{"op":"add","path":"/z","value":1}"#
        func failure(_ operation: String) -> PatchError? {
            guard case .failure(let error) = applied("[\(add),\(operation)]", to: state) else {
                return nil
            }
            return error
        }
        #expect(applied("{}", to: state) == .failure(.notAPatch))
        #expect(applied("[1]", to: state) == .failure(.notAPatch))
        #expect(applied("[", to: state) == .failure(.notJSON(.truncated(at: 1))))
        #expect(failure(#"{"path":"/a"}"#) == .badOperation(1, member: "op"))
        #expect(failure(#"{"op":"add","path":"/a"}"#) == .badOperation(1, member: "value"))
        #expect(failure(#"{"op":"move","path":"/a"}"#) == .badOperation(1, member: "from"))
        #expect(failure(#"{"op":"merge","path":"/a"}"#) == .unknownOperation(1))
        #expect(failure(#"{"op":"remove","path":"a"}"#) == .badPointer(1, .noLeadingSlash))
        #expect(failure(#"{"op":"remove","path":"/q"}"#) == .noSuchPath(1))
        #expect(failure(#"{"op":"replace","path":"/q","value":1}"#) == .noSuchPath(1))
        #expect(failure(#"{"op":"add","path":"/l/3","value":1}"#) == .noSuchPath(1))
        #expect(failure(#"{"op":"remove","path":"/l/-1"}"#) == .noSuchPath(1))
        #expect(failure(#"{"op":"remove","path":"/l/-"}"#) == .noSuchPath(1))
        #expect(failure(#"{"op":"move","from":"/a","path":"/a/b"}"#) == .movedIntoItself(1))
    }

    @Test func `test compares values, not texts`() {
        func isEqual(_ left: String, _ right: String) -> Bool {
            JSONPatch.isEqual(bytes(left), bytes(right))
        }
        for (left, right) in [
            ("1", "1.0"), ("10", "1e1"), ("0.1", "1E-1"), ("-0", "0"), ("100e-2", "1"),
            ("\"\\u0041\"", "\"A\""), ("{\"a\":1,\"b\":2}", "{\"b\":2.0,\"\\u0061\":1}"),
            ("[1,[]]", "[1.0,[]]"), ("0e999999999", "0"), ("{\"a\":1,\"a\":2}", "{\"a\":2}"),
        ] {
            #expect(isEqual(left, right), "\(left) \(right)")
        }
        for (left, right) in [
            ("1", "2"), ("1", "\"1\""), ("1", "-1"), ("9007199254740993", "9007199254740992"),
            ("1e400", "1e401"), ("true", "1"), ("null", "false"), ("[1,2]", "[2,1]"),
            ("{\"a\":1}", "{\"b\":1}"), ("{}", "[]"), ("\"a\"", "\"A\""), ("[]", "[1]"),
            ("\"\\ud800\"", "\"\\ud801\""), ("0.1", "0.10000000000000000001"),
        ] {
            #expect(!isEqual(left, right), "\(left) \(right)")
        }
    }

    @Test func `patches between random values give the new value`() throws {
        var random = Random("patches")
        for _ in 0..<1_500 {
            let tree = random.tree(4)
            let old = bytes(tree.json)
            let new = bytes((random.chance(80) ? random.changed(tree, 5) : random.tree(4)).json)
            let patch = try JSONPatch.diff(from: old, to: new)
            var document = StateDocument(trusted: old)
            try patch.withView { (view) throws(PatchError) in
                try JSONPatch.apply(patch: view.span, to: &document)
            }
            #expect(
                JSONPatch.isEqual(document.text(), new),
                "\(string(old)) -> \(string(new)): \(string(patch))"
            )
            let edits = try JSONPatch.edits(from: old, to: new)
            #expect(edits.isEmpty == (old == new))
        }
    }

    @Test func `list changes are single elements, appends go to the end`() throws {
        func diff(_ old: String, _ new: String) throws -> String {
            try string(JSONPatch.diff(from: bytes(old), to: bytes(new)))
        }
        #expect(
            try diff(#"{"h":["aaaaaaaa"]}"#, #"{"h":["aaaaaaaa",2,3]}"#)
                == #"[{"op":"add","path":"/h/-","value":2},{"op":"add","path":"/h/-","value":3}]"#
        )
        #expect(
            try diff(#"{"h":[10,20,40]}"#, #"{"h":[40]}"#)
                == #"[{"op":"remove","path":"/h/0"},{"op":"remove","path":"/h/0"}]"#
        )
        #expect(
            try diff(#"{ "a/b~c": "one two three" }"#, #"{"a/b~c":"one two three four"}"#)
                == #"[{"op":"replace","path":"/a~1b~0c","value":"one two three four"}]"#
        )
        #expect(try diff("[1]", "[1]") == "[]")
    }
}
