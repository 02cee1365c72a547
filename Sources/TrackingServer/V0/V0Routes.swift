// SPDX-License-Identifier: Apache-2.0
// Burr's own API, as its page and its users know it (Formats/burr-compatibility.md).

internal import Replay
internal import StateDelta
internal import Tracking

/// The routes below `/api/v0`.
struct V0Routes: Sendable {
    let live: LiveStore
    let annotations: AnnotationStore
    let lists = FreshReplies()
    let beginnings = LogBeginnings()

    /// The version of Burr whose API this is.
    private static let version = "0.43.0"

    var routes: [Route] {
        [
            Route(.get, "/api/v0/ready") { _ in .json(Array("true".utf8)) },
            Route(.get, "/api/v0/version") { _ in
                .json { json in json.object { $0.member("version", Self.version) } }
            },
            Route(.get, "/api/v0/metadata/app_spec") { _ in
                .json { json in
                    json.object { json in
                        json.member("indexing", false)
                        json.member("snapshotting", false)
                        json.member("supports_demos", false)
                        json.member("supports_annotations", true)
                    }
                }
            },
            Route(.get, "/api/v0/indexing_jobs") { _ in
                V0Error.response(.notFound, "This backend does not support indexing jobs.")
            },
            Route(.get, "/api/v0/projects") { _ in try lists.reply("") { try projects() } },
            Route(.get, "/api/v0/{project}/annotations") { try listAnnotations($0) },
            Route(.get, "/api/v0/{project}/{partition}/apps") { try applications($0) },
            Route(.get, "/api/v0/{project}/{app}/{partition}/apps") { try logs($0) },
            Route(.post, "/api/v0/{project}/{app}/{partition}/{sequence}/annotations") {
                try createAnnotation($0)
            },
            Route(.put, "/api/v0/{project}/{annotation}/update_annotations") {
                try updateAnnotation($0)
            },
        ]
    }

    /// The partition key of a path: `__none__` stands for none, and for any.
    static func partition(_ text: String) -> String? {
        text == "__none__" ? nil : text
    }
}

/// Errors as Burr's server tells them.
enum V0Error {
    /// `{"detail": "..."}`.
    static func response(_ status: Status, _ detail: String) -> Response {
        .json(status) { json in json.object { $0.member("detail", detail) } }
    }

    /// A parameter that is no integer.
    static func notInteger(_ place: String, _ name: String, _ text: String) -> Response {
        invalid([
            Invalid(
                type: "int_parsing",
                place: [.name(place), .name(name)],
                message: "Input should be a valid integer, unable to parse string as an integer",
                input: JSONString.encode(Array(text.utf8))
            )
        ])
    }

    /// What is wrong with a part of a request.
    struct Invalid: Error {
        enum Step: Sendable {
            case name(String)
            case index(Int)
        }

        var type: String
        var place: [Step]
        var message: String
        /// What was given, as JSON text.
        var input: [UInt8]
    }

    static func invalid(_ problems: [Invalid]) -> Response {
        .json(.unprocessable) { json in
            json.object { json in
                json.key("detail")
                json.array { json in
                    for problem in problems { write(problem, &json) }
                }
            }
        }
    }

    private static func write(_ problem: Invalid, _ json: inout JSONText) {
        json.object { json in
            json.member("type", problem.type)
            json.key("loc")
            json.array { json in
                for step in problem.place {
                    switch step {
                    case .name(let name): json.string(name)
                    case .index(let index): json.integer(index)
                    }
                }
            }
            json.member("msg", problem.message)
            json.key("input")
            json.raw(problem.input)
        }
    }
}
