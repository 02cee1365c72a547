// SPDX-License-Identifier: Apache-2.0

/// Why a JSON Patch cannot be applied.
package enum PatchError: Error, Equatable, Sendable {
    /// The patch is not JSON.
    case notJSON(JSONError)
    /// The patch is not an array of objects.
    case notAPatch
    /// An operation lacks a member, or has one of the wrong kind.
    case badOperation(Int, member: String)
    /// An `op` that RFC 6902 does not know.
    case unknownOperation(Int)
    /// A pointer that is none.
    case badPointer(Int, JSONPointerError)
    /// A pointer that leads to nothing.
    case noSuchPath(Int)
    /// A value moved into itself.
    case movedIntoItself(Int)
    /// A `test` that found another value.
    case testFailed(Int)
    /// The result cannot be stored.
    case badResult(Int, DeltaError)
}

extension PatchError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notJSON(let error): "the patch is not JSON: \(error)"
        case .notAPatch: "a JSON Patch is an array of objects"
        case .badOperation(let index, let member):
            "operation \(index) of the patch has no proper \"\(member)\""
        case .unknownOperation(let index):
            "operation \(index) of the patch is none of add, remove, replace, move, copy, test"
        case .badPointer(let index, let error):
            "operation \(index) of the patch has a bad pointer: \(error)"
        case .noSuchPath(let index): "operation \(index) of the patch points to nothing"
        case .movedIntoItself(let index):
            "operation \(index) of the patch moves a value into itself"
        case .testFailed(let index): "test \(index) of the patch found another value"
        case .badResult(let index, let error):
            "operation \(index) of the patch cannot be done: \(error)"
        }
    }
}

extension JSONPatch {
    /// Applies a JSON Patch: all of it, or nothing.
    ///
    /// - Throws: `PatchError`; the document is then unchanged.
    /// - Complexity: per operation linear in the containers on its path.
    package static func apply(
        patch: RawSpan,
        to document: inout StateDocument
    ) throws(PatchError) {
        try patch.withView { (view) throws(PatchError) in
            try apply(view, to: &document)
        }
    }

    static func apply(
        _ patch: ByteView,
        to document: inout StateDocument
    ) throws(PatchError) {
        do throws(JSONError) {
            try JSONScanner.validate(patch, mode: .anySpace)
        } catch {
            throw .notJSON(error)
        }
        let text = JSONScanner.compact(patch.array)
        var copy = document
        try text.withView { (view) throws(PatchError) in
            guard view[0] == UInt8(ascii: "[") else { throw .notAPatch }
            var ranges: [Range<Int>] = []
            StateDocument.forEachElement(view) { ranges.append($0) }
            for (number, range) in ranges.enumerated() {
                let operation = try PatchOperation(view.slice(range), number)
                try operation.perform(on: &copy)
            }
        }
        document = copy
    }
}

/// One operation read from a patch.
private struct PatchOperation {
    let number: Int
    let name: [UInt8]
    let path: JSONPointer
    let from: JSONPointer?
    let value: [UInt8]?

    init(_ view: ByteView, _ number: Int) throws(PatchError) {
        guard view[0] == UInt8(ascii: "{") else { throw .notAPatch }
        var members: [[UInt8]: [UInt8]] = [:]
        StateDocument.forEachMember(view) { key, value in
            members[JSONString.decode(key)] = value.array
            return true
        }
        func string(_ key: String) -> [UInt8]? {
            guard let text = members[Array(key.utf8)], text.first == UInt8(ascii: "\"") else {
                return nil
            }
            return JSONString.decode(Array(text.dropFirst().dropLast()))
        }
        func pointer(_ key: String) throws(PatchError) -> JSONPointer {
            guard let text = string(key) else { throw .badOperation(number, member: key) }
            do throws(JSONPointerError) {
                return try JSONPointer(String(decoding: text, as: UTF8.self))
            } catch {
                throw .badPointer(number, error)
            }
        }
        guard let name = string("op") else { throw .badOperation(number, member: "op") }
        self.number = number
        self.name = name
        path = try pointer("path")
        switch String(decoding: name, as: UTF8.self) {
        case "add", "replace", "test":
            guard let value = members[Array("value".utf8)] else {
                throw .badOperation(number, member: "value")
            }
            self.value = value
            from = nil
        case "move", "copy":
            value = nil
            from = try pointer("from")
        case "remove":
            value = nil
            from = nil
        default: throw .unknownOperation(number)
        }
    }

