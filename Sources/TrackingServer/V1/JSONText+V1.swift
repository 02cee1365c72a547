// SPDX-License-Identifier: Apache-2.0
// Members that many answers have.

internal import Replay
internal import StateDelta
internal import Tracking

extension JSONText {
    /// Writes a time, microseconds since 1970 UTC, or null.
    mutating func time(_ name: String, microseconds: Int64?) {
        key(name)
        guard let microseconds else { return raw("null") }
        raw { output in
            EventTime(nanoseconds: microseconds &* 1_000).append(to: &output)
        }
    }

    /// Writes a member that is an integer or null.
    mutating func member(_ name: String, _ value: Int64?) {
        member(name, value.map(Int.init))
    }

    /// Writes a list of integers.
    mutating func numbers(_ name: String, _ values: some Sequence<Int64>) {
        key(name)
        raw { output in
            output.append(UInt8(ascii: "["))
            var isFirst = true
            for value in values {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                output.append(decimal: value)
            }
            output.append(UInt8(ascii: "]"))
        }
    }

    /// Writes a list of integers in which some are missing.
    mutating func numbersOrNull(_ name: String, _ values: some Sequence<Int64?>) {
        key(name)
        raw { output in
            output.append(UInt8(ascii: "["))
            var isFirst = true
            for value in values {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                if let value {
                    output.append(decimal: value)
                } else {
                    output.append(literal: "null")
                }
            }
            output.append(UInt8(ascii: "]"))
        }
    }

    /// Writes addresses by what they lead to.
    mutating func links(_ links: [(name: String, url: String?)]) {
        key("links")
        object { json in
            for (name, url) in links {
                if let url { json.member(name, url) }
            }
        }
    }

    /// Writes whose the steps of a line are, the oldest first.
    mutating func line(_ owners: [LineOwner]) {
        key("line")
        array { json in
            for owner in owners {
                json.object { json in
                    json.member("app", owner.name.appID)
                    json.member("first", owner.first)
                    json.member("last", owner.last)
                }
            }
        }
    }

    /// A list of strings as a text of its own.
    static func list(_ words: [String]) -> [UInt8] {
        var json = JSONText()
        json.array { json in
            for word in words { json.string(word) }
        }
        return json.bytes
    }
}

extension AppRequest {
    /// Writes what each answer about an application begins with.
    func begin(_ json: inout JSONText) {
        json.member("project", name.project)
        json.member("app", name.appID)
        json.member("g", generation)
    }

    /// Writes the head as it is now.
    func head(_ json: inout JSONText) {
        json.key("head")
        guard let last = app.steps.rows.last else { return json.raw("null") }
        json.object { json in
            json.member("step", last.step)
            json.member("lsn", Int(clamping: app.lastSequence))
        }
    }

    /// An address below the application's, with the generation.
    func link(_ rest: String, _ query: [(String, String)] = []) -> String {
        var text = "\(url)\(rest)?g=\(generation)"
        if let branch { text += "&branch=\(PercentCoding.encode(branch))" }
        for (name, value) in query { text += "&\(name)=\(PercentCoding.encode(value))" }
        return text
    }

    /// The addresses that go with a step.
    func links(of step: Int64) -> [(name: String, url: String?)] {
        [
            ("self", link("/steps/\(step)")), ("state", link("/states/\(step)")),
            ("diff", link("/diff", [("to", String(step))])),
            ("window", link("/windows/\(Window.block(of: step))")),
            ("ui", "\(AppRequest.page(of: name, request))?step=\(step)"),
        ]
    }
}
