// SPDX-License-Identifier: Apache-2.0

/// Deltas as people and other programs see them: JSON Patch, RFC 6902.
package enum JSONPatch {
    /// One difference between two values, for showing it.
    package struct Edit: Equatable, Sendable {
        /// What happened at the place.
        package enum Kind: Equatable, Sendable {
            case added
            case removed
            case changed
        }

        /// What happened.
        package var kind: Kind
        /// The place; for a removed element its index before the removal.
        package var pointer: JSONPointer
        /// The text of the value before, unless added.
        package var old: [UInt8]?
        /// The text of the value after, unless removed.
        package var new: [UInt8]?

        /// Names a difference.
        package init(kind: Kind, pointer: JSONPointer, old: [UInt8]?, new: [UInt8]?) {
            self.kind = kind
            self.pointer = pointer
            self.old = old
            self.new = new
        }
    }

    /// The JSON Patch of a delta.
    ///
    /// - Parameters:
    ///   - delta: the operations
    ///   - names: the table as it was when the delta was written
    ///   - document: the state before
    /// - Returns: The text of the patch, compact: applied to the state before it gives the value of
    ///   the state after.
    /// - Throws: `DeltaError` where the delta does not fit.
    /// - Complexity: that of applying the delta; linear in the state when it has escaped keys.
    package static func patch(
        of delta: RawSpan,
        names: NameTable,
        from document: StateDocument
    ) throws(DeltaError) -> [UInt8] {
        var writer = PatchWriter()
        let after = try walk(delta, names, document) { writer.write($0) }
        let text = writer.finish()
        guard mayBeAmbiguous(document) || mayBeAmbiguous(after) else { return text }
        // Two keys written differently may be one key to a reader of the patch.
        var check = document
        let isRight = text.withView { (try? apply($0, to: &check)) != nil }
        if isRight, isEqual(check.text(), after.text()) { return text }
        var whole = PatchWriter()
        whole.write(
            PatchStep(kind: .changed, path: [], isAppend: false, old: nil, new: after.text())
        )
        return whole.finish()
    }

    /// The JSON Patch between two texts, compact or not.
    ///
    /// - Throws: `JSONError` where one of them is not valid.
    package static func diff(
        from old: [UInt8],
        to new: [UInt8]
    ) throws(JSONError) -> [UInt8] {
        let (document, delta) = try difference(old, new)
        do throws(DeltaError) {
            return try delta.withView { (view) throws(DeltaError) in
                try patch(of: view.span, names: NameTable(), from: document)
            }
        } catch {
            preconditionFailure("A delta just made does not apply: \(error)")
        }
    }

    /// As `diff`, each change preceded by a `test` of the value that it replaces or removes.
    ///
    /// - Throws: `JSONError` where one of them is not valid.
    package static func diffWithTests(
        from old: [UInt8],
        to new: [UInt8]
    ) throws(JSONError) -> [UInt8] {
        let (document, delta) = try difference(old, new)
        do throws(DeltaError) {
            return try delta.withView { (view) throws(DeltaError) in
                var writer = PatchWriter()
                _ = try walk(view.span, NameTable(), document) { step in
                    writer.writeTest(step)
                    writer.write(step)
                }
                return writer.finish()
            }
        } catch {
            preconditionFailure("A delta just made does not apply: \(error)")
        }
    }

    /// What changed between two texts, compact or not, in the order of the delta.
    ///
    /// - Throws: `JSONError` where one of them is not valid.
    package static func edits(
        from old: [UInt8],
        to new: [UInt8]
    ) throws(JSONError) -> [Edit] {
        let (document, delta) = try difference(old, new)
        do throws(DeltaError) {
            return try delta.withView { (view) throws(DeltaError) in
                try edits(of: view.span, names: NameTable(), from: document)
            }
        } catch {
            preconditionFailure("A delta just made does not apply: \(error)")
        }
    }

    /// What a delta changes, in its order.
    ///
    /// - Throws: `DeltaError` where the delta does not fit.
    package static func edits(
        of delta: RawSpan,
        names: NameTable,
        from document: StateDocument
    ) throws(DeltaError) -> [Edit] {
        var edits: [Edit] = []
        _ = try walk(delta, names, document) { step in
            let parts = step.path.map { part in
                switch part {
                case .key(let key): String(decoding: JSONString.decode(key), as: UTF8.self)
                case .index(let index): String(index)
                }
            }
            var pointer = JSONPointer(parts: parts)
            if step.kind == .removed, let shown = step.shownIndex {
                pointer.parts[pointer.parts.count - 1] = String(shown)
            }
            edits.append(
                Edit(kind: step.kind, pointer: pointer, old: step.old, new: step.new)
            )
        }
        return edits
    }

    private static func difference(
        _ old: [UInt8],
        _ new: [UInt8]
    ) throws(JSONError) -> (StateDocument, [UInt8]) {
        for text in [old, new] {
            try text.withView { (view) throws(JSONError) in
                try JSONScanner.validate(view, mode: .anySpace)
            }
        }
        let document = try StateDocument(validating: JSONScanner.compact(old))
        let target = JSONScanner.compact(new)
        var changing = document
        var names = NameTable()
        var delta: [UInt8] = []
        _ = try target.withView { (view) throws(JSONError) in
            try changing.update(to: view.span, names: &names, delta: &delta)
        }
        return (document, delta)
    }
}

