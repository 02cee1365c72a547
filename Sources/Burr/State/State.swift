// SPDX-License-Identifier: Apache-2.0
// The state of an application: immutable, ordered, and cheap to change.

internal import EventLog
internal import FoundationEssentials
internal import StateDelta

/// The state of an application.
///
/// A state never changes; an action returns another one made from it. Keys keep the order in which
/// they were first written. Lists share what they have in common with their former versions, so
/// appending costs what is appended.
public struct State: Sendable {
    /// The values, in the order of the keys.
    private(set) var fields: FieldList
    private unowned(unsafe) var uncountedScope: ActionScope?

    /// Which keys may be read here; `nil` outside of actions.
    var scope: ActionScope? {
        // Scopes are never freed.
        get { unsafe uncountedScope }
        set { unsafe uncountedScope = newValue }
    }

    /// A state without keys.
    public init() {
        fields = .empty
    }

    /// The keys with those of the framework.
    var table: KeyTable { fields.table }

    /// The keys in their order, without those of the framework.
    public var keys: [String] {
        table.names.filter { !$0.hasPrefix("__") }
    }

    /// The whole state as one JSON object, compact.
    ///
    /// - Complexity: O(size).
    public var json: String { String(decoding: text(), as: UTF8.self) }

    func text() -> [UInt8] {
        var output: [UInt8] = [UInt8(ascii: "{")]
        for index in fields.indices {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            output.append(contentsOf: table.written[index])
            output.append(UInt8(ascii: "\""))
            output.append(UInt8(ascii: ":"))
            fields[index].appendText(to: &output)
        }
        output.append(UInt8(ascii: "}"))
        return output
    }

    /// The bytes of its text.
    ///
    /// - Complexity: O(keys).
    var textLength: Int {
        var length = 2 + max(0, fields.count - 1)
        for index in fields.indices {
            length += table.written[index].count + 3 + fields[index].textLength
        }
        return length
    }

    /// Where a key stands.
    func index(of key: String) -> Int? { table.index(of: key) }

    func field(_ key: String) -> Field? {
        index(of: key).map { fields[$0] }
    }

    mutating func set(_ key: String, _ field: Field) {
        set(key, at: index(of: key), field)
    }

    /// Sets one of the framework's own keys.
    mutating func set(_ key: FrameworkKey, _ field: Field) {
        set(key.rawValue, at: table.index(of: key), field)
    }

    /// The place of one of the framework's own keys as a bit.
    func bit(of key: FrameworkKey) -> UInt64 {
        table.index(of: key).map { 1 << UInt64($0) } ?? 0
    }

    @inline(__always)
    private mutating func set(_ key: String, at index: Int?, _ field: Field) {
        if let index {
            // Written again as it is, shared members would be copied for nothing.
            if !fields[index].isSame(as: field) { fields[index] = field }
        } else {
            fields = fields.adding(key, field)
        }
    }

    mutating func remove(_ key: String) {
        guard let index = index(of: key) else { return }
        fields = fields.removing(at: index)
    }

    /// A state of members; of a key that stands twice the last value counts.
    private init(members: some Sequence<(String, Field)>) {
        var names: [String] = []
        var places: [String: Int] = [:]
        var values: [Field] = []
        for (name, field) in members {
            if let place = places[name] {
                values[place] = field
                continue
            }
            places[name] = names.count
            names.append(name)
            values.append(field)
        }
        fields = FieldList(KeyTable(names), values)
    }
}

extension State: ExpressibleByDictionaryLiteral {
    /// A state from a literal; of a key that stands twice the last value counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(members: elements.map { ($0.0, Field(text: $0.1.text)) })
    }

    /// A state from the text of a JSON object.
    ///
    /// - Throws: `BurrError.state` where the text is no JSON object.
    public init(json: String) throws(BurrError) {
        let text = JSONScanner.compact(Array(json.utf8))
        do throws(JSONError) { try JSONScanner.validate(text.rawSpan) } catch {
            throw .state("\(error)")
        }
        guard text.first == UInt8(ascii: "{") else {
            throw .state("a state is a JSON object, this is \(json.prefix(40))")
        }
        self.init(
            members: JSONParser.members(of: text).map { ($0.key, Field(text: $0.value)) }
        )
    }
}

extension State: Equatable {
    /// Whether keys, their order and the texts of their values are the same.
    public static func == (left: State, right: State) -> Bool {
        (left.table === right.table || left.table.names == right.table.names)
            && left.fields.indices.allSatisfy { left.fields[$0].isEqual(to: right.fields[$0]) }
    }
}

// MARK: - Reading

extension State {
    /// Whether there is a value under a key.
    public func contains(_ key: String) -> Bool { index(of: key) != nil }

    /// The value under a key; `nil` where there is none, or the action does not declare to read it.
    public subscript(key: String) -> JSONValue? {
        guard scope?.allows(key) ?? true else { return nil }
        return field(key).map { JSONParser.parse($0.text) }
    }

    /// The value under a key.
    ///
    /// - Throws: `BurrError` where there is no such key, it holds another type, or the action does
    ///   not declare that it reads it.
    public func value<Value: JSONConvertible>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws(BurrError) -> Value {
        let text = try text(of: key)
        guard let value = Value(json: text) else {
            throw .wrongType(key: key, wanted: "\(type)", text: Self.excerpt(text))
        }
        return value
    }

