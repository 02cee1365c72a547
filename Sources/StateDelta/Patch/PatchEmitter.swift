// SPDX-License-Identifier: Apache-2.0

/// Which operations a patch may hold.
package enum PatchDialect: Sendable {
    /// `add`, `remove` and `replace` of RFC 6902.
    case standard
    /// `str-append` too: its value goes to the end of the string at the path.
    case appending
}

/// Turns deltas into JSON Patches while they are applied, at the cost of what changed.
package struct PatchEmitter: Sendable {
    private let dialect: PatchDialect
    /// The decoded keys of the root to which patches are limited; `nil` for all.
    private let scope: Set<[UInt8]>?
    /// Whether no key seen so far was written with an escape: then paths are unambiguous.
    private var keysArePlain: Bool

    /// Begins at a state.
    ///
    /// - Parameters:
    ///   - document: the state before the first delta; `nil` where it is not known.
    ///   - dialect: the operations wanted.
    ///   - scope: the keys of the root to which patches are limited.
    /// - Complexity: linear in the state.
    package init(
        from document: StateDocument?,
        dialect: PatchDialect = .standard,
        scope: [String]? = nil
    ) {
        self.dialect = dialect
        self.scope = scope.map { Set($0.map { Array($0.utf8) }) }
        keysArePlain = !(document?.hasEscapedKey ?? false)
    }

    /// Applies a delta.
    ///
    /// - Parameters:
    ///   - delta: the operations
    ///   - document: the state before; the state after when this returns
    ///   - names: the table as it was when the delta was written; advanced past it
    /// - Returns: The text of the patch, compact.
    /// - Throws: `DeltaError` where the delta does not fit.
    package mutating func apply(
        _ delta: RawSpan,
        to document: inout StateDocument,
        names: inout NameTable
    ) throws(DeltaError) -> [UInt8] {
        try delta.withView { (view) throws(DeltaError) in
            if keysArePlain, view.hasEscapedKey { keysArePlain = false }
            return keysArePlain
                ? try applyPlainly(view, &document, &names)
                : try applyExactly(view, &document, &names)
        }
    }

    /// The patch between two states of which no delta is known.
    ///
    /// - Complexity: linear in the states.
    package func patch(from old: StateDocument?, to new: StateDocument) -> [UInt8] {
        // Both are valid texts, so there is no error to tell.
        let before = old.map { scoped($0) } ?? Array("null".utf8)
        return (try? JSONPatch.diff(from: before, to: scoped(new))) ?? []
    }

    /// Goes on from a state to which no delta led.
    package mutating func passed(_ document: StateDocument) {
        keysArePlain = keysArePlain && !document.hasEscapedKey
    }

    /// The text of a state, limited to the scope.
    package func scoped(_ document: StateDocument) -> [UInt8] {
        guard let scope, document.whole == nil else { return document.text() }
        var output: [UInt8] = [UInt8(ascii: "{")]
        for member in document.members where scope.contains(JSONString.decode(member.key)) {
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            member.slab.view.append(to: &output)
        }
        output.append(UInt8(ascii: "}"))
        return output
    }

    /// Appends the text of a state, limited to the scope, with markers for members that are large.
    ///
    /// - Parameters:
    ///   - document: the state.
    ///   - keyLimit: members of more bytes are elided.
    ///   - output: where the text goes.
    ///   - link: the address of the member with a key.
    /// - Returns: The keys that were elided.
    package func appendKeyframe(
        _ document: StateDocument,
        keyLimit: Int,
        to output: inout [UInt8],
        link: (String) -> String
    ) -> [String] {
        guard document.whole == nil else {
            document.appendText(to: &output)
            return []
        }
        var elided: [String] = []
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        for member in document.members {
            let key = JSONString.decode(member.key)
            if let scope, !scope.contains(key) { continue }
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            let name = String(decoding: key, as: UTF8.self)
            if member.slab.text.count > keyLimit {
                elided.append(name)
                member.slab.view.slice(0, member.slab.valueStart).append(to: &output)
                let value = member.slab.view.slice(member.slab.valueRange)
                Elision.appendMarker(of: value, address: link(name), to: &output)
            } else {
                member.slab.view.append(to: &output)
            }
        }
        output.append(UInt8(ascii: "}"))
        return elided
    }

    /// By comparing the two states: right also where two keys are one to a reader of the patch.
    private func applyExactly(
        _ delta: ByteView,
        _ document: inout StateDocument,
        _ names: inout NameTable
    ) throws(DeltaError) -> [UInt8] {
        let before = document
        let namesBefore = names
        try document.apply(delta, names: &names, isTrusted: false)
        if scope != nil { return patch(from: before, to: document) }
        return try JSONPatch.patch(of: delta.span, names: namesBefore, from: before)
    }

    private func applyPlainly(
        _ delta: ByteView,
        _ document: inout StateDocument,
        _ names: inout NameTable
    ) throws(DeltaError) -> [UInt8] {
        var writer = PatchWriter()
        var reader = DeltaReader()
        while let operation = try reader.next(in: delta, names: &names) {
            let path = reader.path
            guard isInScope(path) else {
                try document.perform(operation, path: path, delta: delta, isTrusted: false)
                continue
            }
            let before = document.place(of: path, operation.kind)
            try document.perform(operation, path: path, delta: delta, isTrusted: false)
            try write(operation.kind, path, before, delta, document, &writer)
        }
        return writer.finish()
    }

    private func isInScope(_ path: [PathPart]) -> Bool {
        guard let scope, case .key(let key)? = path.first else { return true }
        return scope.contains(key)
    }

    private func write(
        _ kind: DeltaOperation.Kind,
        _ path: [PathPart],
        _ before: PlaceBefore,
        _ delta: ByteView,
        _ document: StateDocument,
        _ writer: inout PatchWriter
    ) throws(DeltaError) {
        var step = PatchStep(kind: .changed, path: path, isAppend: false, old: nil, new: nil)
        switch kind {
        case .set(let value):
            if !before.exists { step.kind = .added }
            // A whole new root is limited like the state is.
            step.new = path.isEmpty ? scoped(document) : delta.slice(value).array
            writer.write(step)
        case .remove:
            step.kind = .removed
            writer.write(step)
        case .spliceString(let offset, let removed, let text):
            if dialect == .appending, removed == 0, offset == before.length {
                return writer.writeStringAppend(path, delta.slice(text))
            }
            step.new = document.value(atPath: path)
            writer.write(step)
        case .spliceList(let index, let removed, let inserted, let values):
            var next = values.lowerBound
            for number in 0..<inserted {
                step.kind = number < removed ? .changed : .added
                step.path = path + [.index(index + number)]
                step.isAppend = number >= removed && index + removed == before.length
                step.new = delta.slice(try DeltaEdit.value(delta, &next)).array
                writer.write(step)
            }
            for _ in inserted..<max(inserted, removed) {
                step.kind = .removed
                step.path = path + [.index(index + inserted)]
                writer.write(step)
            }
        }
    }
}

