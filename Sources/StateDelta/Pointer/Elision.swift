// SPDX-License-Identifier: Apache-2.0
// Large values in short: what is left out says what it is and where it can be had.

/// Leaves out what lies too deep in a JSON value, or makes it too large.
///
/// What is left out is an object with the only key `$elided`:
/// `{"$elided":{"kind":"array","count":5000,"bytes":2519040,"href":"..."}}`.
package struct Elision {
    /// Levels of containers that are shown; `nil` for all.
    package var depth: Int?
    /// About as many bytes are shown.
    package var byteLimit: Int
    /// Strings over this many bytes keep their head only.
    package var stringLimit = 16 << 10
    /// How many values have been left out.
    package private(set) var count = 0
    /// The path of the value within the whole state.
    private let base: JSONPointer
    private let link: (JSONPointer) -> String

    /// The head of a string that is kept, in bytes.
    private static let headLength = 1_024
    /// Room for what an answer says beside the value, which else would move all of it.
    private static let beside = 2_048
    /// Less than this is not worth a part of a value.
    private static let smallest = 192

    /// Prepares to shorten a value.
    ///
    /// - Parameters:
    ///   - depth: levels of containers that are shown; `nil` for all.
    ///   - byteLimit: about as many bytes are shown.
    ///   - base: the path of the value.
    ///   - link: the address of the value at a path.
    package init(
        depth: Int?,
        byteLimit: Int,
        base: JSONPointer,
        link: @escaping (JSONPointer) -> String
    ) {
        self.depth = depth
        self.byteLimit = byteLimit
        self.base = base
        self.link = link
    }

    /// Appends a value, shortened where need be.
    ///
    /// - Parameters:
    ///   - value: compact JSON that is known to be valid.
    ///   - firstIndex: the index of the first element, where the value is a slice of a list.
    ///   - output: where the text goes.
    /// - Complexity: linear in the value.
    package mutating func append(
        _ value: [UInt8],
        firstIndex: Int = 0,
        to output: inout [UInt8]
    ) {
        output.reserveCapacity(output.count + min(value.count, byteLimit) + Self.beside)
        value.withView { view in
            var parts = base.parts
            append(view, depth ?? .max, byteLimit, firstIndex, &parts, &output)
        }
    }

    private mutating func append(
        _ value: ByteView,
        _ depth: Int,
        _ room: Int,
        _ firstIndex: Int,
        _ parts: inout [String],
        _ output: inout [UInt8]
    ) {
        // Nothing within it can be too large or too deep.
        if self.depth == nil, value.count <= min(room, stringLimit) {
            return value.append(to: &output)
        }
        switch value[0] {
        case UInt8(ascii: "\""):
            if value.count > stringLimit || value.count > max(room, Self.smallest) {
                return elide(value, parts, &output)
            }
            value.append(to: &output)
        case UInt8(ascii: "{") where value.count > 2:
            if depth == 0 || room < Self.smallest && value.count > room {
                return elide(value, parts, &output)
            }
            appendObject(value, depth, room, &parts, &output)
        case UInt8(ascii: "[") where value.count > 2:
            if depth == 0 || value.count > room { return elide(value, parts, &output) }
            appendArray(value, depth, firstIndex, &parts, &output)
        default: value.append(to: &output)
        }
    }

    private mutating func appendObject(
        _ value: ByteView,
        _ depth: Int,
        _ room: Int,
        _ parts: inout [String],
        _ output: inout [UInt8]
    ) {
        var share = Int.max
        if value.count > room {
            var sizes: [Int] = []
            StateDocument.forEachMember(value) { _, member in
                sizes.append(member.count)
                return true
            }
            // Not even markers for all of them would fit.
            if sizes.count * Self.smallest / 4 > room {
                return elide(value, parts, &output)
            }
            share = Self.share(of: room, among: sizes)
        }
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        StateDocument.forEachMember(value) { key, member in
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output.append(UInt8(ascii: "\""))
            key.append(to: &output)
            output.append(UInt8(ascii: "\""))
            output.append(UInt8(ascii: ":"))
            parts.append(String(decoding: JSONString.decode(key), as: UTF8.self))
            append(member, depth - 1, share, 0, &parts, &output)
            parts.removeLast()
            return true
        }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func appendArray(
        _ value: ByteView,
        _ depth: Int,
        _ firstIndex: Int,
        _ parts: inout [String],
        _ output: inout [UInt8]
    ) {
        output.append(UInt8(ascii: "["))
        var index = firstIndex
        StateDocument.forEachElement(value) { range in
            if index > firstIndex { output.append(UInt8(ascii: ",")) }
            parts.append(String(index))
            append(value.slice(range), depth - 1, .max, 0, &parts, &output)
            parts.removeLast()
            index += 1
        }
        output.append(UInt8(ascii: "]"))
    }

    /// The size up to which members are shown whole, so that all together fit.
    private static func share(of room: Int, among sizes: [Int]) -> Int {
        var left = room
        var count = sizes.count
        for size in sizes.sorted() {
            if size > left / count { return left / count }
            left -= size
            count -= 1
        }
        return .max
    }

    private mutating func elide(
        _ value: ByteView,
        _ parts: [String],
        _ output: inout [UInt8]
    ) {
        count += 1
        Self.appendMarker(of: value, address: link(JSONPointer(parts: parts)), to: &output)
    }

    /// Appends what stands for a value that is left out.
    static func appendMarker(
        of value: ByteView,
        address: String,
        to output: inout [UInt8]
    ) {
        let kind =
            switch value[0] {
            case UInt8(ascii: "{"): "object"
            case UInt8(ascii: "["): "array"
            default: "string"
            }
        output.append(
            contentsOf: "{\"$elided\":{\"kind\":\"\(kind)\",\"bytes\":\(value.count)".utf8
        )
        if kind == "string" {
            let content = value.slice(1, value.count - 1)
            var cut = min(headLength, content.count)
            while cut > 0, !StringCut.isClean(content, cut) { cut -= 1 }
            output.append(contentsOf: ",\"head\":\"".utf8)
            content.slice(0, cut).append(to: &output)
            output.append(UInt8(ascii: "\""))
        } else {
            output.append(contentsOf: ",\"count\":\(childCount(value))".utf8)
        }
        output.append(contentsOf: ",\"href\":".utf8)
        JSONString.appendEncoded(Array(address.utf8), to: &output)
        output.append(contentsOf: "}}".utf8)
    }

    private static func childCount(_ value: ByteView) -> Int {
        var count = 0
        if value[0] == UInt8(ascii: "{") {
            StateDocument.forEachMember(value) { _, _ in
                count += 1
                return true
            }
        } else {
            StateDocument.forEachElement(value) { _ in count += 1 }
        }
        return count
    }
}
