// SPDX-License-Identifier: Apache-2.0

extension StateDocument {
    /// Applies a delta.
    ///
    /// Any bytes are safe: what is no delta, or does not fit this document, is an error.
    ///
    /// - Parameters:
    ///   - delta: the operations, `Formats/events.md` section 8
    ///   - names: the table as it was when the delta was written; advanced past it
    /// - Throws: `DeltaError`. The document then holds a valid value somewhere between the two, and
    ///   both it and the names should be given up.
    /// - Complexity: per operation linear in what it inserts and in the bytes and siblings behind
    ///   it within its top-level member; the first visit of a container is linear in it.
    package mutating func apply(
        _ delta: RawSpan,
        names: inout NameTable
    ) throws(DeltaError) {
        try delta.withView { (view) throws(DeltaError) in
            try apply(view, names: &names, isTrusted: false)
        }
    }

    mutating func apply(
        _ delta: ByteView,
        names: inout NameTable,
        isTrusted: Bool
    ) throws(DeltaError) {
        var reader = DeltaReader()
        while let operation = try reader.next(in: delta, names: &names) {
            try perform(operation, path: reader.path, delta: delta, isTrusted: isTrusted)
        }
    }

    mutating func perform(
        _ operation: DeltaOperation,
        path: [PathPart],
        delta: ByteView,
        isTrusted: Bool
    ) throws(DeltaError) {
        let start = operation.range.lowerBound
        let edit = DeltaEdit(
            kind: operation.kind,
            path: path,
            delta: delta,
            offset: start,
            room: StateDocument.byteLimit - byteCount
        )
        if !isTrusted { try edit.check() }
        if path.isEmpty, case .set(let value) = operation.kind {
            guard value.count <= StateDocument.byteLimit else {
                throw .tooLarge(byteCount: value.count)
            }
            hold(delta.slice(value))
            return
        }
        if whole != nil {
            guard var slab = whole else { return }
            // Taken out so that the slab's memory has one owner while it changes.
            whole = nil
            defer { whole = slab }
            byteCount += try slab.apply(edit, from: 0)
            return
        }
        guard case .key(let key)? = path.first else {
            if path.isEmpty { throw .wrongKind(at: start) }
            throw .noSuchPath(at: start)
        }
        try performOnMember(key, edit)
    }

    private mutating func performOnMember(
        _ key: [UInt8],
        _ edit: DeltaEdit
    ) throws(DeltaError) {
        let found = key.withView { memberIndex($0) }
        if edit.path.count == 1 {
            switch edit.kind {
            case .remove:
                guard let found else { throw .noSuchPath(at: edit.offset) }
                byteCount -= members[found].slab.text.count + (members.count > 1 ? 1 : 0)
                members.remove(at: found)
                return
            case .set(let value) where found == nil:
                try appendMember(key, edit.delta.slice(value))
                return
            default: break
            }
        }
        guard let found else { throw .noSuchPath(at: edit.offset) }
        byteCount += try members[found].slab.apply(edit, from: 1)
    }

    private mutating func appendMember(
        _ key: [UInt8],
        _ value: ByteView
    ) throws(DeltaError) {
        let added = key.count + 3 + value.count + (members.isEmpty ? 0 : 1)
        guard added <= StateDocument.byteLimit - byteCount else {
            throw .tooLarge(byteCount: byteCount + added)
        }
        var prefix: [UInt8] = [UInt8(ascii: "\"")]
        prefix.append(contentsOf: key)
        prefix.append(UInt8(ascii: "\""))
        prefix.append(UInt8(ascii: ":"))
        let buffer = prefix.withView { TextBuffer($0, value) }
        members.append(key.withView { StateDocument.member($0, text: buffer) })
        byteCount += added
        if members.count > StateDocument.memberLimit * 2 {
            text().withView { hold($0) }
        }
    }
}

/// One operation on its way to the place it changes.
struct DeltaEdit {
    let kind: DeltaOperation.Kind
    let path: [PathPart]
    let delta: ByteView
    /// Where the operation stands in the delta, for errors.
    let offset: Int
    /// How many bytes the state may grow.
    let room: Int

    /// Checks the values and the last key: what is inserted must be compact JSON.
    func check() throws(DeltaError) {
        switch kind {
        case .set(let value):
            try checkValue(delta.slice(value), depth: path.count, at: value.lowerBound)
            guard case .key(let key)? = path.last else { return }
            try checkContent(key, at: offset)
        case .remove: break
        case .spliceList(_, _, let inserted, let values):
            var next = values.lowerBound
            for _ in 0..<inserted {
                let value = try DeltaEdit.value(delta, &next)
                try checkValue(delta.slice(value), depth: path.count + 1, at: value.lowerBound)
            }
        case .spliceString(_, _, let text):
            try checkContent(delta.slice(text), at: text.lowerBound)
        }
    }

    /// Reads a length and returns the range that follows.
    static func value(_ view: ByteView, _ offset: inout Int) throws(DeltaError) -> Range<Int> {
        let length = try DeltaReader.number(view, &offset)
        guard length <= UInt64(view.count - offset) else { throw .truncated(at: view.count) }
        let start = offset
        offset += Int(length)
        return start..<offset
    }

    private func checkValue(
        _ value: ByteView,
        depth: Int,
        at place: Int
    ) throws(DeltaError) {
        do throws(JSONError) {
            guard value.count > 0 else { throw .empty }
            let end = try JSONScanner.scan(value, at: 0, depth: depth, mode: .compact)
            guard end == value.count else { throw .trailingBytes(at: end) }
        } catch {
            throw .badValue(error, at: place)
        }
    }

    private func checkContent(_ key: [UInt8], at place: Int) throws(DeltaError) {
        try key.withView { (view) throws(DeltaError) in
            try checkContent(view, at: place)
        }
    }

    private func checkContent(_ content: ByteView, at place: Int) throws(DeltaError) {
        do throws(JSONError) {
            let end = try JSONScanner.scanContent(content, from: 0)
            guard end == content.count else { throw .trailingBytes(at: end) }
        } catch {
            throw .badValue(error, at: place)
        }
    }
}
