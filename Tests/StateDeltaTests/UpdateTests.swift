// SPDX-License-Identifier: Apache-2.0

import Generators
import Testing

@testable import StateDelta

@Suite struct UpdateTests {
    @Test func `any random text becomes any other exactly`() throws {
        var random = Random("pairs")
        for _ in 0..<3_000 {
            let old = bytes(random.tree(4).json)
            let new = bytes(random.tree(4).json)
            try checkedUpdate(StateDocument(validating: old), to: new)
        }
    }

    @Test func `histories of changes are followed exactly`() throws {
        var random = Random("histories")
        for _ in 0..<150 {
            var tree = Tree.object([("a", random.tree(4)), ("__SEQUENCE_ID", .scalar("0"))])
            var document = try StateDocument(validating: bytes(tree.json))
            var names = NameTable()
            for _ in 0..<30 {
                tree = random.changed(tree, 5)
                let updated = try checkedUpdate(document, to: bytes(tree.json), names: names)
                document = updated.document
                names = updated.names
            }
        }
    }

    @Test func `changes of single bytes are accepted or refused as a full check says`() throws {
        var random = Random("bytes")
        for _ in 0..<400 {
            let old = bytes(random.tree(4).json)
            let document = try StateDocument(validating: old)
            for _ in 0..<20 {
                var new = old
                let at = random.below(new.count)
                switch random.below(3) {
                case 0: new[at] = random.pick(bytes("\"\\,:[]{}0a \u{E9}"))
                case 1: new.remove(at: at)
                default: new.insert(random.pick(bytes("\"\\,:[]{}0a \u{E9}")), at: at)
                }
                let expected = (try? StateDocument(validating: new)) != nil
                var names = NameTable()
                var delta: [UInt8] = []
                var updated = document
                let isAccepted = new.withView { view in
                    (try? updated.update(to: view.span, names: &names, delta: &delta)) != nil
                }
                #expect(isAccepted == expected, "\(string(old)) -> \(string(new))")
                #expect(updated.text() == (isAccepted ? new : old))
                if !isAccepted {
                    #expect(delta.isEmpty)
                    #expect(names == NameTable())
                } else {
                    try checkedUpdate(document, to: new)
                }
            }
        }
    }
}