    /// The value under a key, decoded.
    ///
    /// - Throws: as `value(_:as:)`.
    public func decoded<Value: Decodable>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws(BurrError) -> Value {
        let text = try text(of: key)
        do {
            return try JSONDecoder().decode(type, from: Data(text))
        } catch {
            throw .wrongType(key: key, wanted: "\(type)", text: Self.excerpt(text))
        }
    }

    /// How many items the list under a key has.
    ///
    /// - Throws: as `value(_:as:)`.
    /// - Complexity: O(keys).
    public func count(of key: String) throws(BurrError) -> Int {
        switch try readable(key) {
        case .list(let list): return list.count
        case let other:
            throw .wrongType(key: key, wanted: "a list", text: Self.excerpt(other.text))
        }
    }

    private func text(of key: String) throws(BurrError) -> [UInt8] {
        try readable(key).text
    }

    private func readable(_ key: String) throws(BurrError) -> Field {
        if let scope, !scope.allows(key) {
            throw .undeclaredRead(action: scope.action, key: key, reads: scope.reads)
        }
        guard let field = field(key) else { throw .noSuchKey(key: key, keys: keys) }
        return field
    }

    private static func excerpt(_ text: [UInt8]) -> String {
        String(decoding: text.prefix(60), as: UTF8.self)
    }
}

// MARK: - Making other states

extension State {
    /// A state with a value under a key.
    public func updating(_ key: String, _ value: some JSONConvertible) -> State {
        setting(key, Field(text: Self.text(of: value)))
    }

    /// A state with a literal under a key.
    @_disfavoredOverload
    public func updating(_ key: String, _ value: JSONValue) -> State {
        setting(key, Field(text: value.text))
    }

    /// A state with an encoded value under a key.
    ///
    /// - Throws: `BurrError.notEncodable`.
    public func updating(
        _ key: String,
        encoding value: some Encodable
    ) throws(BurrError) -> State {
        setting(key, Field(text: try Self.encode(value, for: key)))
    }

    /// A state with one item more in the list under a key; a list of one where there was none.
    ///
    /// - Throws: `BurrError.wrongType` where the key holds no list.
    /// - Complexity: O(item), also in a list of a million.
    public func appending(_ key: String, _ value: some JSONConvertible) throws(BurrError) -> State {
        try appending(key, text: Self.text(of: value))
    }

    /// A state with one literal more in the list under a key.
    ///
    /// - Throws: `BurrError.wrongType` where the key holds no list.
    @_disfavoredOverload
    public func appending(_ key: String, _ value: JSONValue) throws(BurrError) -> State {
        try appending(key, text: value.text)
    }

    /// A state with one encoded item more in the list under a key.
    ///
    /// - Throws: `BurrError` where the key holds no list, or the item cannot be encoded.
    public func appending(
        _ key: String,
        encoding value: some Encodable
    ) throws(BurrError) -> State {
        try appending(key, text: try Self.encode(value, for: key))
    }

    /// A state in which the number under a key is larger; it counts from zero where there is none.
    ///
    /// - Throws: `BurrError.wrongType` where the key holds no whole number.
    public func incrementing(_ key: String, by amount: Int = 1) throws(BurrError) -> State {
        let index = index(of: key)
        let value: Int
        switch index.map({ fields[$0] }) {
        case .integer(let number)?: value = number
        case .text(let text)?:
            guard let number = Int(json: text) else {
                throw .wrongType(key: key, wanted: "Int", text: Self.excerpt(text))
            }
            value = number
        case .list?, nil: value = 0
        }
        let (sum, overflow) = value.addingReportingOverflow(amount)
        if overflow { throw .wrongType(key: key, wanted: "Int", text: "a sum beyond 64 bits") }
        var state = self
        state.set(key, at: index, .integer(sum))
        return state
    }

    /// A state without some keys.
    public func removing(_ keys: String...) -> State {
        var state = self
        for key in keys { state.remove(key) }
        return state
    }

    func setting(_ key: String, _ field: Field) -> State {
        var state = self
        state.set(key, field)
        return state
    }

    private func appending(_ key: String, text: [UInt8]) throws(BurrError) -> State {
        switch field(key) {
        case nil: return setting(key, .list(SharedList([text])))
        case .list(let list)?: return setting(key, .list(list.appending(text)))
        case let other?:
            throw .wrongType(key: key, wanted: "a list", text: Self.excerpt(other.text))
        }
    }

    /// A value's text; `null` where the type gives no JSON.
    private static func text<Value: JSONConvertible>(of value: Value) -> [UInt8] {
        var text: [UInt8] = []
        value.appendJSON(to: &text)
        if Value.self == Int.self || JSONParser.isValue(text) { return text }
        return Array("null".utf8)
    }

    private static func encode(
        _ value: some Encodable,
        for key: String
    ) throws(BurrError) -> [UInt8] {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return [UInt8](try encoder.encode(value))
        } catch {
            throw .notEncodable(key: key, reason: "\(error)")
        }
    }
}
