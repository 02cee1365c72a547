// SPDX-License-Identifier: Apache-2.0
// What people say about steps.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension V0Routes {
    func listAnnotations(_ request: Request) throws -> Response {
        var step: Int64?
        if let text = request.query("step_sequence_id") {
            guard let number = Int64(text) else {
                return V0Error.notInteger("query", "step_sequence_id", text)
            }
            step = number
        }
        let partition = request.query("partition_key").flatMap(Self.partition)
        let appID = request.query("app_id")
        let notes = try annotations.annotations(of: request[parameter: "project"]).ordered
        let wanted = notes.filter { note in
            (step == nil || Annotation.step(note) == step)
                && (appID == nil || Annotation.appID(note) == appID)
                && (partition == nil || Self.text("partition_key", of: note) == partition)
        }
        let list = Array(wanted.joined(separator: [UInt8(ascii: ",")]))
        return Self.tagged(.json([UInt8(ascii: "[")] + list + [UInt8(ascii: "]")]))
    }

    func createAnnotation(_ request: Request) throws -> Response {
        let text = request[parameter: "sequence"]
        guard let step = Int64(text) else { return V0Error.notInteger("path", "sequence_id", text) }
        let project = request[parameter: "project"]
        let appID = request[parameter: "app"]
        guard live.exists(ApplicationName(project: project, appID: appID)) else {
            return V0Error.response(.notFound, "App: \(appID) from project: \(project) not found")
        }
        do throws(Checker.Failure) {
            let body = try AnnotationBody(request.body, isUpdate: false)
            return try write { () throws in
                let now = Self.now(live.store)
                return .json(
                    try annotations.add(to: project, step: step) { id in
                        var note = body.fields
                        note.append(literal: ",\"id\":")
                        note.append(decimal: id)
                        note.append(literal: ",\"project_id\":")
                        note += JSONString.encode(Array(project.utf8))
                        note.append(literal: ",\"app_id\":")
                        note += JSONString.encode(Array(appID.utf8))
                        note.append(literal: ",\"partition_key\":")
                        let partition = Self.partition(request[parameter: "partition"])
                        note +=
                            partition.map { JSONString.encode(Array($0.utf8)) }
                            ?? Array("null".utf8)
                        note.append(literal: ",\"step_sequence_id\":")
                        note.append(decimal: step)
                        note.append(literal: ",\"created\":")
                        note += now
                        note.append(literal: ",\"updated\":")
                        return note + now + [UInt8(ascii: "}")]
                    }
                )
            }
        } catch {
            return V0Error.invalid(error.problems)
        }
    }

    func updateAnnotation(_ request: Request) throws -> Response {
        let text = request[parameter: "annotation"]
        guard let id = Int64(text) else { return V0Error.notInteger("path", "annotation_id", text) }
        let project = request[parameter: "project"]
        do throws(Checker.Failure) {
            let body = try AnnotationBody(request.body, isUpdate: true)
            return try write { () throws in
                let now = Self.now(live.store)
                let updated = try annotations.update(id, of: project) { old in
                    var note = body.fields
                    for key in Self.keptFields {
                        note.append(literal: ",\"")
                        note.append(literal: key)
                        note.append(literal: "\":")
                        note += BurrJSON.value(key, of: old) ?? Array("null".utf8)
                    }
                    note.append(literal: ",\"updated\":")
                    return note + now + [UInt8(ascii: "}")]
                }
                if let updated { return .json(updated) }
                return V0Error.response(
                    .notFound,
                    "Annotation: \(id) from project: \(project) not found"
                )
            }
        } catch {
            return V0Error.invalid(error.problems)
        }
    }

    /// What an update leaves as it is.
    private static let keptFields: [StaticString] = [
        "id", "project_id", "app_id", "partition_key", "step_sequence_id", "created",
    ]

    /// Runs a write; a full disk is told as what it is.
    private func write(_ body: () throws -> Response) throws(Checker.Failure) -> Response {
        do {
            return try body()
        } catch TrackingError.log(.noSpace(let path)) {
            return Problem(.insufficientStorage, "No space is left to write \(path).").response
        } catch {
            return Problem(.internalError, "\(error)").response
        }
    }

    private static func text(_ key: StaticString, of note: [UInt8]) -> String? {
        guard let value = BurrJSON.value(key, of: note) else { return nil }
        return BurrJSON.text(value.indices, in: value)
    }

    private static func now(_ store: Store) -> [UInt8] {
        var text: [UInt8] = []
        EventTime(nanoseconds: store.storage.currentTime, form: .utc).append(to: &text)
        return text
    }
}

extension AnnotationBody {
    /// The fields as the begin of a JSON object.
    fileprivate var fields: [UInt8] {
        var text = Array("{\"span_id\":".utf8) + spanID
        text.append(literal: ",\"step_name\":")
        text += stepName
        text.append(literal: ",\"tags\":")
        text += tags
        text.append(literal: ",\"observations\":")
        return text + observations
    }
}
