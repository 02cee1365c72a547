// SPDX-License-Identifier: Apache-2.0
// Cursors: where a page of a list begins, so that what is appended never shifts it.

internal import EventLog
internal import Replay
internal import Tracking

/// A place in a list, as clients hand it back.
struct PageCursor {
    /// What the list was filtered and ordered by.
    let filter: UInt64
    /// Whether the page lies before the place, instead of behind it.
    let isBackward: Bool
    /// The place: the keys of the row beside it.
    let place: String
    let generation: String

    /// The text that stands for it.
    var text: String {
        let plain = "\(isBackward ? "p" : "n").\(generation).\(Hex.text(filter)).\(place)"
        return PercentCoding.encode(plain)
    }

    /// Reads the cursor of a request.
    ///
    /// - Parameters:
    ///   - request: the request; without a cursor there is none.
    ///   - filter: what its list is filtered and ordered by.
    /// - Throws: ``Problem`` (400) for a cursor of another list, or none at all.
    init?(_ request: Request, filter: UInt64) throws(Problem) {
        guard let encoded = request.query("cursor") else { return nil }
        let text = PercentCoding.decode(encoded) ?? ""
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "p" || parts[0] == "n",
            parts[2] == Hex.text(filter)
        else {
            throw Problem(
                .badRequest,
                code: "cursor-mismatch",
                "The cursor is not one of a list with these filters and this order: "
                    + "begin again without it.",
                extra: [
                    ("parameter", "cursor"),
                    ("restart", Self.restart(request)),
                ]
            )
        }
        isBackward = parts[0] == "p"
        generation = String(parts[1])
        self.filter = filter
        place = String(parts[3])
    }

    init(filter: UInt64, isBackward: Bool, place: String, generation: String = "") {
        self.filter = filter
        self.isBackward = isBackward
        self.place = place
        self.generation = generation
    }

    /// The request's URL with another cursor, or without one.
    static func url(_ request: Request, _ cursor: String?) -> String {
        var text = "\(request.basePath)\(request.path)"
        var separator = "?"
        for field in request.query where field.name != "cursor" {
            text += "\(separator)\(PercentCoding.encode(field.name))="
            text += PercentCoding.encode(field.value)
            separator = "&"
        }
        if let cursor { text += "\(separator)cursor=\(PercentCoding.encode(cursor))" }
        return text
    }

    private static func restart(_ request: Request) -> String { url(request, nil) }

    /// A number for what a list is filtered and ordered by.
    static func filter(_ parts: [String?]) -> UInt64 {
        let text = parts.map { $0.map { "+\($0)" } ?? "-" }.joined(separator: "\u{1}")
        return XXH64.hash(Array(text.utf8).rawSpan)
    }
}

extension Response {
    /// The response with the pages beside it as `Link` headers (RFC 8288).
    func linked(_ request: Request, next: String?, prev: String?) -> Response {
        var links: [String] = []
        if let next { links.append("<\(PageCursor.url(request, next))>; rel=\"next\"") }
        if let prev { links.append("<\(PageCursor.url(request, prev))>; rel=\"prev\"") }
        return links.isEmpty ? self : with("Link", links.joined(separator: ", "))
    }
}
