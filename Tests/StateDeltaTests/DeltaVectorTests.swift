// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import StateDelta

/// One line of `Formats/vectors/delta.json`.
private struct Vector: Codable {
    var about: String
    var names: [String]
    var old: String
    var new: String
    var delta: String
    var namesAfter: [String]
}

@Suite struct DeltaVectorTests {
    private static let file = formats("vectors/delta.json")

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func bytes(hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(string(Array(digits[$0..<$0 + 2])), radix: 16) ?? 0
        }
    }

    @Test func `every delta vector applies, and updates write exactly its bytes`() throws {
        let vectors = try JSONDecoder().decode([Vector].self, from: Data(contentsOf: Self.file))
        #expect(vectors.count > 20)
        for vector in vectors {
            let before = NameTable(adding: vector.names.map { Array($0.utf8) })
            let after = NameTable(adding: vector.namesAfter.map { Array($0.utf8) })
            let delta = bytes(hex: vector.delta)
            var names = before
            var document = try StateDocument(validating: Array(vector.old.utf8))
            let updated = try checkedUpdate(document, to: Array(vector.new.utf8), names: before)
            #expect(hex(updated.delta) == vector.delta, "\(vector.about)")
            #expect(updated.names == after, "\(vector.about)")
            try delta.withView { (view) throws(DeltaError) in
                try document.apply(view.span, names: &names)
            }
            #expect(string(document.text()) == vector.new, "\(vector.about)")
            #expect(names == after, "\(vector.about)")
        }
    }

    @Test func `every truncation of a delta vector is an error or a shorter delta`() throws {
        let vectors = try JSONDecoder().decode([Vector].self, from: Data(contentsOf: Self.file))
        for vector in vectors {
            let delta = bytes(hex: vector.delta)
            for count in 0..<delta.count {
                var names = NameTable(adding: vector.names.map { Array($0.utf8) })
                var document = StateDocument(trusted: Array(vector.old.utf8))
                _ = Array(delta[..<count]).withView { view in
                    try? document.apply(view.span, names: &names)
                }
                #expect(throws: Never.self) { try StateDocument(validating: document.text()) }
            }
        }
    }
}
