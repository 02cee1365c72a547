// SPDX-License-Identifier: Apache-2.0
// Who may ask: the Host, the Origin, and the token.

internal import Glibc

/// Decides whether a request is answered at all.
package struct Access: Sendable {
    /// The secret that every client must know; `nil` where none is asked for.
    package let token: String?
    /// The address the server is bound to.
    package let host: String
    /// The name of the session cookie.
    static let cookie = "burr_token"

    package init(host: String, token: String? = nil) {
        self.host = host
        self.token = token
    }

    /// Whether an address is reached from this machine only.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]" || isIPv4(host, prefix: "127.")
    }

    /// The response of a request that is refused; `nil` when it may go on.
    func refusal(of request: Request) -> Response? {
        let hosts = request.headers.filter { $0.name.equalsIgnoringCase("Host") }
        guard hosts.count == 1, let name = hosts.first.map({ Self.hostName($0.value) }) else {
            return Problem(.badRequest, "The request has \(hosts.count) Host headers.").response
        }
        guard token != nil || isKnown(name) else {
            return Problem(
                .forbidden,
                code: "unknown-host",
                "This server does not answer to the host name \(name.prefix(100).debugDescription)"
                    + ": use the address it printed when it started."
            ).response
        }
        if !request.method.isSafe, !isSameOrigin(request) {
            return Problem(
                .forbidden,
                code: "other-origin",
                "Writing is allowed to pages of this server only; the request's Origin is "
                    + "\((request.header("Origin") ?? "another site").prefix(100))."
            ).response
        }
        guard let token, request.path != "/login", request.path != "/ready" else { return nil }
        if isAuthorized(request, token) { return nil }
        return unauthorized(request)
    }

    /// Without a token only names that cannot be pointed here by a stranger: DNS rebinding would
    /// otherwise let any web page read the store.
    private func isKnown(_ name: String) -> Bool {
        if name.equalsIgnoringCase(host) || name.equalsIgnoringCase("localhost") { return true }
        if Self.isLoopback(name) { return true }
        guard !Self.isLoopback(host) else { return false }
        return name.hasPrefix("[") || Self.isIPv4(name) || name.equalsIgnoringCase(Self.machineName)
    }

    private func isSameOrigin(_ request: Request) -> Bool {
        if let origin = request.header("Origin") {
            guard let host = request.header("Host") else { return false }
            return origin.equalsIgnoringCase("http://\(host)")
                || origin.equalsIgnoringCase("https://\(host)")
        }
        // Without an Origin it is no browser, or one that says where it comes from.
        let site = request.header("Sec-Fetch-Site")
        return site == nil || site == "same-origin" || site == "none"
    }

    private func isAuthorized(_ request: Request, _ token: String) -> Bool {
        if let given = request.header("Authorization") {
            let words = given.split(separator: " ", maxSplits: 1)
            return words.count == 2 && words[0].equalsIgnoringCase("Bearer")
                && Self.isEqual(String(words[1]), token)
        }
        for pair in (request.header("Cookie") ?? "").split(separator: ";") {
            let parts = pair.trimmed.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0] == Self.cookie, Self.isEqual(String(parts[1]), token) {
                return true
            }
        }
        return false
    }

    private func unauthorized(_ request: Request) -> Response {
        if request.method.isSafe, request.header("Accept")?.contains("text/html") == true {
            let target = PercentCoding.encode(request.path)
            return Response(
                .seeOther,
                headers: [
                    .init("Location", "\(request.basePath)/login?next=\(target)"),
                    .init("Cache-Control", "no-store"),
                ]
            )
        }
        return Problem(
            .unauthorized,
            code: "token-needed",
            "This server asks for a token: send it as `Authorization: Bearer TOKEN`, or log in at "
                + "\(request.basePath)/login."
        ).response.with("WWW-Authenticate", "Bearer")
    }

    /// Compares without telling by its duration where two texts differ.
    static func isEqual(_ given: String, _ secret: String) -> Bool {
        let given = Array(given.utf8)
        let secret = Array(secret.utf8)
        var difference = UInt8(given.count == secret.count ? 0 : 1)
        for index in secret.indices {
            difference |= secret[index] ^ (index < given.count ? given[index] : ~secret[index])
        }
        return difference == 0
    }

    /// The host of a Host header, without its port.
    private static func hostName(_ header: String) -> String {
        if header.hasPrefix("["), let end = header.firstIndex(of: "]") {
            return String(header[...end])
        }
        return String(Substring(header.utf8.prefix { $0 != UInt8(ascii: ":") }))
    }

    private static func isIPv4(_ name: String, prefix: String = "") -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return name.hasPrefix(prefix) && parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
                    && Int(part).map { $0 < 256 } == true
            }
    }

    private static let machineName: String = {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "" }
        return unsafe withUnsafeBytes(of: name.nodename) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }()
}
