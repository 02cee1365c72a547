// SPDX-License-Identifier: Apache-2.0
// A request about one application: what every answer to one needs.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// One request with the application it is about, open and up to date.
struct AppRequest {
    let request: Request
    let app: OpenApplication
    let name: ApplicationName
    /// The application's own URL.
    let url: String
    /// The generation as URLs carry it.
    let generation: String
    /// The branch that the answer is about, by its leading hex digits; `nil` for the newest.
    let branch: String?
    private let started: Int64
    private let opened: Int64

    /// Opens the application of a request and answers.
    ///
    /// - Throws: ``Problem``.
    static func answer(
        _ request: Request,
        _ pool: ApplicationPool,
        _ body: (AppRequest) throws -> Response
    ) throws -> Response {
        let name = ApplicationName(
            project: request[parameter: "project"],
            appID: request[parameter: "app"]
        )
        let started = Clock.now()
        func answer(
            _ name: ApplicationName,
            _ branch: String?,
            checks: Bool
        ) throws -> Response {
            try pool.with(name, branch: branch) { app in
                let context = AppRequest(request, app, name, branch, started)
                if checks {
                    try context.checkPartition()
                    try context.checkGeneration()
                }
                return context.finished(try body(context))
            }
        }
        do {
            do {
                return try answer(name, request.query("branch"), checks: true)
            } catch let other as OtherLine {
                return try answer(other.name, other.branch, checks: false)
            }
        } catch let error as ReplayError {
            throw Problem(error, name, pool.store, request)
        } catch let error as ImportState {
            throw Problem(error, name)
        }
    }

    /// A step stands on another line: the request is answered from there.
    struct OtherLine: Error {
        let name: ApplicationName
        let branch: String?
    }

    private init(
        _ request: Request,
        _ app: OpenApplication,
        _ name: ApplicationName,
        _ branch: String?,
        _ started: Int64
    ) {
        self.request = request
        self.app = app
        self.name = name
        self.branch = branch
        self.started = started
        opened = Clock.now()
        url = Self.url(of: name, request)
        generation = Hex.text(app.generation)
    }

    /// The URL of an application.
    static func url(of name: ApplicationName, _ request: Request) -> String {
        let project = PercentCoding.encode(name.project)
        return "\(request.basePath)/api/v1/projects/\(project)/apps/"
            + PercentCoding.encode(name.appID)
    }

    /// The page that shows an application.
    static func page(of name: ApplicationName, _ request: Request) -> String {
        let project = PercentCoding.encode(name.project)
        return "\(request.basePath)/p/\(project)/a/\(PercentCoding.encode(name.appID))"
    }

    private func checkPartition() throws {
        guard let wanted = request.query("partition"), wanted != "__none__" else { return }
        let partition = try app.meta()?.partitionKey
        guard partition == wanted else {
            throw Problem(
                .notFound,
                code: "app-not-found",
                "\(name) is in \(partition.map { "partition \($0)" } ?? "no partition"), "
                    + "not in \(wanted)."
            )
        }
    }

    private func checkGeneration() throws {
        guard let known = request.query("g"), known != generation else { return }
        throw generationGone(known)
    }

    /// The error for a generation that is over.
    func generationGone(_ known: String) -> Problem {
        var restart = "\(request.basePath)\(request.path)"
        var separator = "?"
        for field in request.query where field.name != "cursor" {
            let value = field.name == "g" ? generation : field.value
            restart += "\(separator)\(field.name)=\(PercentCoding.encode(value))"
            separator = "&"
        }
        return Problem(
            .gone,
            code: "generation-gone",
            "The history of \(name) is another one than \(known.prefix(40)) names: "
                + "its generation is \(generation) now.",
            extra: [("g", generation), ("restart", restart)]
        )
    }

    /// Adds what stands on every answer about an application.
    private func finished(_ response: Response) -> Response {
        let step = app.steps.rows.last.map { ";step=\($0.step)" } ?? ""
        let open = Clock.milliseconds(opened - started)
        let query = Clock.milliseconds(Clock.now() - opened)
        return
            response
            .with("X-Burr-Head", "\(app.lastSequence)\(step)")
            .with("Server-Timing", "open;dur=\(open), query;dur=\(query)")
    }
}

// MARK: - Parameters

extension AppRequest {
    /// A point in history that a request names.
    struct Point {
        let position: StepPosition
        /// Whether the ref names the same step for ever.
        let isFixed: Bool

        var step: Int64 { position.step }
    }

