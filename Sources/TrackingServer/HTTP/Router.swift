// SPDX-License-Identifier: Apache-2.0
// From a method and a path to the function that answers.

/// Answers a request.
package typealias Handler = @Sendable (Request) throws -> Response

/// A method and a pattern of paths, and what answers there.
package struct Route: Sendable {
    package let method: Method
    /// Literal segments and `{name}`; a last `{name...}` takes the rest of the path.
    package let pattern: String
    /// The largest body it takes, in bytes.
    package let bodyLimit: Int
    /// Makes what takes the body; `nil` for memory.
    package let sink: (@Sendable () throws(Problem) -> any BodySink)?
    package let handler: Handler
    fileprivate let segments: [Segment]
    private let takesRest: Bool

    fileprivate enum Segment: Equatable, Sendable {
        case literal(String)
        case parameter(String)
        case rest(String)
    }

    package init(
        _ method: Method,
        _ pattern: String,
        bodyLimit: Int = 1 << 20,
        sink: (@Sendable () throws(Problem) -> any BodySink)? = nil,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.bodyLimit = bodyLimit
        self.sink = sink
        self.handler = handler
        segments = pattern.split(separator: "/").map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("...")
                ? .rest(String(name.dropLast(3))) : .parameter(String(name))
        }
        if case .rest? = segments.last { takesRest = true } else { takesRest = false }
    }

    /// The parameters of a path that the pattern fits; `nil` when it does not.
    fileprivate func match(_ parts: [Substring]) -> [Request.Field]? {
        guard takes(segments: parts.count), hasLiterals(of: parts) else { return nil }
        var found: [Request.Field] = []
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .rest(let name):
                let rest = parts.dropFirst(index).joined(separator: "/")
                guard let value = PercentCoding.decode(rest) else { return nil }
                found.append(.init(name, value))
                return found
            case .literal: break
            case .parameter(let name):
                guard index < parts.count, !parts[index].isEmpty,
                    let value = PercentCoding.decode(parts[index])
                else { return nil }
                found.append(.init(name, value))
            }
        }
        return found
    }

    /// Whether a path of so many segments can fit.
    fileprivate func takes(segments count: Int) -> Bool {
        count == segments.count || takesRest && count >= segments.count - 1
    }

    /// Whether the literal segments stand where the pattern has them: what most routes fail by.
    private func hasLiterals(of parts: [Substring]) -> Bool {
        for index in segments.indices {
            guard case .literal(let text) = segments[index] else { continue }
            guard index < parts.count, parts[index] == text else { return false }
        }
        return true
    }
}

/// The routes of the server; the first that fits a path answers.
package struct Router: Sendable {
    package let routes: [Route]
    /// For each count of segments the routes that a path of so many can lead to; a path of more
    /// than that has the last of these.
    private let candidates: [[Int]]

    /// What a path leads to.
    package enum Match: Sendable {
        case route(Route, parameters: [Request.Field])
        /// The path is known, with other methods.
        case otherMethods([Method])
        case none
    }

    package init(_ routes: [Route] = []) {
        self.routes = routes
        let longest = routes.map(\.segments.count).max() ?? 0
        candidates = (0...longest + 1).map { count in
            routes.indices.filter { routes[$0].takes(segments: count) }
        }
    }

    /// Finds the route of a request.
    ///
    /// HEAD is answered by what answers GET.
    ///
    /// - Parameters:
    ///   - method: the method asked for.
    ///   - path: the path as it was sent: an encoded `/` does not separate segments.
    /// - Returns: the route with its parameters, or what the path takes instead.
    /// - Complexity: O(routes of as many segments + length of the path).
    package func match(_ method: Method, _ path: String) -> Match {
        let wanted = method == .head ? .get : method
        let parts =
            path.utf8.first == UInt8(ascii: "/")
            ? path.utf8.dropFirst()
                .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .map(Substring.init) : []
        let segments = parts == [""] ? [] : parts
        var others: [Method] = []
        for index in candidates[min(segments.count, candidates.count - 1)] {
            guard let parameters = routes[index].match(segments) else { continue }
            let method = routes[index].method
            if method == wanted { return .route(routes[index], parameters: parameters) }
            others.append(method)
        }
        return others.isEmpty ? .none : .otherMethods(others)
    }

    /// Answers a request: by its route, or with a problem.
    package func answer(_ request: Request) -> Response {
        switch match(request.method, request.path) {
        case .route(let route, let parameters):
            var request = request
            request.parameters = parameters
            return Self.run(route.handler, request)
        case .otherMethods(let methods):
            return Self.methodNotAllowed(methods)
        case .none:
            return Problem(.notFound, "Nothing is at \(request.path.prefix(200)).").response
        }
    }

    static func methodNotAllowed(_ methods: [Method]) -> Response {
        var allowed = Set(methods.map(\.rawValue))
        if allowed.contains("GET") { allowed.insert("HEAD") }
        let list = allowed.sorted().joined(separator: ", ")
        return Problem(.methodNotAllowed, "This path takes \(list).").response.with("Allow", list)
    }

    /// Runs a handler; what it throws becomes a response.
    static func run(_ handler: Handler, _ request: Request) -> Response {
        do {
            return try handler(request)
        } catch let problem as Problem {
            return problem.response
        } catch {
            return Problem(.internalError, "\(error)").response
        }
    }
}