/// What stood at a path before an operation.
private struct PlaceBefore {
    var exists = false
    /// Elements of an array, bytes between the quotes of a string.
    var length = 0
}

extension StateDocument {
    /// What a patch has to know of the value at a path.
    fileprivate mutating func place(
        of path: [PathPart],
        _ kind: DeltaOperation.Kind
    ) -> PlaceBefore {
        if whole != nil {
            guard var slab = whole else { return PlaceBefore() }
            whole = nil
            defer { whole = slab }
            return slab.place(of: path[...], kind)
        }
        guard case .key(let key)? = path.first else { return PlaceBefore(exists: true) }
        guard let index = key.withView({ memberIndex($0) }) else { return PlaceBefore() }
        return members[index].slab.place(of: path.dropFirst(), kind)
    }

    /// Whether a key anywhere in the value is written with an escape.
    fileprivate var hasEscapedKey: Bool {
        if let whole { return whole.view.hasEscapedKey }
        return members.contains { $0.slab.view.hasEscapedKey }
    }
}

extension Slab {
    fileprivate mutating func place(
        of path: ArraySlice<PathPart>,
        _ kind: DeltaOperation.Kind
    ) -> PlaceBefore {
        var range = valueRange
        for part in path {
            guard let slot = open(range), let child = child(part, of: slot, in: range) else {
                return PlaceBefore()
            }
            range = child.valueStart..<child.end
        }
        switch kind {
        case .spliceList:
            let count = open(range).map { indexes[$0].starts.count } ?? 0
            return PlaceBefore(exists: true, length: count)
        default: return PlaceBefore(exists: true, length: max(0, range.count - 2))
        }
    }
}

extension ByteView {
    /// Whether something that looks like a key holds a backslash.
    fileprivate var hasEscapedKey: Bool {
        var offset = 0
        while offset < count {
            guard self[offset] == UInt8(ascii: "\"") else {
                offset += 1
                continue
            }
            var isEscaped = false
            offset += 1
            while offset < count, self[offset] != UInt8(ascii: "\"") {
                if self[offset] == UInt8(ascii: "\\") {
                    isEscaped = true
                    offset += 1
                }
                offset += 1
            }
            offset += 1
            if isEscaped, offset < count, self[offset] == UInt8(ascii: ":") { return true }
        }
        return false
    }
}
