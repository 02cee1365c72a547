// SPDX-License-Identifier: Apache-2.0
// What every reply tells browsers not to do.

/// The headers that stand on every reply.
enum SecurityHeaders {
    static let all: [Request.Field] = [
        .init("X-Content-Type-Options", "nosniff"),
        .init("X-Frame-Options", "DENY"),
        .init("Referrer-Policy", "same-origin"),
        .init("Cross-Origin-Resource-Policy", "same-origin"),
        .init("Cross-Origin-Opener-Policy", "same-origin"),
    ]

    /// What a page may load: files of this server.
    ///
    /// Styles may stand in attributes, because pages
    /// place things by them.
    static let page =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        + "manifest-src 'self'; worker-src 'self'; base-uri 'self'; form-action 'self'; "
        + "frame-ancestors 'none'"

    /// What is no page loads nothing.
    static let document = "default-src 'none'; frame-ancestors 'none'"

    /// A script that runs as a worker has the policy it came with, not that of the page.
    static let script = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"

    static func policy(for type: String) -> String {
        type.hasPrefix("text/html") ? page : type.hasPrefix("text/javascript") ? script : document
    }
}
