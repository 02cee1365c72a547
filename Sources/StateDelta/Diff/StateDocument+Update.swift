// SPDX-License-Identifier: Apache-2.0

extension StateDocument {
    /// Makes the document hold another text and appends the operations that lead there.
    ///
    /// - Parameters:
    ///   - newText: the whole new text, compact
    ///   - names: the names that deltas may use; new ones are added
    ///   - delta: where the operations are appended; nothing when the texts are identical
    /// - Returns: What changed.
    /// - Throws: `JSONError` for the new text; document, names and delta are then unchanged.
    package mutating func update(
        to newText: RawSpan,
        names: inout NameTable,
        delta: inout [UInt8]
    ) throws(JSONError) -> StateChange {
        try newText.withView { (view) throws(JSONError) -> StateChange in
            guard view.count <= StateDocument.byteLimit else {
                throw .tooLarge(byteCount: view.count)
            }
            try JSONScanner.validate(view, mode: .compact)
            if text().withView({ $0 == view }) {
                return StateChange(isIdentical: true, isRootReplaced: false, changedKeys: [])
            }
            hold(view)
            delta.append(contentsOf: [0, 0])
            var length = view.count
            while length >= 0x80 {
                delta.append(UInt8(truncatingIfNeeded: length) | 0x80)
                length >>= 7
            }
            delta.append(UInt8(length))
            view.append(to: &delta)
            return StateChange(isIdentical: false, isRootReplaced: true, changedKeys: [])
        }
    }
}
