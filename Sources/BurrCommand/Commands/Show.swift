// SPDX-License-Identifier: Apache-2.0

// `burr show`: everything recorded about one step.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let show = Command(
        specification: CommandSpecification(
            name: "show",
            summary: "print everything recorded about one step but its state",
            operands: "APP REF",
            operandCount: 2...2,
            formats: [.pretty, .json],
            options: [],
            notes: ["'burr replay' prints the state."],
            examples: [
                .init("burr show chat-1 42", "inputs, result, spans, attributes, changed keys"),
                .init("burr show chat-1 err", "the last failed step"),
                .init(
                    "burr show - err --format json | jq -r .exception",
                    "the traceback of the last failure"
                ),
            ],
            exits: Common.exits
        ),
        run: { invocation in
            let history = try invocation.history()
            let ref = invocation.operand(1) ?? "head"
            let position = try invocation.position(ref, in: history)
            let detail = try history.detail(at: position)
            let json = StepDocument(history: history, detail: detail, settings: invocation.settings)
            try invocation.printDocument(json.text)
            return .success
        }
    )
}

extension Invocation {
    /// Prints one JSON document: indented for people, in one line for programs.
    func printDocument(_ text: [UInt8]) throws {
        if format == .pretty {
            var printer = JSONPrinter(output: output, palette: palette)
            try printer.print(text)
        } else {
            try output.write(text)
            try output.endLine()
        }
    }
}

/// One step as a JSON document.
private struct StepDocument {
    let history: History
    let detail: StepDetail
    let settings: Settings

    var text: [UInt8] {
        var json = JSONText()
        let times = TimeText(settings)
        json.object { json in
            json.member("project", history.name.project)
            json.member("app", history.name.appID)
            json.member("step", Int(detail.step))
            json.member("branch", detail.branch.description)
            json.member("action", detail.action)
            json.member("status", detail.status)
            times.member("start", detail.begin?.time.nanoseconds, &json)
            times.member("end", detail.end?.time.nanoseconds, &json)
            json.key("duration_ms")
            json.milliseconds(nanoseconds: detail.duration)
            json.member("state_bytes", detail.end?.stateLength.map { Int(clamping: $0) })
            json.member("changed", detail.changed.map { Key.pointer(Key.decoded($0)) })
            recorded("inputs", detail.begin.map { $0.inputs ?? Self.empty }, &json)
            recorded("result", detail.end.map { $0.result ?? Self.empty }, &json)
            recorded("exception", detail.end?.exception, &json)
            events("spans", [.spanBegin, .spanEnd], &json)
            events("attributes", [.attribute], &json)
            events("streams", [.streamBegin, .streamFirst, .streamItem, .streamEnd], &json)
            events("children", [.child], &json)
            events("annotations", [.annotation], &json)
        }
        return json.bytes
    }

    private static let empty = Array("{}".utf8)

    private func recorded(_ name: String, _ text: [UInt8]?, _ json: inout JSONText) {
        json.key(name)
        if let text { json.raw(text) } else { json.raw("null") }
    }

    /// The lines of some types, each the object that Burr wrote.
    private func events(_ name: String, _ types: [RecordType], _ json: inout JSONText) {
        json.key(name)
        json.array { json in
            for event in detail.events where types.contains(event.type) { json.raw(event.text) }
        }
    }
}

extension StepDetail {
    /// How long the step took, in nanoseconds; nothing before its end.
    var duration: Int64? {
        guard let end else { return nil }
        if let recorded = end.duration {
            return Int64(clamping: recorded).multipliedClamped(by: 1_000)
        }
        return begin.map { end.time.nanoseconds &- $0.time.nanoseconds }
    }
}