    func perform(on document: inout StateDocument) throws(PatchError) {
        switch String(decoding: name, as: UTF8.self) {
        case "add": try add(value ?? [], at: path, to: &document)
        case "remove": try remove(path, from: &document)
        case "replace":
            let place = try existing(path, in: &document)
            try write(&document, place) { $0.set(value ?? []) }
        case "move":
            guard let from else { return }
            let moved = try existing(from, in: &document)
            if from == path { return }
            if path.parts.starts(with: from.parts) { throw .movedIntoItself(number) }
            let text = document.value(atPath: moved) ?? []
            try remove(from, from: &document)
            try add(text, at: path, to: &document)
        case "copy":
            guard let from else { return }
            let copied = try existing(from, in: &document)
            try add(document.value(atPath: copied) ?? [], at: path, to: &document)
        default:
            let place = try existing(path, in: &document)
            guard JSONPatch.isEqual(document.value(atPath: place) ?? [], value ?? []) else {
                throw .testFailed(number)
            }
        }
    }

    private func add(
        _ value: [UInt8],
        at pointer: JSONPointer,
        to document: inout StateDocument
    ) throws(PatchError) {
        guard let last = pointer.parts.last else {
            try write(&document, []) { $0.set(value) }
            return
        }
        let parent = JSONPointer(parts: pointer.parts.dropLast())
        let place = try existing(parent, in: &document)
        switch document.value(atPath: place)?.first {
        case UInt8(ascii: "{"):
            let key = document.rawKeys(last, atPath: place).last
            let written = key ?? Array(JSONString.encode(Array(last.utf8)).dropFirst().dropLast())
            try write(&document, place + [.key(written)]) { $0.set(value) }
        case UInt8(ascii: "["):
            let count = document.elementCount(atPath: place)
            let index =
                last == "-"
                ? count : JSONPointer.index(last, count: count + 1, allowsNegative: false)
            guard let index else { throw .noSuchPath(number) }
            try write(&document, place) { $0.spliceList(index, removed: 0, [value]) }
        default: throw .noSuchPath(number)
        }
    }

    private func remove(
        _ pointer: JSONPointer,
        from document: inout StateDocument
    ) throws(PatchError) {
        var place = try existing(pointer, in: &document)
        switch place.last {
        case nil: throw .noSuchPath(number)
        case .key: try write(&document, place) { $0.remove() }
        case .index(let index):
            place.removeLast()
            try write(&document, place) { $0.spliceList(index, removed: 1, []) }
        }
    }

    /// The path as written of a value that must exist.
    ///
    /// Where a key stands twice the last member counts, so the others go first.
    private func existing(
        _ pointer: JSONPointer,
        in document: inout StateDocument
    ) throws(PatchError) -> [PathPart] {
        var place: [PathPart] = []
        for part in pointer.parts {
            switch document.value(atPath: place)?.first {
            case UInt8(ascii: "{"):
                let keys = document.rawKeys(part, atPath: place)
                guard let key = keys.last else { throw .noSuchPath(number) }
                if keys.count > 1 {
                    let single = document.withoutDuplicates(part, atPath: place)
                    try write(&document, place) { $0.set(single) }
                }
                place.append(.key(key))
            case UInt8(ascii: "["):
                let count = document.elementCount(atPath: place)
                guard let index = JSONPointer.index(part, count: count, allowsNegative: false)
                else { throw .noSuchPath(number) }
                place.append(.index(index))
            default: throw .noSuchPath(number)
            }
        }
        return place
    }

    /// Encodes one operation and applies it.
    private func write(
        _ document: inout StateDocument,
        _ path: [PathPart],
        _ body: (inout OperationWriter) -> Void
    ) throws(PatchError) {
        var writer = OperationWriter(path: path)
        body(&writer)
        var names = NameTable.none
        do throws(DeltaError) {
            try writer.output.withView { (view) throws(DeltaError) in
                try document.apply(view, names: &names, isTrusted: false)
            }
        } catch {
            throw .badResult(number, error)
        }
    }
}

/// Encodes one operation of a delta with its keys spelled out.
private struct OperationWriter {
    let path: [PathPart]
    private(set) var output: [UInt8] = []

    init(path: [PathPart]) { self.path = path }

    private mutating func number(_ number: Int) {
        var rest = number
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func head(_ code: UInt8) {
        output.append(code)
        number(path.count)
        for part in path {
            switch part {
            case .key(let key):
                number(key.count << 2 | 1)
                output.append(contentsOf: key)
            case .index(let index): number(index << 2 | 2)
            }
        }
    }

    mutating func set(_ value: [UInt8]) {
        head(0)
        number(value.count)
        output.append(contentsOf: value)
    }

    mutating func remove() { head(1) }

    mutating func spliceList(_ index: Int, removed: Int, _ values: [[UInt8]]) {
        head(2)
        number(index)
        number(removed)
        number(values.count)
        for value in values {
            number(value.count)
            output.append(contentsOf: value)
        }
    }
}
