// SPDX-License-Identifier: Apache-2.0
// A small JSON document as a tree: the body of a request.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// A JSON value, with the text it stands in.
struct JSONTree {
    enum Kind {
        case object, array, string, number, boolean, null
    }

    let text: [UInt8]
    let kind: Kind

    /// Reads one.
    ///
    /// - Throws: `JSONError` when the text is not one JSON value.
    init(_ text: [UInt8]) throws(JSONError) {
        try JSONScanner.validate(text.rawSpan)
        self.init(trusted: JSONScanner.compact(text))
    }

    private init(trusted text: [UInt8]) {
        self.text = text
        kind =
            switch text.first {
            case UInt8(ascii: "{"): .object
            case UInt8(ascii: "["): .array
            case UInt8(ascii: "\""): .string
            case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
            case UInt8(ascii: "n"): .null
            default: .number
            }
    }

    /// The value of a key of an object.
    subscript(key: StaticString) -> JSONTree? {
        guard kind == .object else { return nil }
        return BurrJSON.value(key, of: text).map { JSONTree(trusted: $0) }
    }

    /// The elements of an array.
    var elements: [JSONTree] {
        BurrJSON.elements(text).map { JSONTree(trusted: $0) }
    }

    /// The text of a string, decoded.
    var string: String? {
        BurrJSON.text(text.indices, in: text)
    }
}
