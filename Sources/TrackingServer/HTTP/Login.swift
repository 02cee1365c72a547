// SPDX-License-Identifier: Apache-2.0
// The page where a browser gets its cookie.

/// The login page of a server that asks for a token.
enum Login {
    static func routes(_ access: Access) -> [Route] {
        [
            Route(.get, "/login") { request in page(request, .ok) },
            Route(.post, "/login", bodyLimit: 4096) { request in logIn(request, access) },
        ]
    }

    private static func logIn(_ request: Request, _ access: Access) -> Response {
        let form = PercentCoding.form(String(decoding: request.body, as: UTF8.self))
        let given = form.first { $0.name == "token" }?.value ?? ""
        guard let token = access.token, Access.isEqual(given, token) else {
            return page(request, .forbidden)
        }
        let cookie =
            "\(Access.cookie)=\(token); Path=\(request.basePath)/; HttpOnly; SameSite=Strict"
        return Response(
            .seeOther,
            headers: [
                .init("Location", request.basePath + next(request)),
                .init("Set-Cookie", cookie),
                .init("Cache-Control", "no-store"),
            ]
        )
    }

    /// Where to go after: a path of this server only.
    private static func next(_ request: Request) -> String {
        guard let next = request.query("next"), next.hasPrefix("/"), !next.hasPrefix("//"),
            next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return next
    }

    private static func page(_ request: Request, _ status: Status) -> Response {
        let action = "\(request.basePath)/login?next=\(PercentCoding.encode(next(request)))"
        let refusal = status == .ok ? "" : "<p role=\"alert\">That is not the token.</p>"
        let html = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>Burr: log in</title>
            <body>
            <h1>Burr</h1>
            \(refusal)
            <form method="post" action="\(action)">
            <label>Token <input type="password" name="token" autofocus
              autocomplete="current-password"></label>
            <button>Log in</button>
            </form>
            <p>The token stands in the file that the server was started with.</p>

            """
        return .text(html, type: "text/html; charset=utf-8", status)
            .with("Cache-Control", "no-store")
    }
}
