// SPDX-License-Identifier: Apache-2.0
// GET /openapi.json: what this server answers, for programs.

internal import CSpecification

/// Answers with the specification of the API.
enum SpecificationRoute {
    static var route: Route {
        let body = PreparedBody(text)
        let tag = "\"\(String(decoding: text, as: UTF8.self).tag)\""
        return Route(.get, "/openapi.json") { _ in
            Response(
                headers: [.init("Content-Type", "application/json"), .init("ETag", tag)],
                body: .prepared(body)
            )
        }
    }

    private static var text: [UInt8] {
        let count = cspecification_length()
        // The bytes are a constant of the program.
        return unsafe [UInt8](UnsafeBufferPointer(start: cspecification_text(), count: count))
    }
}
