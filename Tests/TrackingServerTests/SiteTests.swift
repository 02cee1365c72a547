// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TrackingServer

@Suite struct SiteTests {
    private static let site = Site([
        ("index.html", Array("<head></head><a href=\"/x\"><img src=\"/y\">".utf8)),
        ("assets/app.js", Array("let a = 1".utf8)), ("manifest.json", Array("{}".utf8)),
    ])

    private func get(_ path: String, _ routes: [Route]) -> Response {
        Router(routes).answer(Request(.get, path))
    }

    private func text(_ response: Response) -> String {
        guard case .prepared(let body) = response.body else { return "" }
        return String(decoding: body.bytes, as: UTF8.self)
    }

    @Test func whatIsNoFileIsTheIndex() {
        let routes = Self.site.routes()
        #expect(
            get("/assets/app.js", routes).header("Content-Type")?.contains("javascript") == true
        )
        for path in ["/", "/p/a/b", "/../../etc/passwd", "/%2e%2e/x"] {
            #expect(text(get(path, routes)).hasPrefix("<head>"))
        }
    }

    @Test func burrsPageHasTheRoutesOfItsServer() {
        let routes = Self.site.burrRoutes()
        #expect(
            get("/assets/app.js", routes).header("Cache-Control")?.contains("immutable") == true
        )
        #expect(get("/assets/none.js", routes).status == .notFound)
        #expect(get("/manifest.json", routes).header("Content-Type") == "application/manifest+json")
        #expect(text(get("/project/p/null/a", routes)).hasPrefix("<head>"))
    }

    @Test func aBasePathStandsInEveryLink() {
        let html = text(get("/", Self.site.burrRoutes(basePath: "/burr")))
        #expect(html.contains("href=\"/burr/x\"") && html.contains("src=\"/burr/y\""))
        #expect(html.contains("<script src=\"/burr/burr-base-path.js\"></script></head>"))
    }
}
