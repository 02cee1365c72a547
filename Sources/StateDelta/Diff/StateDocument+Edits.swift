// SPDX-License-Identifier: Apache-2.0

/// A change of a state that is known, not found by comparing texts.
package enum StateEdit: Equatable, Sendable {
    /// A top-level member, the key as written between its quotes, gets a value of compact JSON.
    case set(key: [UInt8], value: [UInt8])
    /// A top-level member goes.
    case remove(key: [UInt8])
    /// Values of compact JSON are appended to the list in a top-level member, which has `count`.
    case append(key: [UInt8], count: Int, values: [[UInt8]])

    var key: [UInt8] {
        switch self {
        case .set(let key, _), .remove(let key), .append(let key, _, _): key
        }
    }
}

extension StateDocument {
    /// Makes known changes and appends the operations that say so.
    ///
    /// - Parameters:
    ///   - edits: changes, whose values are trusted to be compact JSON.
    ///   - names: the names that deltas may use; new ones are added.
    ///   - delta: where the operations are appended.
    /// - Returns: what changed.
    /// - Throws: `DeltaError` where an edit does not fit; the document is then to be given up.
    /// - Complexity: linear in the values; a list is walked the first time it is appended to.
    package mutating func perform(
        _ edits: [StateEdit],
        names: inout NameTable,
        delta: inout [UInt8]
    ) throws(DeltaError) -> StateChange {
        var changed = ChangedKeys()
        for edit in edits {
            changed.note(edit.key)
            let start = delta.count
            if case .set(let key, let value) = edit, whole == nil,
                let member = key.withView({ memberIndex($0) })
            {
                EditWriter.write(edit, names: &names, to: &delta)
                byteCount += value.withView { members[member].slab.set($0) }
                continue
            }
            var known = names
            EditWriter.write(edit, names: &names, to: &delta)
            try delta.withView { (view) throws(DeltaError) in
                let operation = view.slice(start, view.count)
                try apply(operation, names: &known, isTrusted: true)
            }
        }
        return StateChange(
            isIdentical: edits.isEmpty,
            isRootReplaced: false,
            changedKeys: changed.keys
        )
    }
}

/// Writes edits as the operations of a delta (`Formats/events.md`, section 8).
private enum EditWriter {
    static func write(_ edit: StateEdit, names: inout NameTable, to delta: inout [UInt8]) {
        switch edit {
        case .set(let key, let value):
            writeHead(0, key, names: &names, to: &delta)
            writeValue(value, to: &delta)
        case .remove(let key):
            writeHead(1, key, names: &names, to: &delta)
        case .append(let key, let count, let values):
            writeHead(2, key, names: &names, to: &delta)
            writeNumber(count, to: &delta)
            writeNumber(0, to: &delta)
            writeNumber(values.count, to: &delta)
            for value in values { writeValue(value, to: &delta) }
        }
    }

    private static func writeHead(
        _ code: UInt8,
        _ key: [UInt8],
        names: inout NameTable,
        to delta: inout [UInt8]
    ) {
        delta.append(code)
        delta.append(1)
        if let id = key.withView({ names.id(of: $0) }) {
            writeNumber(id << 2, to: &delta)
            return
        }
        let becomesName = names.hasRoom(forKeyOf: key.count)
        if becomesName { names.append(key) }
        writeNumber(key.count << 2 | (becomesName ? 3 : 1), to: &delta)
        delta.append(contentsOf: key)
    }

    private static func writeValue(_ value: [UInt8], to delta: inout [UInt8]) {
        writeNumber(value.count, to: &delta)
        delta.append(contentsOf: value)
    }

    private static func writeNumber(_ number: Int, to delta: inout [UInt8]) {
        var rest = UInt64(truncatingIfNeeded: number)
        while rest >= 0x80 {
            delta.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        delta.append(UInt8(truncatingIfNeeded: rest))
    }
}
