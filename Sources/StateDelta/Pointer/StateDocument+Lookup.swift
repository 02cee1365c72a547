// SPDX-License-Identifier: Apache-2.0

/// What a pointer leads to in a document.
package enum Lookup: Equatable, Sendable {
    /// The text of the value.
    case found([UInt8])
    /// Nothing: the longest part of the pointer that exists, and what stands there.
    case missing(prefix: JSONPointer, siblings: Siblings)

    /// What the value at the longest existing prefix offers.
    package enum Siblings: Equatable, Sendable {
        /// The decoded keys of an object, at most 100 of them.
        case keys([String])
        /// The number of elements of an array.
        case elements(Int)
        /// A string, number, boolean or null: nothing can be below it.
        case scalar
    }
}

extension StateDocument {
    /// The text of the value at a pointer; nil where there is none.
    ///
    /// Keys are compared decoded; of a key that stands twice the last member counts.
    ///
    /// - Complexity: linear in the bytes before the value within the containers on the path.
    package func value(at pointer: JSONPointer) -> [UInt8]? {
        guard case .found(let text) = lookup(pointer) else { return nil }
        return text
    }

    /// The value at a pointer, or how far the pointer leads.
    package func lookup(_ pointer: JSONPointer) -> Lookup {
        guard let first = pointer.parts.first else { return .found(text()) }
        if let whole {
            return StateDocument.find(pointer, from: 0, in: whole.view)
        }
        let wanted = Array(first.utf8)
        for member in members.reversed()
        where member.key == wanted || JSONString.decode(member.key) == wanted {
            let view = member.slab.view
            return StateDocument.find(pointer, from: 1, in: view.slice(member.slab.valueRange))
        }
        let keys = members.prefix(100).map {
            String(decoding: JSONString.decode($0.key), as: UTF8.self)
        }
        return .missing(prefix: JSONPointer(parts: []), siblings: .keys(keys))
    }

    private static func find(
        _ pointer: JSONPointer,
        from first: Int,
        in view: ByteView
    ) -> Lookup {
        var value = view
        for number in first..<pointer.parts.count {
            let part = pointer.parts[number]
            if let next = step(part, in: value) {
                value = next
            } else {
                return .missing(
                    prefix: JSONPointer(parts: Array(pointer.parts[..<number])),
                    siblings: siblings(of: value)
                )
            }
        }
        return .found(value.array)
    }

    private static func step(_ part: String, in value: ByteView) -> ByteView? {
        switch value[0] {
        case UInt8(ascii: "{"):
            let wanted = Array(part.utf8)
            var found: ByteView?
            forEachMember(value) { key, member in
                if decoded(key, equals: wanted) { found = member }
                return true
            }
            return found
        case UInt8(ascii: "["):
            var elements: [Range<Int>] = []
            forEachElement(value) { elements.append($0) }
            return JSONPointer.index(part, count: elements.count, allowsNegative: true)
                .map { value.slice(elements[$0]) }
        default: return nil
        }
    }

    /// Whether a key as written stands for these characters.
    static func decoded(_ key: ByteView, equals wanted: [UInt8]) -> Bool {
        if wanted.withView({ $0 == key }) { return true }
        guard key.count > wanted.count else { return false }
        return JSONString.decode(key) == wanted
    }

    private static func siblings(of value: ByteView) -> Lookup.Siblings {
        switch value[0] {
        case UInt8(ascii: "{"):
            var keys: [String] = []
            forEachMember(value) { key, _ in
                keys.append(String(decoding: JSONString.decode(key), as: UTF8.self))
                return keys.count < 100
            }
            return .keys(keys)
        case UInt8(ascii: "["):
            var count = 0
            forEachElement(value) { _ in count += 1 }
            return .elements(count)
        default: return .scalar
        }
    }

    /// Visits the members of an object: key as written and value, until the body returns false.
    static func forEachMember(_ value: ByteView, _ body: (ByteView, ByteView) -> Bool) {
        var offset = 1
        while offset < value.count - 1 {
            let keyEnd = JSONScanner.trustedStringEnd(value, at: offset)
            let end = JSONScanner.trustedEnd(value, at: keyEnd + 1)
            let key = value.slice(offset + 1, keyEnd - 1)
            guard body(key, value.slice(keyEnd + 1, end)) else { return }
            offset = end + 1
        }
    }

    /// Visits the elements of an array: their ranges within the view.
    static func forEachElement(_ value: ByteView, _ body: (Range<Int>) -> Void) {
        var offset = 1
        while offset < value.count - 1 {
            let end = JSONScanner.trustedEnd(value, at: offset)
            body(offset..<end)
            offset = end + 1
        }
    }
}
