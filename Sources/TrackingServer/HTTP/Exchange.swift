// SPDX-License-Identifier: Apache-2.0
// One request and its response, between libmicrohttpd's callbacks and the router.

internal import CMicroHTTPD
internal import Synchronization

/// What is known of a request from its head until its response is sent.
final class Exchange {
    private let server: HTTPServer
    private let started = Clock.now()
    private let state: ConnectionState?
    private var request: Request
    private var bodyLimit = 1 << 20
    /// Bytes of the body that have come.
    private var bodyCount = 0
    private var route: Route?
    private var refusal: Response?
    private var label = "none"
    /// Where a worker puts a deferred response.
    private var promised: Promise?

    /// A response that a worker thread makes.
    private final class Promise: Sendable {
        let response = Mutex<Response?>(nil)
    }

    /// Begins with a request's head.
    init(
        _ server: HTTPServer,
        _ connection: OpaquePointer,
        _ method: String,
        _ target: String
    ) {
        self.server = server
        state = unsafe microhttpd_socket_context(connection).map { context in
            unsafe Unmanaged<ConnectionState>.fromOpaque(context).takeUnretainedValue()
        }
        request = Request(.get, target)
        request.headers = unsafe Self.fields(.HEADER_KIND, of: connection)
        request.query = unsafe Self.fields(.GET_ARGUMENT_KIND, of: connection)
        refusal = examine(method)
        label = route?.pattern ?? "none"
    }

    private static func fields(
        _ kind: MHD_ValueKind,
        of connection: OpaquePointer
    ) -> [Request.Field] {
        var fields: [Request.Field] = []
        unsafe withUnsafeMutablePointer(to: &fields) { fields in
            _ = unsafe MHD_get_connection_values_n(connection, kind, takeField, fields)
        }
        return fields
    }

    /// What is wrong with a request's head; `nil` when its body may come.
    private func examine(_ method: String) -> Response? {
        guard let known = Method(rawValue: method) else {
            return Problem(
                .methodNotAllowed,
                "\(method.prefix(20)) is not a method of this server."
            )
            .response.with("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE")
        }
        request.method = known
        let length =
            request.path.utf8.count
            + request.query.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        if length > server.options.targetLimit {
            return Problem(
                .uriTooLong,
                "The URL is \(length) bytes long; \(server.options.targetLimit) are taken."
            ).response
        }
        if let problem = decodeQuery() ?? enterBasePath() { return problem }
        if let refusal = server.access.refusal(of: request) { return refusal }
        switch server.router.match(known, request.path) {
        case .none:
            return Problem(.notFound, "Nothing is at \(request.path.prefix(200)).").response
        case .otherMethods(let methods): return Router.methodNotAllowed(methods)
        case .route(let found, let parameters):
            route = found
            request.parameters = parameters
            bodyLimit = found.bodyLimit
        }
        if let given = request.header("Content-Length"), let length = Int(given), length > bodyLimit
        {
            return tooLarge
        }
        return nil
    }

    private func decodeQuery() -> Response? {
        for index in request.query.indices {
            let field = request.query[index]
            guard let name = PercentCoding.decode(field.name),
                let value = PercentCoding.decode(field.value)
            else {
                return Problem(
                    .badRequest,
                    "The query has a wrong percent-escape, or bytes that are not UTF-8."
                ).response
            }
            request.query[index] = .init(name, value)
        }
        return nil
    }

    private func enterBasePath() -> Response? {
        let base = server.options.basePath
        guard !base.isEmpty else { return nil }
        request.basePath = base
        if request.path == base {
            return Response(.seeOther, headers: [.init("Location", "\(base)/")])
        }
        guard request.path.hasPrefix("\(base)/") else {
            return Problem(.notFound, "This server's paths begin with \(base)/.").response
        }
        request.path.removeFirst(base.count)
        return nil
    }

    private var tooLarge: Response {
        Problem(.contentTooLarge, "The body is larger than the \(bodyLimit) bytes this path takes.")
            .response
    }