/// One operation of a patch.
struct PatchStep {
    var kind: JSONPatch.Edit.Kind
    var path: [PathPart]
    /// Whether an element is added at the end of its list.
    var isAppend: Bool
    var old: [UInt8]?
    var new: [UInt8]?
    /// The index of a removed element before the removals of the same splice.
    var shownIndex: Int?
}

extension JSONPatch {
    /// Takes a delta apart into steps while applying it to a copy; returns the copy.
    private static func walk(
        _ delta: RawSpan,
        _ names: NameTable,
        _ document: StateDocument,
        _ body: (PatchStep) -> Void
    ) throws(DeltaError) -> StateDocument {
        try delta.withView { (view) throws(DeltaError) -> StateDocument in
            var document = document
            var names = names
            var reader = DeltaReader()
            while let operation = try reader.next(in: view, names: &names) {
                let path = reader.path
                let before = document.value(atPath: path)
                if case .spliceList(let index, let removed, let inserted, let values) =
                    operation.kind
                {
                    try steps(view, path, (index, removed, inserted, values), before, body)
                }
                try document.perform(operation, path: path, delta: view, isTrusted: false)
                switch operation.kind {
                case .set(let value):
                    let kind: Edit.Kind = before == nil ? .added : .changed
                    let new = view.slice(value).array
                    body(PatchStep(kind: kind, path: path, isAppend: false, old: before, new: new))
                case .remove:
                    body(PatchStep(kind: .removed, path: path, isAppend: false, old: before))
                case .spliceString:
                    let new = document.value(atPath: path)
                    body(
                        PatchStep(
                            kind: .changed,
                            path: path,
                            isAppend: false,
                            old: before,
                            new: new
                        )
                    )
                case .spliceList: break
                }
            }
            return document
        }
    }

    /// A list splice element by element: changes first, then removals or additions.
    private static func steps(
        _ delta: ByteView,
        _ path: [PathPart],
        _ splice: (index: Int, removed: Int, inserted: Int, values: Range<Int>),
        _ list: [UInt8]?,
        _ body: (PatchStep) -> Void
    ) throws(DeltaError) {
        guard let list, list.first == UInt8(ascii: "[") else { return }
        try list.withView { (view) throws(DeltaError) in
            var elements: [Range<Int>] = []
            StateDocument.forEachElement(view) { elements.append($0) }
            guard splice.index <= elements.count,
                splice.removed <= elements.count - splice.index
            else { return }
            var next = splice.values.lowerBound
            for number in 0..<splice.inserted {
                let index = splice.index + number
                let new = delta.slice(try DeltaEdit.value(delta, &next)).array
                let isChange = number < splice.removed
                let old = isChange ? view.slice(elements[index]).array : nil
                let isAppend = !isChange && splice.index + splice.removed == elements.count
                body(
                    PatchStep(
                        kind: isChange ? .changed : .added,
                        path: path + [.index(index)],
                        isAppend: isAppend,
                        old: old,
                        new: new
                    )
                )
            }
            guard splice.removed > splice.inserted else { return }
            for number in splice.inserted..<splice.removed {
                body(
                    PatchStep(
                        kind: .removed,
                        path: path + [.index(splice.index + splice.inserted)],
                        isAppend: false,
                        old: view.slice(elements[splice.index + number]).array,
                        shownIndex: splice.index + number
                    )
                )
            }
        }
    }

    /// Whether a document may have two keys that decode to the same characters.
    private static func mayBeAmbiguous(_ document: StateDocument) -> Bool {
        func hasEscape(_ view: ByteView) -> Bool {
            var offset = 0
            while offset + 1 < view.count {
                if view[offset] == UInt8(ascii: "\\") {
                    let next = view[offset + 1]
                    if next == UInt8(ascii: "u") || next == UInt8(ascii: "/") { return true }
                    offset += 1
                }
                offset += 1
            }
            return false
        }
        if let whole = document.whole { return hasEscape(whole.view) }
        return document.members.contains { hasEscape($0.slab.view) }
    }
}
