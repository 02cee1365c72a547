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

    // MARK: Joined

    private static let index = """
        <head>
        <script src="/theme.js"></script>
        <link rel="stylesheet" href="/a.css">
        <link rel="stylesheet" href="/b.css">
        <script type="module" src="/app.js"></script>
        </head>
        """

    private func modules(_ files: [String: String]) -> (String) -> String? {
        { files[$0] }
    }

    @Test func modulesBecomeFunctionsThoseTheyImportFirst() throws {
        let files = [
            "a.css": "a {}\n", "b.css": "b {}\n",
            "app.js": "import {\n  one, two as other,\n} from './core/x.js';\nother(one);\n",
            "core/x.js": "import { base } from '../y.js';\nexport const one = base;\n"
                + "export async function* two(a) {}\n",
            "y.js": "export class base {}\n",
        ]
        let bundle = try PageBundle(index: Self.index, read: modules(files))
        #expect(
            bundle.script == """
                // y.js
                const m0 = (() => {
                class base {}

                return { base };
                })();
                // core/x.js
                const m1 = (() => {
                const { base } = m0;
                const one = base;
                async function* two(a) {}

                return { one, two };
                })();
                // app.js
                const m2 = (() => {
                const {   one, two: other, } = m1;
                other(one);

                return {  };
                })();

                """
        )
        #expect(bundle.style == "a {}\nb {}\n")
        let index = bundle.index(script: "s.js", style: "s.css")
        #expect(index.contains("<script src=\"/theme.js\"></script>"))
        #expect(index.contains("<script type=\"module\" src=\"/s.js\"></script>"))
        #expect(index.split(separator: "stylesheet").count == 2)
    }

    @Test func whatCannotBeJoinedIsRefused() {
        let css = ["a.css": "", "b.css": ""]
        func failure(_ files: [String: String]) -> PageBundle.Failure? {
            let files = files.merging(css) { mine, _ in mine }
            do throws(PageBundle.Failure) {
                _ = try PageBundle(index: Self.index, read: modules(files))
                return nil
            } catch {
                return error
            }
        }
        #expect(failure([:]) == .missing("app.js"))
        #expect(
            failure([
                "app.js": "import { a } from './b.js';\n",
                "b.js": "import { c } from './app.js';\n",
            ]) == .circular("app.js")
        )
        for line in ["import * as all from './b.js';", "import './b.js';", "export let a = 1;"] {
            guard case .statement("app.js", _) = failure(["app.js": line, "b.js": ""]) else {
                Issue.record("\(line) was taken")
                continue
            }
        }
    }

    @Test func theEmbeddedPageIsJoinedAndItsFilesAreKept() {
        let routes = Site.embedded.routes()
        let html = text(get("/", routes))
        let sources = html.split(separator: "src=\"").dropFirst().compactMap {
            $0.split(separator: "\"").first.map(String.init)
        }
        #expect(sources.count == 2 && sources[0] == "/theme.js")
        #expect(get("/view/tree.js", routes).header("Content-Type")?.contains("html") == true)
        let script = get(sources[1], routes)
        #expect(script.header("Cache-Control")?.contains("immutable") == true)
        #expect(script.header("Content-Type")?.contains("javascript") == true)
        #expect(text(script).contains("class AppPage"))
    }
}
