// SPDX-License-Identifier: Apache-2.0
// One HTTP request, as a value.

/// What a request asks to be done.
package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether it only reads.
    package var isSafe: Bool { self == .get || self == .head }
}

/// One HTTP request.
package struct Request: Sendable {
    package var method: Method
    /// The path as it was sent, percent-encoded, without the base path.
    package var path: String
    /// Decoded names and values of the query, in their order.
    package var query: [Field]
    package var headers: [Field]
    package var body: [UInt8] = []
    /// What took the body instead, where the route has such; `nil` for an empty body.
    package var sink: (any BodySink)?
    /// What the route's pattern found in the path, decoded.
    package var parameters: [Field] = []
    /// What comes before `path` in links that lead here: empty, or `/prefix`.
    package var basePath = ""

    /// A name and its value.
    package struct Field: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        _ method: Method,
        _ path: String,
        query: [Field] = [],
        headers: [Field] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

/// Takes a body piece by piece, where it may be too large for memory.
package protocol BodySink: AnyObject, Sendable {
    /// Takes the next piece.
    ///
    /// - Throws: ``Problem`` when it cannot be kept: the request ends with it.
    func take(_ bytes: RawSpan) throws(Problem)
}

extension Request {
    /// A parameter of the path, decoded; empty when the pattern has none of this name.
    package subscript(parameter name: String) -> String {
        parameters.first { $0.name == name }?.value ?? ""
    }

    /// The first value of a query parameter.
    package func query(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// The value of a header; the case of its name does not matter.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// An integer of the query.
    ///
    /// - Throws: ``Problem`` (400) when it is not one, or is outside the range.
    package func integer(
        _ name: String,
        in range: ClosedRange<Int> = .min...(.max),
        default fallback: Int
    ) throws(Problem) -> Int {
        guard let text = query(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw Problem(
                .badRequest,
                "The query parameter \(name) must be an integer"
                    + (range == .min...(.max)
                        ? "" : " of \(range.lowerBound) to \(range.upperBound)")
                    + ", not \(text.prefix(100).debugDescription).",
                extra: [("parameter", name)]
            )
        }
        return value
    }

    /// A switch of the query: `1` or `true`, `0` or `false`; the name alone is true.
    ///
    /// - Throws: ``Problem`` (400) when it is something else.
    package func flag(_ name: String) throws(Problem) -> Bool {
        switch query(name) {
        case nil, "0", "false": return false
        case "1", "true", "": return true
        case .some(let text):
            throw Problem(
                .badRequest,
                "The query parameter \(name) must be true or false, not "
                    + "\(text.prefix(100).debugDescription).",
                extra: [("parameter", name)]
            )
        }
    }
}

extension StringProtocol {
    /// Whether the ASCII letters of both are the same but for their case.
    func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return zip(utf8, other.utf8).allSatisfy { left, right in
            left == right || (left ^ right == 0x20 && (0x61...0x7A).contains(left | 0x20))
        }
    }

    /// The text without spaces and tabs around it.
    var trimmed: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
