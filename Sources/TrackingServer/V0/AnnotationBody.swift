// SPDX-License-Identifier: Apache-2.0
// The body of a request that annotates: checked as Burr's server checks it.

internal import StateDelta
internal import Tracking

/// What a client says in an annotation, as JSON texts of its fields.
struct AnnotationBody {
    private(set) var spanID: [UInt8] = Array("null".utf8)
    private(set) var stepName: [UInt8] = []
    private(set) var tags: [UInt8] = Array("[]".utf8)
    private(set) var observations: [UInt8] = []

    /// Checks a body.
    ///
    /// - Parameters:
    ///   - bytes: the body.
    ///   - isUpdate: an update may leave `span_id` and `tags` out.
    /// - Throws: ``Checker/Failure`` with everything that is wrong.
    init(_ bytes: [UInt8], isUpdate: Bool) throws(Checker.Failure) {
        let tree: JSONTree
        do throws(JSONError) {
            tree = try JSONTree(bytes)
        } catch {
            throw Checker.Failure(problems: [
                V0Error.Invalid(
                    type: "json_invalid",
                    place: [.name("body"), .index(error.offset)],
                    message: "JSON decode error",
                    input: Array("{}".utf8)
                )
            ])
        }
        var checker = Checker()
        checker.checkModel(tree, [])
        if checker.problems.isEmpty {
            take(tree, isUpdate, &checker)
        }
        if !checker.problems.isEmpty { throw Checker.Failure(problems: checker.problems) }
    }

    private mutating func take(_ tree: JSONTree, _ isUpdate: Bool, _ checker: inout Checker) {
        let spanID = checker.field("span_id", of: tree, .string, orNull: true, needed: !isUpdate)
        self.spanID = spanID?.text ?? self.spanID
        stepName = checker.field("step_name", of: tree, .string)?.text ?? []
        if let tags = checker.field("tags", of: tree, .array, orNull: isUpdate, needed: !isUpdate) {
            self.tags = tags.text
            for (index, tag) in tags.elements.enumerated() {
                checker.check(tag, .string, [.name("tags"), .index(index)])
            }
        }
        guard let list = checker.field("observations", of: tree, .array) else { return }
        var texts: [[UInt8]] = []
        for (index, element) in list.elements.enumerated() {
            let place: [V0Error.Invalid.Step] = [.name("observations"), .index(index)]
            texts.append(Self.observation(element, place, &checker))
        }
        observations = Self.array(texts)
    }

    private static func observation(
        _ tree: JSONTree,
        _ place: [V0Error.Invalid.Step],
        _ checker: inout Checker
    ) -> [UInt8] {
        guard checker.checkModel(tree, place) else { return [] }
        let fields = checker.field("data_fields", of: tree, .object, at: place)
        let thumbs = checker.field(
            "thumbs_up_thumbs_down",
            of: tree,
            .boolean,
            orNull: true,
            at: place
        )
        let pointers = checker.field("data_pointers", of: tree, .array, at: place)
        var texts: [[UInt8]] = []
        for (index, pointer) in (pointers?.elements ?? []).enumerated() {
            let place = place + [.name("data_pointers"), .index(index)]
            texts.append(Self.pointer(pointer, place, &checker))
        }
        var text = Array("{\"data_fields\":".utf8) + (fields?.text ?? [])
        text.append(literal: ",\"thumbs_up_thumbs_down\":")
        text += thumbs?.text ?? []
        text.append(literal: ",\"data_pointers\":")
        return text + array(texts) + [UInt8(ascii: "}")]
    }

    private static func pointer(
        _ tree: JSONTree,
        _ place: [V0Error.Invalid.Step],
        _ checker: inout Checker
    ) -> [UInt8] {
        guard checker.checkModel(tree, place) else { return [] }
        let type = checker.field("type", of: tree, .string, at: place)
        if let type, type.string != "state_field", type.string != "attribute" {
            checker.problems.append(
                V0Error.Invalid(
                    type: "literal_error",
                    place: [.name("body")] + place + [.name("type")],
                    message: "Input should be 'state_field' or 'attribute'",
                    input: type.text
                )
            )
        }
        let name = checker.field("field_name", of: tree, .string, at: place)
        let span = checker.field("span_id", of: tree, .string, orNull: true, at: place)
        var text = Array("{\"type\":".utf8) + (type?.text ?? [])
        text.append(literal: ",\"field_name\":")
        text += name?.text ?? []
        text.append(literal: ",\"span_id\":")
        return text + (span?.text ?? []) + [UInt8(ascii: "}")]
    }

    private static func array(_ texts: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + Array(texts.joined(separator: [UInt8(ascii: ",")]))
            + [UInt8(ascii: "]")]
    }
}

/// Collects what is wrong with a body, in the words of Burr's server.
struct Checker {
    struct Failure: Error {
        let problems: [V0Error.Invalid]
    }

    var problems: [V0Error.Invalid] = []

    /// A field of an object, checked.
    mutating func field(
        _ key: StaticString,
        of tree: JSONTree,
        _ kind: JSONTree.Kind,
        orNull: Bool = false,
        needed: Bool = true,
        at place: [V0Error.Invalid.Step] = []
    ) -> JSONTree? {
        let place = place + [.name("\(key)")]
        guard let value = tree[key] else {
            if needed {
                problems.append(
                    V0Error.Invalid(
                        type: "missing",
                        place: [.name("body")] + place,
                        message: "Field required",
                        input: tree.text
                    )
                )
            }
            return nil
        }
        if orNull, value.kind == .null { return value }
        return check(value, kind, place) ? value : nil
    }

    /// Whether a value is of the kind that is wanted.
    @discardableResult
    mutating func check(
        _ value: JSONTree,
        _ kind: JSONTree.Kind,
        _ place: [V0Error.Invalid.Step]
    ) -> Bool {
        let (type, wanted) =
            switch kind {
            case .string: ("string_type", "string")
            case .array: ("list_type", "list")
            case .boolean: ("bool_type", "boolean")
            default: ("dict_type", "dictionary")
            }
        return check(value, kind, place, type, wanted)
    }

    /// Whether a value is an object with fields of its own.
    @discardableResult
    mutating func checkModel(_ value: JSONTree, _ place: [V0Error.Invalid.Step]) -> Bool {
        let wanted = "dictionary or object to extract fields from"
        return check(value, .object, place, "model_attributes_type", wanted)
    }

    private mutating func check(
        _ value: JSONTree,
        _ kind: JSONTree.Kind,
        _ place: [V0Error.Invalid.Step],
        _ type: String,
        _ wanted: String
    ) -> Bool {
        if value.kind == kind { return true }
        problems.append(
            V0Error.Invalid(
                type: type,
                place: [.name("body")] + place,
                message: "Input should be a valid \(wanted)",
                input: value.text
            )
        )
        return false
    }
}
