// SPDX-License-Identifier: Apache-2.0
// GET .../diff: what changed between two points in history.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// Answers with the difference of two states.
enum DiffRoute {
    private enum Format: String, CaseIterable {
        case patch = "application/json-patch+json"
        case merge = "application/merge-patch+json"
        case text = "text/plain"
    }

    static func get(_ app: AppRequest) throws -> Response {
        let format = try format(app.request)
        let path = try app.pointer()
        let withTests = try app.choice("test", ["0", "1"]) == "1"
        let to = try app.point(app.request.query("to") ?? "head", "to")
        let from = try app.request.query("from").map { try app.point($0, "from") }
        let isFixed = to.isFixed && app.request.query("to") != nil && from?.isFixed ?? true
        let isSealed = [from?.step ?? to.step, to.step].allSatisfy { app.app.steps.row($0) != nil }
        let tag = "\(from?.step ?? -1)-\(to.step)-\(format)-\(withTests)-\(path.description.tag)"
        return try app.cached(sealed: isFixed && isSealed, tag: tag) {
            let new = try value(app, to, .after, path)
            let old =
                try from.map { try value(app, $0, .after, path) }
                ?? valueBefore(app, to, path)
            return try answer(app, format, old, new, withTests)
                .with("Vary", "Accept")
        }
    }

    private static func format(_ request: Request) throws(Problem) -> Format {
        guard let accept = request.header("Accept") else { return .patch }
        var best: (format: Format, quality: Double)?
        for part in accept.split(separator: ",") {
            let words = part.split(separator: ";").map(\.trimmed)
            guard let type = words.first else { continue }
            let quality =
                words.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
                ?? 1
            let format: Format? =
                switch type {
                case "*/*", "application/*", "application/json": .patch
                case "text/*": .text
                default: Format(rawValue: type)
                }
            if let format, quality > best?.quality ?? 0 { best = (format, quality) }
        }
        if let best { return best.format }
        throw Problem(
            .notAcceptable,
            code: "not-acceptable",
            "A difference can be had as \(Format.allCases.map(\.rawValue).joined(separator: ", "))."
        ).with("available", json: JSONText.list(Format.allCases.map(\.rawValue)))
    }

    /// The value at a path; `nil` where there is none.
    private static func value(
        _ app: AppRequest,
        _ point: AppRequest.Point,
        _ side: Side,
        _ path: JSONPointer
    ) throws -> [UInt8]? {
        try app.app.history.value(at: point.position, side: side, path: path)
    }

    private static func valueBefore(
        _ app: AppRequest,
        _ point: AppRequest.Point,
        _ path: JSONPointer
    ) throws -> [UInt8]? {
        do {
            return try value(app, point, .before, path)
        } catch ReplayError.stateNotRecorded {
            return nil
        }
    }

    private static func answer(
        _ app: AppRequest,
        _ format: Format,
        _ old: [UInt8]?,
        _ new: [UInt8]?,
        _ withTests: Bool
    ) throws -> Response {
        let type = format.rawValue
        switch format {
        case .patch:
            let body = try PatchDocument(from: old, to: new, withTests: withTests).bytes
            return Response(headers: [.init("Content-Type", type)], body: .bytes(body))
        case .merge:
            guard let old, let new,
                let body = MergePatch.between(old, new)
            else {
                throw Problem(
                    .notAcceptable,
                    code: "lossy",
                    "A merge patch cannot say this: it sets no null and edits no list in part. "
                        + "Ask for application/json-patch+json."
                ).with(
                    "available",
                    json: JSONText.list([Format.patch.rawValue, Format.text.rawValue])
                )
            }
            return Response(headers: [.init("Content-Type", type)], body: .bytes(body))
        case .text:
            return .text(try text(old, new), type: "text/plain; charset=utf-8")
        }
    }

    /// One line for each change.
    private static func text(_ old: [UInt8]?, _ new: [UInt8]?) throws -> String {
        guard let old, let new else {
            if let new { return "+  \(String(decoding: new, as: UTF8.self))\n" }
            return old.map { "-  \(String(decoding: $0, as: UTF8.self))\n" } ?? ""
        }
        var text = ""
        for edit in try JSONPatch.edits(from: old, to: new) {
            let old = edit.old.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let new = edit.new.map { String(decoding: $0, as: UTF8.self) } ?? ""
            switch edit.kind {
            case .added: text += "+ \(edit.pointer) \(new)\n"
            case .removed: text += "- \(edit.pointer) \(old)\n"
            case .changed: text += "~ \(edit.pointer) \(old) -> \(new)\n"
            }
        }
        return text
    }
}

/// A JSON Patch between two values, either of which may be missing.
private struct PatchDocument {
    let bytes: [UInt8]

    init(from old: [UInt8]?, to new: [UInt8]?, withTests: Bool) throws {
        guard let old, let new else {
            var json = JSONText()
            json.array { json in
                guard old != nil || new != nil else { return }
                json.object { json in
                    json.member("op", new == nil ? "remove" : old == nil ? "add" : "replace")
                    json.member("path", "")
                    if let new {
                        json.key("value")
                        json.raw(new)
                    }
                }
            }
            bytes = json.bytes
            return
        }
        bytes =
            withTests
            ? try JSONPatch.diffWithTests(from: old, to: new)
            : try JSONPatch.diff(from: old, to: new)
    }
}
