// SPDX-License-Identifier: Apache-2.0
// .../marks: named moments.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Answers about marks, and sets them.
enum MarkRoutes {
    private static let longestName = 128

    static func list(_ app: AppRequest) throws -> Response {
        let marks = try Marks(of: app.name, in: app.app.history.store).all()
        return Response.json { json in
            json.object { json in
                json.key("items")
                json.array { json in
                    for mark in marks { json.mark(mark) }
                }
            }
        }.tagged()
    }

    static func create(_ app: AppRequest) throws -> Response {
        try checkHead(app)
        let body = try MarkBody(app.request.body)
        let point = try app.point(body.ref, "ref")
        guard app.app.steps.row(point.step) != nil else {
            throw Problem(
                .conflict,
                code: "step-running",
                "Only a step that has ended can be marked."
            )
        }
        let store = app.app.history.store
        let mark = Mark(
            name: body.name,
            step: point.step,
            message: body.message,
            author: body.author,
            time: store.storage.currentTime
        )
        try Marks(of: app.name, in: store).set(mark)
        return Response.json(.created) { $0.mark(mark) }
            .with("Location", "\(app.url)/marks/\(PercentCoding.encode(mark.name))")
    }

    static func remove(_ app: AppRequest) throws -> Response {
        let name = app.request[parameter: "name"]
        let marks = Marks(of: app.name, in: app.app.history.store)
        let known = try marks.all().map(\.name)
        guard known.contains(name) else {
            throw ReplayError.noMark(app.name, mark: name, marks: known)
        }
        try marks.remove(name)
        return Response(.noContent)
    }

    /// A client that names a head wants to mark nothing that it has not seen.
    private static func checkHead(_ app: AppRequest) throws(Problem) {
        guard let tag = app.request.header("If-Match"), tag != "*" else { return }
        let current = "\(app.generation)-\(app.headTag)"
        guard !tag.contains(current) else { return }
        let head = app.app.steps.rows.last.map { "\($0.step)" } ?? "null"
        throw Problem(.preconditionFailed, code: "head-moved", "More has been recorded meanwhile.")
            .with("head", json: Array(head.utf8))
    }

    /// What a client wants to be marked.
    private struct MarkBody {
        let name: String
        let ref: String
        let message: String?
        let author: String?

        init(_ bytes: [UInt8]) throws(Problem) {
            let document: StateDocument
            do throws(JSONError) {
                try JSONScanner.validate(bytes.rawSpan)
                document = try StateDocument(validating: JSONScanner.compact(bytes))
            } catch {
                throw Self.bad("The body is no JSON: \(error).")
            }
            guard document.text().first == UInt8(ascii: "{") else {
                throw Self.bad("The body must be an object.")
            }
            if case .missing(_, .keys(let keys)) = document.lookup(JSONPointer(parts: ["\u{0}"])),
                let unknown = keys.first(where: { !Self.members.contains($0) })
            {
                throw Self.bad("The body has a member \(unknown.prefix(100)), which means nothing.")
            }
            guard let name = try Self.string("name", document),
                let ref = try Self.string("ref", document)
            else { throw Self.bad("The body needs name and ref, both strings.") }
            let isPlain = name.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && $0 != "/" && $0 != "@"
            }
            guard !name.isEmpty, name.unicodeScalars.count <= longestName, isPlain else {
                throw Self.bad(
                    "name must have 1 to \(longestName) characters, "
                        + "none of them /, @ or a control character."
                )
            }
            self.name = name
            self.ref = ref
            message = try Self.string("message", document)
            author = try Self.string("author", document)
        }

        private static let members = ["name", "ref", "message", "author"]

        private static func string(
            _ key: String,
            _ document: StateDocument
        ) throws(Problem) -> String? {
            guard let text = document.value(at: JSONPointer(parts: [key])),
                text != Array("null".utf8)
            else { return nil }
            guard text.first == UInt8(ascii: "\""), text.count < 100_000 else {
                throw bad("\(key) must be a string, and not a long one.")
            }
            let content = Array(text.dropFirst().dropLast())
            return String(decoding: JSONString.decode(content), as: UTF8.self)
        }

        private static func bad(_ detail: String) -> Problem {
            Problem(
                .badRequest,
                code: "bad-body",
                detail,
                extra: [("expected", #"{"name":"here","ref":"42"}"#)]
            )
        }
    }
}

extension JSONText {
    /// Writes a mark.
    mutating func mark(_ mark: Mark) {
        object { json in
            json.member("name", mark.name)
            json.member("step", mark.step)
            json.member("message", mark.message)
            json.member("author", mark.author)
            json.instant("time", mark.time)
        }
    }
}
