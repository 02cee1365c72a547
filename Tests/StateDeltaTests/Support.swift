// SPDX-License-Identifier: Apache-2.0

import Foundation
import Generators
import Testing

@testable import StateDelta

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