    /// Takes a piece of the body.
    ///
    /// - Returns: false when the connection is to be cut: the body is endless.
    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard refusal == nil else { return true }
        bodyCount += bytes.count
        guard bodyCount <= bodyLimit else {
            refusal = tooLarge
            (request.body, request.sink) = ([], nil)
            return true
        }
        guard let makeSink = route?.sink else {
            unsafe request.body.append(contentsOf: bytes)
            return true
        }
        do throws(Problem) {
            if request.sink == nil { request.sink = try makeSink() }
            try unsafe request.sink?.take(bytes.bytes)
        } catch {
            refusal = error.response
            request.sink = nil
        }
        return true
    }

    /// Whether the head alone decides: the body is not even read.
    var isRefused: Bool { refusal != nil && !request.method.isSafe }

    /// Answers a request that has arrived whole, or lets the connection wait for a worker.
    func answer(on connection: OpaquePointer) -> MHD_Result {
        if let state { server.watchdog.arrived(state) }
        if let promised, let response = promised.response.withLock({ $0 }) {
            return unsafe send(response, on: connection)
        }
        let response =
            if let refusal { refusal } else if let route {
                Router.run(route.handler, request)
            } else { Problem(.notFound, "").response }
        if case .deferred(let work) = response.body {
            return unsafe postpone(work, on: connection)
        }
        return unsafe send(response, on: connection)
    }

    private func postpone(
        _ work: @escaping @Sendable () throws -> Response,
        on connection: OpaquePointer
    ) -> MHD_Result {
        let promise = Promise()
        promised = promise
        let handle = unsafe ConnectionHandle(connection)
        unsafe MHD_suspend_connection(connection)
        let isTaken = server.workers.submit { [request] in
            let response = Router.run({ _ in try work() }, request)
            promise.response.withLock { $0 = response }
            unsafe MHD_resume_connection(handle.pointer)
        }
        if !isTaken {
            promise.response.withLock {
                $0 = Problem(.unavailable, "The server is busy; ask again in a moment.").response
                    .with("Retry-After", "1")
            }
            unsafe MHD_resume_connection(connection)
        }
        return .YES
    }

    private func send(_ response: Response, on connection: OpaquePointer) -> MHD_Result {
        let response = response.finished(for: request)
        let outgoing = unsafe OutgoingResponse(response, connection, server.wakers)
        guard let outgoing else { return .NO }
        let elapsed = Clock.now() - started
        outgoing.addHeaders(response, elapsed: elapsed, method: request.method)
        server.metrics.note(
            route: label,
            status: response.status.rawValue,
            nanoseconds: elapsed
        )
        return unsafe outgoing.queue(response.status, on: connection)
    }

    /// The exchange is over: the response is sent, or the connection is gone.
    func finish() {
        if let state { server.watchdog.answered(state) }
    }
}

/// A connection that waits for a worker.
@safe
private struct ConnectionHandle: Sendable {
    // Safety: used for one thread-safe call, while the connection is suspended and cannot go.
    nonisolated(unsafe) let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }
}

/// Appends a header or a parameter to the array behind the context.
private func takeField(
    _ context: UnsafeMutableRawPointer?,
    _ kind: MHD_ValueKind,
    _ key: UnsafePointer<CChar>?,
    _ keySize: Int,
    _ value: UnsafePointer<CChar>?,
    _ valueSize: Int
) -> MHD_Result {
    guard let context = unsafe context else { return .NO }
    let fields = unsafe context.assumingMemoryBound(to: [Request.Field].self)
    unsafe fields.pointee.append(Request.Field(text(key, keySize), text(value, valueSize)))
    return .YES
}

private func text(_ base: UnsafePointer<CChar>?, _ count: Int) -> String {
    guard let base = unsafe base else { return "" }
    // libmicrohttpd gives a pointer and the count of bytes behind it.
    return unsafe String(
        decoding: UnsafeRawBufferPointer(start: base, count: count),
        as: UTF8.self
    )
}
