// SPDX-License-Identifier: Apache-2.0
// A JSON value, written as a literal where that is natural.

internal import EventLog
internal import StateDelta

/// A JSON value: what a state holds, an action takes as input and gives as its result.
public indirect enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number as its digits, so that none is rounded.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Members in their order.
    case object([Member])

    /// A member of an object.
    public struct Member: Equatable, Sendable {
        /// The key.
        public var key: String
        /// The value.
        public var value: JSONValue

        /// Makes a member.
        public init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// `{}`, made once.
    public static let emptyObject = JSONValue.object([])

    var isEmptyObject: Bool {
        guard case .object(let members) = self else { return false }
        return members.isEmpty
    }

    /// The value of an object's member; `nil` where there is none.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The value as a type; `nil` where it is not one.
    ///
    /// - Complexity: O(size).
    public func value<Value: JSONConvertible>(as type: Value.Type = Value.self) -> Value? {
        Value(json: text)
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `null`.
    public init(nilLiteral: ()) { self = .null }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .number(String(value)) }
    /// A number.
    public init(floatLiteral value: Double) { self = JSONValue(value) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object, its members in their order.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}

extension JSONValue {
    /// A value of Swift's.
    public init(_ value: some JSONConvertible) {
        var text: [UInt8] = []
        value.appendJSON(to: &text)
        self = JSONParser.parse(text)
    }

    /// The value as compact text.
    var text: [UInt8] {
        var text: [UInt8] = []
        appendJSON(to: &text)
        return text
    }
}

extension JSONValue: JSONConvertible {
    /// Any compact JSON.
    public init?(json: [UInt8]) {
        self = JSONParser.parse(json)
    }

    /// Appends the value as compact JSON.
    public func appendJSON(to text: inout [UInt8]) {
        switch self {
        case .null: text.append(contentsOf: "null".utf8)
        case .bool(let value): value.appendJSON(to: &text)
        case .number(let digits):
            let isNumber = Double(json: Array(digits.utf8)) != nil && JSONParser.isValue(digits)
            text.append(contentsOf: (isNumber ? digits : "null").utf8)
        case .string(let value): value.appendJSON(to: &text)
        case .array(let values): values.appendJSON(to: &text)
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                member.key.appendJSON(to: &text)
                text.append(UInt8(ascii: ":"))
                member.value.appendJSON(to: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }
}

/// Builds values from text that is known to be compact JSON.
enum JSONParser {
    static func parse(_ text: [UInt8]) -> JSONValue {
        var offset = 0
        return value(text, &offset)
    }

    /// Whether a text is one compact value.
    static func isValue(_ text: String) -> Bool { isValue(Array(text.utf8)) }

    /// Whether a text is one compact value.
    static func isValue(_ text: [UInt8]) -> Bool {
        (try? JSONScanner.scanValue(text.rawSpan, at: 0)) == text.count
            && JSONScanner.isCompact(text)
    }

    /// The texts of a list's items, as they are written.
    static func items(of text: [UInt8]) -> [[UInt8]] {
        var items: [[UInt8]] = []
        var offset = 1
        while offset < text.count - 1,
            let end = try? JSONScanner.scanValue(text.rawSpan, at: offset)
        {
            items.append(Array(text[offset..<end]))
            offset = end + 1
        }
        return items
    }

    /// The members of an object, their values as they are written.
    static func members(of text: [UInt8]) -> [(key: String, value: [UInt8])] {
        var members: [(key: String, value: [UInt8])] = []
        var offset = 1
        while offset < text.count - 1 {
            let key = string(text, &offset)
            offset += 1
            guard let end = try? JSONScanner.scanValue(text.rawSpan, at: offset) else { break }
            members.append((key, Array(text[offset..<end])))
            offset = end + 1
        }
        return members
    }

    private static func value(_ text: [UInt8], _ offset: inout Int) -> JSONValue {
        guard offset < text.count else { return .null }
        switch text[offset] {
        case UInt8(ascii: "{"): return object(text, &offset)
        case UInt8(ascii: "["): return array(text, &offset)
        case UInt8(ascii: "\""): return .string(string(text, &offset))
        case UInt8(ascii: "t"):
            offset += 4
            return .bool(true)
        case UInt8(ascii: "f"):
            offset += 5
            return .bool(false)
        case UInt8(ascii: "n"):
            offset += 4
            return .null
        default:
            let start = offset
            while offset < text.count, !isEnd(text[offset]) { offset += 1 }
            return .number(String(decoding: text[start..<offset], as: UTF8.self))
        }
    }

    private static func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    private static func string(_ text: [UInt8], _ offset: inout Int) -> String {
        let start = offset + 1
        offset = start
        while offset < text.count, text[offset] != UInt8(ascii: "\"") {
            offset += text[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        let raw = Array(text[start..<min(offset, text.count)])
        offset += 1
        return String(decoding: JSONString.decode(raw), as: UTF8.self)
    }

    private static func array(_ text: [UInt8], _ offset: inout Int) -> JSONValue {
        var values: [JSONValue] = []
        offset += 1
        while offset < text.count, text[offset] != UInt8(ascii: "]") {
            values.append(value(text, &offset))
            if offset < text.count, text[offset] == UInt8(ascii: ",") { offset += 1 }
        }
        offset += 1
        return .array(values)
    }

    private static func object(_ text: [UInt8], _ offset: inout Int) -> JSONValue {
        var members: [JSONValue.Member] = []
        offset += 1
        while offset < text.count, text[offset] != UInt8(ascii: "}") {
            let key = string(text, &offset)
            offset += 1
            members.append(JSONValue.Member(key, value(text, &offset)))
            if offset < text.count, text[offset] == UInt8(ascii: ",") { offset += 1 }
        }
        offset += 1
        return .object(members)
    }
}
