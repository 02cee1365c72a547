// SPDX-License-Identifier: Apache-2.0
// Entity tags: what has not changed is not sent again.

extension Request {
    /// Whether the client holds what an entity tag names.
    package func holds(_ tag: String) -> Bool {
        guard let given = header("If-None-Match") else { return false }
        let opaque = Self.opaque(tag[...])
        return given.split(separator: ",").contains { candidate in
            let candidate = candidate.trimmed
            return candidate == "*" || Self.opaque(candidate[...]) == opaque
        }
    }

    /// The tag without the mark of a weak one: a copy in gzip is as good.
    private static func opaque(_ tag: Substring) -> Substring {
        tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
    }

    /// Whether the client takes gzip.
    var acceptsGzip: Bool {
        guard let accepted = header("Accept-Encoding") else { return false }
        for part in accepted.split(separator: ",") {
            let words = part.split(separator: ";").map(\.trimmed)
            guard let name = words.first, name == "gzip" || name == "*" else { continue }
            let refused = words.dropFirst().contains { word in
                word.hasPrefix("q=0") && !word.dropFirst(3).contains { ("1"..."9").contains($0) }
            }
            return !refused
        }
        return false
    }
}

extension Response {
    /// Bodies shorter than this are sent as they are.
    private static let smallest = 1024

    /// The response as this request wants it: 304 where nothing changed, gzip where it is taken.
    func finished(for request: Request) -> Response {
        var response = self
        if status == .ok, request.method.isSafe, let tag = header("ETag"), request.holds(tag) {
            response.status = .notModified
            response.body = .bytes([])
            response.headers.removeAll { $0.name == "Content-Type" }
            return response
        }
        guard isCompressible else { return response }
        response.headers.append(.init("Vary", "Accept-Encoding"))
        guard request.acceptsGzip else { return response }
        switch body {
        case .bytes(let bytes):
            response.body = .bytes(Deflater.gzip(bytes, level: 1))
        case .prepared(let body):
            guard let packed = body.gzip else { return response }
            response.body = .bytes(packed)
        case .stream(let begin):
            response.body = .stream { GzipSource(begin()) }
        case .deferred: return response
        }
        response.headers.append(.init("Content-Encoding", "gzip"))
        return response
    }

    private var isCompressible: Bool {
        if case .bytes(let bytes) = body, bytes.count < Self.smallest { return false }
        guard header("Content-Encoding") == nil, let type = header("Content-Type") else {
            return false
        }
        // Events must not wait in a compressor.
        if type.hasPrefix("text/event-stream") { return false }
        if type.hasPrefix("text/") { return true }
        return Self.textEndings.contains { type.utf8.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }

    /// How the types of other texts end.
    private static let textEndings = ["json", "javascript", "svg+xml"]
}
