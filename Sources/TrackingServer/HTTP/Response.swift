// SPDX-License-Identifier: Apache-2.0
// One HTTP response, as a value.

package import StateDelta

/// One HTTP response: a status, headers, and a body of one of several kinds.
package struct Response: Sendable {
    package var status: Status
    package var headers: [Request.Field] = []
    package var body: Body

    /// Where the bytes come from.
    package enum Body: Sendable {
        /// All at once.
        case bytes([UInt8])
        /// Bytes and the same in gzip, made once for many replies.
        case prepared(PreparedBody)
        /// Piece by piece: the closure begins the source when the reply is sent.
        case stream(@Sendable () -> any ChunkSource)
        /// From a worker thread: work that would hold up other connections.
        case deferred(@Sendable () throws -> Response)
    }

    package init(_ status: Status = .ok, headers: [Request.Field] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A body that is sent often, with its compressed form.
package final class PreparedBody: Sendable {
    package let bytes: [UInt8]
    /// `nil` where gzip would not make it smaller.
    package let gzip: [UInt8]?

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let packed = Deflater.gzip(bytes, level: 6)
        gzip = packed.count < bytes.count ? packed : nil
    }
}

/// A status code.
package enum Status: Int, Sendable {
    case ok = 200
    case created = 201
    case noContent = 204
    case seeOther = 303
    case notModified = 304
    case badRequest = 400
    case unauthorized = 401
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case notAcceptable = 406
    case conflict = 409
    case gone = 410
    case preconditionFailed = 412
    case contentTooLarge = 413
    case uriTooLong = 414
    case unsupportedMediaType = 415
    case unprocessable = 422
    case tooManyRequests = 429
    case internalError = 500
    case unavailable = 503
    case timeout = 504
    case insufficientStorage = 507

    /// The code's usual words.
    package var phrase: String {
        switch self {
        case .ok: "OK"
        case .created: "Created"
        case .noContent: "No Content"
        case .seeOther: "See Other"
        case .notModified: "Not Modified"
        case .badRequest: "Bad Request"
        case .unauthorized: "Unauthorized"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .notAcceptable: "Not Acceptable"
        case .conflict: "Conflict"
        case .gone: "Gone"
        case .preconditionFailed: "Precondition Failed"
        case .contentTooLarge: "Content Too Large"
        case .uriTooLong: "URI Too Long"
        case .unsupportedMediaType: "Unsupported Media Type"
        case .unprocessable: "Unprocessable Content"
        case .tooManyRequests: "Too Many Requests"
        case .internalError: "Internal Server Error"
        case .unavailable: "Service Unavailable"
        case .timeout: "Gateway Timeout"
        case .insufficientStorage: "Insufficient Storage"
        }
    }
}

extension Response {
    /// A JSON document.
    package static func json(_ bytes: [UInt8], _ status: Status = .ok) -> Response {
        Response(status, headers: [.init("Content-Type", "application/json")], body: .bytes(bytes))
    }

    /// A JSON document that a closure writes.
    package static func json(
        _ status: Status = .ok,
        _ write: (inout JSONText) throws -> Void
    ) rethrows -> Response {
        var text = JSONText()
        try write(&text)
        return .json(text.bytes, status)
    }

    /// A document of some type.
    package static func text(
        _ text: String,
        type: String = "text/plain; charset=utf-8",
        _ status: Status = .ok
    ) -> Response {
        Response(status, headers: [.init("Content-Type", type)], body: .bytes(Array(text.utf8)))
    }

    /// Says that what the client holds is still right.
    package static func notModified(_ tag: String) -> Response {
        Response(.notModified, headers: [.init("ETag", tag)])
    }

    /// The value of a header.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// The response with a header more; one of the same name is replaced.
    package func with(_ name: String, _ value: String) -> Response {
        var copy = self
        copy.headers.removeAll { $0.name.equalsIgnoringCase(name) }
        copy.headers.append(.init(name, value))
        return copy
    }
}