    /// Looks a ref up.
    ///
    /// - Parameters:
    ///   - text: the ref.
    ///   - parameter: where it stood, for the error.
    /// - Returns: the step it names.
    /// - Throws: ``Problem`` or `ReplayError`.
    func point(_ text: String, _ parameter: String) throws -> Point {
        let ref: Ref
        do throws(ReplayError) { ref = try Ref(text) } catch {
            throw Problem(
                .badRequest,
                code: "bad-ref",
                "\(error)",
                extra: [("parameter", parameter)]
            ).with(
                "expected",
                json: Array(
                    #"["42","-1","head","first","err","t:2026-08-22T10:00:00Z","t:-5m"]"#.utf8
                )
            )
        }
        let position = try app.resolve(ref, now: app.history.store.storage.currentTime)
        guard case .step = ref.target else { return Point(position: position, isFixed: false) }
        return Point(position: position, isFixed: true)
    }

    /// Looks up the ref of the path.
    ///
    /// - Throws: ``OtherLine`` when its step is on another line, and what ``point(_:_:)`` throws.
    func pathPoint() throws -> Point {
        let found = try point(request[parameter: "ref"], "ref")
        if let branch = found.position.line.first?.branch, branch.id != app.tip.id {
            throw OtherLine(name: name, branch: branch.id.description)
        }
        return found
    }

    /// A pointer of the query; the root where it is missing.
    func pointer(_ parameter: String = "path") throws(Problem) -> JSONPointer {
        let text = request.query(parameter) ?? ""
        do throws(JSONPointerError) { return try JSONPointer(text) } catch {
            throw Problem(
                .badRequest,
                code: "bad-pointer",
                "\(parameter)=\(text.prefix(200)): \(error)",
                extra: [("parameter", parameter), ("expected", "/chat_history/0/content")]
            )
        }
    }

    /// One of some words of the query.
    func choice(
        _ parameter: String,
        _ words: [String]
    ) throws(Problem) -> String? {
        try request.choice(parameter, words)
    }
}

extension Request {
    /// One of some words of the query.
    ///
    /// - Throws: ``Problem`` (400) with the words.
    func choice(_ parameter: String, _ words: [String]) throws(Problem) -> String? {
        guard let text = query(parameter) else { return nil }
        guard words.contains(text) else {
            throw Self.refusal(parameter, "must be one of", words, text)
        }
        return text
    }

    /// Some words of the query, comma-separated; `nil` where it is missing.
    ///
    /// - Throws: ``Problem`` (400) with the words there are.
    func words(_ parameter: String, _ words: [String]) throws(Problem) -> Set<String>? {
        guard let text = query(parameter) else { return nil }
        let given = text.split(separator: ",").map(String.init)
        if let wrong = given.first(where: { !words.contains($0) }) {
            throw Self.refusal(parameter, "may hold", words, wrong)
        }
        return Set(given)
    }

    private static func refusal(
        _ parameter: String,
        _ rule: String,
        _ words: [String],
        _ given: String
    ) -> Problem {
        Problem(
            .badRequest,
            code: "bad-parameter",
            "\(parameter) \(rule) \(words.joined(separator: ", ")), not \(given.prefix(100)).",
            extra: [("parameter", parameter)]
        ).with("expected", json: JSONText.list(words))
    }

    /// An integer of the query.
    ///
    /// - Throws: ``Problem`` (400) with the range.
    func number(
        _ parameter: String,
        _ range: ClosedRange<Int>
    ) throws(Problem) -> Int? {
        guard let text = query(parameter) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw Problem(
                .badRequest,
                code: "bad-parameter",
                "\(parameter) must be an integer of \(range.lowerBound) to \(range.upperBound), "
                    + "not \(text.prefix(100)).",
                extra: [("parameter", parameter)]
            )
        }
        return value
    }
}

// MARK: - Caching

extension AppRequest {
    /// Answers with an entity tag, or says that what the client has is right.
    ///
    /// - Parameters:
    ///   - sealed: whether the answer can never change under this generation; then a URL that
    ///     carries it may be kept for ever.
    ///   - tag: what tells two answers of the same URL apart.
    ///   - body: makes the answer.
    /// - Returns: the answer, or 304.
    func cached(
        sealed: Bool,
        tag: String,
        _ body: () throws -> Response
    ) rethrows -> Response {
        let entity = "\"\(generation)-\(tag)\""
        let isKept = sealed && request.query("g") != nil
        let control = isKept ? "private, max-age=31536000, immutable" : "no-cache"
        if request.holds(entity) {
            return Response.notModified(entity).with("Cache-Control", control)
        }
        return try body().with("ETag", entity).with("Cache-Control", control)
    }

    /// The tag of an answer that changes with every record.
    var headTag: String { "h\(app.lastSequence)" }
}

/// Numbers as URLs and tags carry them.
enum Hex {
    /// Sixteen digits.
    static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
