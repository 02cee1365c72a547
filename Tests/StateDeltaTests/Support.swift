// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import StateDelta

/// A small generator of random numbers whose seed is printed and can be given.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(_ name: String) {
        let given = ProcessInfo.processInfo.environment["BURR_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 1...UInt64.max)
        print("\(name): BURR_SEED=\(seed)")
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}

/// Where the vectors are: found from this file, so that tests run from any folder.
func formats(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Formats").appendingPathComponent(path)
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// An update of a document, and what came out.
struct Updated {
    var delta: [UInt8]
    var change: StateChange
    var names: NameTable
    var document: StateDocument
}

/// Updates a document to a text and checks everything that must hold of the result.
@discardableResult
func checkedUpdate(
    _ document: StateDocument,
    to text: [UInt8],
    names: NameTable = NameTable(),
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Updated {
    let old = document.text()
    var updated = document
    var after = names
    var delta: [UInt8] = []
    let change = try text.withView { (view) throws(JSONError) in
        try updated.update(to: view.span, names: &after, delta: &delta)
    }
    #expect(updated.text() == text, sourceLocation: sourceLocation)
    #expect(updated.byteCount == text.count, sourceLocation: sourceLocation)
    #expect(change.isIdentical == (old == text), sourceLocation: sourceLocation)
    #expect(change.isIdentical == delta.isEmpty, sourceLocation: sourceLocation)
    #expect(delta.count <= text.count + 8, sourceLocation: sourceLocation)
    #expect(document.text() == old, "the copy changed too", sourceLocation: sourceLocation)
    var applied = StateDocument(trusted: old)
    var read = names
    try delta.withView { (view) throws(DeltaError) in
        try applied.apply(view.span, names: &read)
    }
    #expect(applied.text() == text, sourceLocation: sourceLocation)
    #expect(applied.byteCount == text.count, sourceLocation: sourceLocation)
    #expect(read == after, sourceLocation: sourceLocation)
    var listed = names
    let keys = try delta.withView { (view) throws(DeltaError) in
        try DeltaReader.changedTopLevelKeys(of: view.span, names: &listed)
    }
    #expect(keys == nil ? change.isRootReplaced : true, sourceLocation: sourceLocation)
    if let keys {
        #expect(Set(keys) == Set(change.changedKeys), sourceLocation: sourceLocation)
    }
    return Updated(delta: delta, change: change, names: after, document: updated)
}
