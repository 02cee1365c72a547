// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import TrackingServer

/// A server with a few routes, on a free port.
private final class TestServer {
    let server: HTTPServer
    let source = CountingSource.Shared()
    var port: UInt16 { server.port }

    init(token: String? = nil, basePath: String = "", requestSeconds: Int = 30) throws {
        var options = HTTPServer.Options()
        options.port = 0
        options.token = token
        options.basePath = basePath
        options.requestSeconds = requestSeconds
        let shared = source
        let metrics = Metrics()
        let routes = [
            Route(.get, "/items/{id}") { .text("item \($0[parameter: "id"])") },
            Route(.post, "/echo", bodyLimit: 1000) { Response(body: .bytes($0.body)) },
            Route(.get, "/long") { _ in
                Response(headers: [.init("Content-Type", "text/plain")], body: .bytes(filler))
            },
            Route(.get, "/tagged") { _ in .text("same").with("ETag", "\"v1\"") },
            Route(.get, "/slow") { _ in Response(body: .deferred { .text("worked") }) },
            Route(.get, "/events") { _ in
                Response(
                    headers: [.init("Content-Type", "text/event-stream")],
                    body: .stream { CountingSource(shared) }
                )
            },
            Route(.get, "/fails") { _ in throw Problem(.conflict, code: "busy", "Not now.") },
            Route(.get, "/rest/{path...}") { .text("rest \($0[parameter: "path"])") },
        ]
        let router = Router(StatusRoutes.routes(metrics) + routes)
        server = HTTPServer(options, router, metrics)
        try server.start()
    }

    deinit { server.stop() }

    func request(_ head: String, _ headers: [String] = [], body: String? = nil) -> String {
        HTTPClient.request(port, head, headers, body: body)
    }
}

private let filler = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)

/// Sends one line for each count it is given, and waits for more.
private final class CountingSource: ChunkSource {
    final class Shared: Sendable {
        let state = Mutex((produced: 0, waker: Waker?.none, finished: 0))

        func produce() {
            let waker = state.withLock { state in
                state.produced += 1
                return state.waker
            }
            waker?.wake()
        }
    }

    private let shared: Shared
    private var sent = 0

    init(_ shared: Shared) { self.shared = shared }

    func next(_ waker: Waker) -> Chunk {
        let produced = shared.state.withLock { state in
            state.waker = waker
            return state.produced
        }
        guard sent < produced else { return .pending }
        sent += 1
        return .bytes(Array("data: \(sent)\n\n".utf8))
    }

    func finish() { shared.state.withLock { $0.finished += 1 } }
}

@Suite struct HTTPServerTests {
    @Test func answersThatItIsReady() throws {
        let server = try TestServer()
        let reply = server.request("GET /ready")
        #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(reply.hasSuffix("\r\n\r\n{\"ready\":true}"))
        #expect(reply.contains("X-Content-Type-Options: nosniff"))
        #expect(reply.contains("Server-Timing: total;dur="))
        #expect(reply.contains("Content-Security-Policy: default-src 'none'"))
    }

    @Test func decodesParametersAfterItSplitThePath() throws {
        let server = try TestServer()
        #expect(server.request("GET /items/a%2Fb%20c").hasSuffix("item a/b c"))
        #expect(server.request("GET /items/a/b").hasPrefix("HTTP/1.1 404"))
        #expect(server.request("GET /items/").hasPrefix("HTTP/1.1 404"))
        #expect(server.request("GET /items/%zz").hasPrefix("HTTP/1.1 404"))
        #expect(server.request("GET /items/%00").hasPrefix("HTTP/1.1 404"))
        #expect(server.request("GET /rest/a/b").hasSuffix("rest a/b"))
    }

    @Test func saysWhichMethodsAPathTakes() throws {
        let server = try TestServer()
        let reply = server.request("DELETE /items/1")
        #expect(reply.hasPrefix("HTTP/1.1 405"))
        #expect(reply.contains("Allow: GET, HEAD"))
        #expect(server.request("BREW /items/1").hasPrefix("HTTP/1.1 405"))
    }

    @Test func headHasTheHeadersAndNoBody() throws {
        let server = try TestServer()
        let reply = server.request("HEAD /items/1")
        #expect(reply.contains("Content-Length: 6"))
        #expect(reply.hasSuffix("\r\n\r\n"))
    }

    @Test func takesABodyUpToItsLimit() throws {
        let server = try TestServer()
        #expect(server.request("POST /echo", body: "hello").hasSuffix("\r\n\r\nhello"))
        let long = String(repeating: "a", count: 2000)
        #expect(server.request("POST /echo", body: long).hasPrefix("HTTP/1.1 413"))
        let chunked = "7d0\r\n\(long)\r\n0\r\n\r\n"
        guard let client = HTTPClient(port: server.port) else { return }
        client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")
        client.send("Transfer-Encoding: chunked\r\n\r\n\(chunked)")
        #expect(client.receive().hasPrefix("HTTP/1.1 413"))
    }

