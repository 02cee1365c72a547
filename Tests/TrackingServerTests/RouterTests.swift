// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TrackingServer

@Suite struct RouterTests {
    private static let patterns = [
        "/", "/a", "/a/{x}", "/a/b", "/a/{x}/c", "/a/b/{rest...}", "/{x}/{y}/{z}/d",
        "/a/{x}/c/{y}", "/{all...}",
    ]

    private static let router = Router(
        patterns.map { pattern in
            Route(.get, pattern) { request in
                let found = request.parameters.map { "\($0.name)=\($0.value)" }
                return .text("\(pattern) \(found.joined(separator: " "))")
            }
        }
    )

    private func text(_ response: Response) -> String {
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("/", "/ "), ("/a", "/a "), ("/b", "/{all...} all=b"), ("/a/b", "/a/{x} x=b"),
        ("/a/é", "/a/{x} x=é"), ("/a/%C3%A9", "/a/{x} x=é"), ("/a/x%2Fy", "/a/{x} x=x/y"),
        ("/a/b/c", "/a/{x}/c x=b"), ("/a/b/d", "/a/b/{rest...} rest=d"),
        ("/a/b/", "/a/b/{rest...} rest="), ("/a/b/c/d/e/f", "/a/b/{rest...} rest=c/d/e/f"),
        ("/1/2/3/d", "/{x}/{y}/{z}/d x=1 y=2 z=3"), ("/a/2/c/d", "/{x}/{y}/{z}/d x=a y=2 z=c"),
        ("/a/2/c/4", "/a/{x}/c/{y} x=2 y=4"), ("/1//3/d", "/{all...} all=1//3/d"),
        ("/1/2/3/4/5/6/7", "/{all...} all=1/2/3/4/5/6/7"),
    ])
    func theFirstPatternThatFitsAnswers(path: String, answer: String) {
        #expect(text(Self.router.answer(Request(.get, path))) == answer)
    }

    @Test func withoutRoutesNothingIsFound() {
        #expect(Router().answer(Request(.get, "/a/b")).status == .notFound)
    }
}
