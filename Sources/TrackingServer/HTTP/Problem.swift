// SPDX-License-Identifier: Apache-2.0
// Errors as problem details (RFC 9457): what went wrong, and what lets the client go on.

internal import StateDelta

/// An error of a request, told in a way that a person and a program understand.
package struct Problem: Error {
    package var status: Status
    /// A short name for programs, the end of the problem's type URI: `unknown-app`.
    package var code: String?
    /// What was wrong, where, and what to do.
    package var detail: String
    /// Further members of the document, as JSON text.
    package var members: [(name: String, json: [UInt8])]
    package var headers: [Request.Field] = []

    package init(
        _ status: Status,
        code: String? = nil,
        _ detail: String,
        extra: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        members = extra.map { ($0.name, JSONString.encode(Array($0.value.utf8))) }
    }

    /// The problem with a member more, whose value is JSON text.
    package func with(_ name: String, json: [UInt8]) -> Problem {
        var copy = self
        copy.members.append((name, json))
        return copy
    }

    /// The response that tells it.
    package var response: Response {
        var response = Response.json(status) { json in
            json.object { json in
                json.member("type", code.map { "/problems/\($0)" } ?? "about:blank")
                json.member("title", status.phrase)
                json.member("status", status.rawValue)
                json.member("detail", detail)
                for (name, value) in members {
                    json.key(name)
                    json.raw(value)
                }
            }
        }
        response.headers = [.init("Content-Type", "application/problem+json")] + headers
        return response
    }
}
