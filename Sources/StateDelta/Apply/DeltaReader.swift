// SPDX-License-Identifier: Apache-2.0

/// One step of a path within a state.
package enum PathPart: Equatable, Sendable {
    /// An object key as written between its quotes.
    case key([UInt8])
    /// An array index.
    case index(Int)
}

/// One operation of a delta; ranges are offsets within the delta.
package struct DeltaOperation: Equatable, Sendable {
    /// What an operation does.
    package enum Kind: Equatable, Sendable {
        /// Puts a value where the path leads.
        case set(value: Range<Int>)
        /// Removes an object member.
        case remove
        /// Removes and inserts elements; `values` holds `inserted` values with their lengths.
        case spliceList(index: Int, removed: Int, inserted: Int, values: Range<Int>)
        /// Removes and inserts bytes within a string as written.
        case spliceString(offset: Int, removed: Int, text: Range<Int>)
    }

    /// What the operation does.
    package var kind: Kind
    /// The operation's bytes.
    package var range: Range<Int>
}

/// Reads the operations of a delta one after the other, without a document.
///
/// The names that a delta adds are added to the table while it is read.
package struct DeltaReader: Sendable {
    /// The path of the operation read last.
    package private(set) var path: [PathPart] = []
    private var offset = 0

    /// A reader at the begin of a delta.
    package init() {}

    /// Reads the next operation.
    ///
    /// - Parameters:
    ///   - delta: the same delta at every call
    ///   - names: the table as it was when the delta was written
    /// - Returns: The operation, whose path is in `path`; nil at the end.
    /// - Throws: `DeltaError` for bytes that are no operation.
    package mutating func next(
        in delta: RawSpan,
        names: inout NameTable
    ) throws(DeltaError) -> DeltaOperation? {
        try delta.withView { (view) throws(DeltaError) in
            try next(in: view, names: &names)
        }
    }

    mutating func next(
        in view: ByteView,
        names: inout NameTable
    ) throws(DeltaError) -> DeltaOperation? {
        guard offset < view.count else { return nil }
        let start = offset
        let code = view[offset]
        offset += 1
        guard code <= 3 else { throw .unknownOperation(code, at: start) }
        try readPath(view, names: &names)
        let kind: DeltaOperation.Kind
        switch code {
        case 0: kind = .set(value: try readRange(view))
        case 1: kind = .remove
        case 2:
            let index = try readCount(view)
            let removed = try readCount(view)
            let inserted = try readCount(view)
            let first = offset
            // Every value takes at least one byte, so hostile counts end quickly.
            for _ in 0..<inserted { _ = try readRange(view) }
            kind = .spliceList(
                index: index,
                removed: removed,
                inserted: inserted,
                values: first..<offset
            )
        default:
            let at = try readCount(view)
            let removed = try readCount(view)
            kind = .spliceString(offset: at, removed: removed, text: try readRange(view))
        }
        return DeltaOperation(kind: kind, range: start..<offset)
    }

    /// The top-level keys that a delta changes.
    ///
    /// - Parameters:
    ///   - delta: the encoded delta
    ///   - names: the table as it was when the delta was written; advanced past it
    ///   - includingInternal: whether keys that begin with `__` are listed too
    /// - Returns: The keys as written, each once, in the order of their first change; nil when the
    ///   root is replaced.
    /// - Throws: `DeltaError` for bytes that are no delta.
    package static func changedTopLevelKeys(
        of delta: RawSpan,
        names: inout NameTable,
        includingInternal: Bool = false
    ) throws(DeltaError) -> [[UInt8]]? {
        var reader = DeltaReader()
        var keys = ChangedKeys(includingInternal: includingInternal)
        var isRoot = false
        while try reader.next(in: delta, names: &names) != nil {
            guard case .key(let key)? = reader.path.first else {
                isRoot = true
                continue
            }
            keys.note(key)
        }
        return isRoot ? nil : keys.keys
    }

    private mutating func readPath(
        _ view: ByteView,
        names: inout NameTable
    ) throws(DeltaError) {
        path.removeAll(keepingCapacity: true)
        let count = try readCount(view)
        guard count <= JSONScanner.depthLimit else { throw .badNumber(at: offset) }
        for _ in 0..<count {
            let start = offset
            let part = try readNumber(view)
            let operand = part >> 2
            switch part & 3 {
            case 0:
                let id = Int(truncatingIfNeeded: operand)
                guard let key = names.key(id) else { throw .unknownName(id, at: start) }
                path.append(.key(key))
            case 2:
                guard operand <= UInt64(StateDocument.byteLimit) else {
                    throw .badNumber(at: start)
                }
                path.append(.index(Int(operand)))
            case let kind:
                let length = try fitted(operand, view)
                let key = view.slice(offset, offset + length).array
                offset += length
                if kind == 3 {
                    guard names.hasRoom(forKeyOf: length) else { throw .badName(at: start) }
                    names.append(key)
                }
                path.append(.key(key))
            }
        }
    }

    /// Reads a length and moves over as many bytes.
    private mutating func readRange(_ view: ByteView) throws(DeltaError) -> Range<Int> {
        let number = try readNumber(view)
        let length = try fitted(number, view)
        let start = offset
        offset += length
        return start..<offset
    }

    private func fitted(_ length: UInt64, _ view: ByteView) throws(DeltaError) -> Int {
        guard length <= UInt64(view.count - offset) else { throw .truncated(at: view.count) }
        return Int(length)
    }

    private mutating func readCount(_ view: ByteView) throws(DeltaError) -> Int {
        let start = offset
        let number = try readNumber(view)
        guard number <= UInt64(StateDocument.byteLimit) else { throw .badNumber(at: start) }
        return Int(number)
    }

    private mutating func readNumber(_ view: ByteView) throws(DeltaError) -> UInt64 {
        try DeltaReader.number(view, &offset)
    }

    /// Reads a varint.
    static func number(_ view: ByteView, _ offset: inout Int) throws(DeltaError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        let start = offset
        while true {
            guard offset < view.count else { throw .truncated(at: view.count) }
            let byte = view[offset]
            offset &+= 1
            if shift == 63, byte > 1 { throw .badNumber(at: start) }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift &+= 7
            if shift > 63 { throw .badNumber(at: start) }
        }
    }
}
