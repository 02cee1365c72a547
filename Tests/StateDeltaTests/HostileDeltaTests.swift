// SPDX-License-Identifier: Apache-2.0

import Generators
import Testing

@testable import StateDelta

@Suite struct HostileDeltaTests {
    private func apply(_ delta: [UInt8], to text: String) -> Result<String, DeltaError> {
        var document = StateDocument(trusted: bytes(text))
        var names = NameTable()
        return Result { () throws(DeltaError) -> String in
            try delta.withView { (view) throws(DeltaError) in
                try document.apply(view.span, names: &names)
            }
            return string(document.text())
        }
    }

    @Test func `mutated deltas never trap and never leave an invalid document`() throws {
        var random = Random("hostile")
        for _ in 0..<1_500 {
            var tree = Tree.object([("history", random.tree(4)), ("a", random.tree(3))])
            if random.chance(20) { tree = random.tree(4) }
            let old = bytes(tree.json)
            let new = bytes(random.changed(random.changed(tree, 5), 5).json)
            let original = try checkedUpdate(StateDocument(validating: old), to: new).delta
            for _ in 0..<12 where !original.isEmpty {
                var delta = original
                for _ in 0...random.below(3) {
                    let at = random.below(delta.count)
                    switch random.below(4) {
                    case 0: delta[at] = UInt8(random.below(256))
                    case 1: delta[at] ^= 1 << UInt8(random.below(8))
                    case 2: delta.insert(UInt8(random.below(256)), at: at)
                    default: if delta.count > 1 { delta.remove(at: at) }
                    }
                }
                var document = try StateDocument(validating: old)
                var names = NameTable()
                delta.withView { view in
                    _ = try? document.apply(view.span, names: &names)
                }
                let text = document.text()
                #expect(document.byteCount == text.count)
                #expect(throws: Never.self, "\(string(text))") {
                    try StateDocument(validating: text)
                }
                var listed = NameTable()
                delta.withView { view in
                    _ = try? DeltaReader.changedTopLevelKeys(of: view.span, names: &listed)
                }
            }
        }
    }

    @Test func `each way to be wrong has its error`() {
        let state = "{\"a\":[1,2],\"s\":\"x\\ny\"}"
        #expect(apply([9], to: state) == .failure(.unknownOperation(9, at: 0)))
        #expect(apply([0], to: state) == .failure(.truncated(at: 1)))
        #expect(apply([1, 0], to: state) == .failure(.wrongKind(at: 0)))
        #expect(apply([1, 1, 5, 0x62], to: state) == .failure(.noSuchPath(at: 0)))
        #expect(apply([1, 1, 40], to: state) == .failure(.unknownName(10, at: 2)))
        #expect(apply([2, 1, 5, 0x61, 3, 0, 0], to: state) == .failure(.outOfRange(at: 0)))
        #expect(apply([2, 1, 5, 0x61, 1, 2, 0], to: state) == .failure(.outOfRange(at: 0)))
        #expect(apply([2, 1, 5, 0x73, 0, 0, 0], to: state) == .failure(.wrongKind(at: 0)))
        #expect(apply([3, 1, 5, 0x61, 0, 0, 0], to: state) == .failure(.wrongKind(at: 0)))
        #expect(apply([3, 1, 5, 0x73, 2, 0, 0], to: state) == .failure(.outOfRange(at: 0)))
        #expect(apply([3, 1, 5, 0x73, 1, 1, 0], to: state) == .failure(.outOfRange(at: 0)))
        #expect(
            apply([3, 1, 5, 0x73, 0, 0, 1, 0x22], to: state)
                == .failure(.badValue(.trailingBytes(at: 0), at: 7))
        )
        #expect(
            apply([0, 1, 5, 0x61, 1, 0x5D], to: state)
                == .failure(.badValue(.unexpectedByte(0x5D, at: 0), at: 5))
        )
        #expect(
            apply([0, 0, 2, 0x20, 0x31], to: state)
                == .failure(.badValue(.insignificantWhiteSpace(at: 0), at: 3))
        )
        let endless = [UInt8](repeating: 0xFF, count: 11)
        #expect(apply([0] + endless, to: state) == .failure(.badNumber(at: 1)))
    }

    @Test func `a value set deep below may not pass the nesting limit`() throws {
        let open = String(repeating: "[", count: 1_023)
        let close = String(repeating: "]", count: 1_023)
        let document = try StateDocument(validating: bytes(open + "0" + close))
        try checkedUpdate(document, to: bytes(open + "[]" + close))
        var names = NameTable()
        var delta: [UInt8] = []
        var deeper = document
        #expect(throws: JSONError.self) {
            try bytes(open + "[[]]" + close).withView { (view) throws(JSONError) in
                try deeper.update(to: view.span, names: &names, delta: &delta)
            }
        }
        #expect(deeper.text() == document.text())
    }
}