    @Test func compressesWhereAsked() throws {
        let server = try TestServer()
        let packed = server.request("GET /long", ["Accept-Encoding: gzip"])
        #expect(packed.contains("Content-Encoding: gzip"))
        #expect(packed.utf8.count < 5_000)
        #expect(server.request("GET /long").utf8.count > 100_000)
        let refused = server.request("GET /long", ["Accept-Encoding: gzip;q=0"])
        #expect(!refused.contains("Content-Encoding"))
    }

    @Test func sendsWhatTheClientHoldsOnlyOnce() throws {
        let server = try TestServer()
        #expect(server.request("GET /tagged").contains("ETag: \"v1\""))
        let second = server.request("GET /tagged", ["If-None-Match: W/\"v1\""])
        #expect(second.hasPrefix("HTTP/1.1 304"))
        #expect(second.hasSuffix("\r\n\r\n"))
    }

    @Test func aWorkerAnswersWhatIsDeferred() throws {
        let server = try TestServer()
        #expect(server.request("GET /slow").hasSuffix("\r\n\r\nworked"))
    }

    @Test func problemsAreDocuments() throws {
        let server = try TestServer()
        let reply = server.request("GET /fails")
        #expect(reply.hasPrefix("HTTP/1.1 409"))
        #expect(reply.contains("Content-Type: application/problem+json"))
        #expect(reply.contains(#""type":"/problems/busy""#))
        #expect(reply.contains(#""detail":"Not now.""#))
    }

    @Test func aStreamWaitsForNewsAndEndsWithTheServer() throws {
        let server = try TestServer()
        let client = try #require(HTTPClient(port: server.port))
        client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        server.source.produce()
        #expect(client.receive(until: "data: 1\n\n").contains("data: 1"))
        server.source.produce()
        #expect(client.receive(until: "data: 2\n\n").contains("data: 2"))
        server.server.stop()
        _ = client.receive()
        #expect(server.source.state.withLock { $0.finished } == 1)
    }

    @Test func aClientThatDripsItsRequestIsDropped() throws {
        let server = try TestServer(requestSeconds: 1)
        let client = try #require(HTTPClient(port: server.port))
        client.send("GET /ready HTTP/1.1\r\nHo")
        #expect(client.receive() == "")
        #expect(client.isClosed)
    }

    @Test func aPathBelowItsBaseOnly() throws {
        let server = try TestServer(basePath: "/burr")
        #expect(server.request("GET /burr/items/1").hasSuffix("item 1"))
        #expect(server.request("GET /items/1").hasPrefix("HTTP/1.1 404"))
    }
}

@Suite struct AccessTests {
    @Test func strangeHostNamesAreRefused() throws {
        let server = try TestServer()
        let reply = HTTPClient.request(server.port, "GET /ready", host: "evil.example:7241")
        #expect(reply.hasPrefix("HTTP/1.1 403"))
        for host in ["127.0.0.1:1", "localhost", "LOCALHOST:80", "[::1]:7241"] {
            #expect(HTTPClient.request(server.port, "GET /ready", host: host).contains("200 OK"))
        }
    }

    @Test func otherPagesCannotWrite() throws {
        let server = try TestServer()
        for origin in ["http://evil.example", "null", "http://localhost:1"] {
            let reply = server.request("POST /echo", ["Origin: \(origin)"], body: "x")
            #expect(reply.hasPrefix("HTTP/1.1 403"), "\(origin)")
        }
        let crossed = server.request("POST /echo", ["Sec-Fetch-Site: cross-site"], body: "x")
        #expect(crossed.hasPrefix("HTTP/1.1 403"))
        let own = server.request("POST /echo", ["Origin: http://localhost"], body: "x")
        #expect(own.hasPrefix("HTTP/1.1 200"))
    }

    @Test func aTokenOpensTheServer() throws {
        let server = try TestServer(token: "correct-horse-battery")
        #expect(server.request("GET /items/1").hasPrefix("HTTP/1.1 401"))
        let wrong = server.request("GET /items/1", ["Authorization: Bearer correct-horse-batterz"])
        #expect(wrong.hasPrefix("HTTP/1.1 401"))
        let right = server.request("GET /items/1", ["Authorization: Bearer correct-horse-battery"])
        #expect(right.hasPrefix("HTTP/1.1 200"))
        #expect(server.request("GET /ready").hasPrefix("HTTP/1.1 200"))
    }

    @Test func aBrowserLogsInAndGetsACookie() throws {
        let server = try TestServer(token: "correct-horse-battery")
        let sent = server.request("GET /items/1", ["Accept: text/html"])
        #expect(sent.contains("Location: /login?next=%2Fitems%2F1"))
        #expect(server.request("GET /login").contains("<form method=\"post\""))
        let bad = server.request("POST /login", body: "token=guess")
        #expect(bad.hasPrefix("HTTP/1.1 403"))
        let good = server.request(
            "POST /login?next=%2Fitems%2F1",
            body: "token=correct-horse-battery"
        )
        #expect(good.contains("Location: /items/1"))
        #expect(good.contains("HttpOnly; SameSite=Strict"))
        let cookie = "Cookie: a=b; burr_token=correct-horse-battery"
        #expect(server.request("GET /items/1", [cookie]).hasSuffix("item 1"))
        let away = server.request(
            "POST /login?next=%2F%2Fevil.example",
            body: "token=correct-horse-battery"
        )
        #expect(away.contains("Location: /\r\n"))
    }
}
