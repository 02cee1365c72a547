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
    /// - Complexity: one comparison of the texts; scanning only of what differs, and of a container
    ///   the first time that something changes in it.
    package mutating func update(
        to newText: RawSpan,
        names: inout NameTable,
        delta: inout [UInt8]
    ) throws(JSONError) -> StateChange {
        try newText.withView { (view) throws(JSONError) -> StateChange in
            guard view.count <= StateDocument.byteLimit else {
                throw .tooLarge(byteCount: view.count)
            }
            return try update(to: view, names: &names, delta: &delta)
        }
    }

    private mutating func update(
        to view: ByteView,
        names: inout NameTable,
        delta: inout [UInt8]
    ) throws(JSONError) -> StateChange {
        let namesBefore = names
        let start = delta.count
        var differ = Differ(
            new: view,
            namesBefore: namesBefore,
            names: NameTable.none,
            output: [],
            budget: view.count * 4 + 4_096
        )
        // Swapped, not copied: both would otherwise be duplicated at the first write.
        swap(&differ.names, &names)
        swap(&differ.output, &delta)
        defer {
            swap(&differ.names, &names)
            swap(&differ.output, &delta)
        }
        let mark = differ.mark
        let outcome: RootOutcome
        do throws(JSONError) {
            outcome = try differ.root(&self)
        } catch {
            differ.rollBack(to: mark)
            throw error
        }
        switch outcome {
        case .identical:
            return StateChange(isIdentical: true, isRootReplaced: false, changedKeys: [])
        case .changed(let keys):
            if differ.output.count - start <= differ.setCost(view.count),
                adopt(differ, from: start, count: view.count)
            {
                return StateChange(
                    isIdentical: false,
                    isRootReplaced: keys == nil,
                    changedKeys: keys ?? []
                )
            }
        case .replaced: break
        }
        differ.rollBack(to: mark)
        differ.path.removeAll()
        differ.writeSet(0..<view.count)
        hold(view)
        return StateChange(isIdentical: false, isRootReplaced: true, changedKeys: [])
    }

    /// Applies the operations just written to this document, or sets the members they change.
    ///
    /// - Returns: Whether the size is as expected; if not, the document is to be replaced.
    private mutating func adopt(_ differ: Differ, from start: Int, count: Int) -> Bool {
        if let changes = differ.smallChanges {
            for change in changes {
                byteCount += members[change.member].slab.set(differ.new.slice(change.value))
            }
            assert(byteCount == count, "An update does not lead to its own text.")
            return byteCount == count
        }
        var names = differ.namesBefore
        let isApplied = differ.output.withView { view in
            let delta = view.slice(start, view.count)
            return (try? apply(delta, names: &names, isTrusted: true)) != nil
        }
        assert(isApplied && byteCount == count, "An update does not apply to its own document.")
        return isApplied && byteCount == count
    }
}

/// What comparing two roots came to.
enum RootOutcome {
    case identical
    /// Operations were written; the keys are those changed, without the internal ones, or nil where
    /// the root itself changed.
    case changed([[UInt8]]?)
    /// Nothing of use was written: the root is to be set.
    case replaced
}

extension NameTable {
    /// A table to swap with, which costs nothing to make.
    static let none = NameTable()
}
