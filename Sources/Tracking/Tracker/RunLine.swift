// SPDX-License-Identifier: Apache-2.0
// The texts of RUN_BEGIN and RUN_END (Formats/events.md, section 6).

/// The lines of an execute call.
enum RunLine {
    static func begin(method: String, time: Int64) -> [UInt8] {
        var line: [UInt8] = []
        line.append(literal: "{\"type\":\"begin_run\",\"start_time\":")
        EventTime(nanoseconds: time).append(to: &line)
        line.append(literal: ",\"method\":")
        BurrText.appendQuoted(Array(method.utf8), to: &line)
        line.append(literal: "}")
        return line
    }

    static func end(method: String, exception: String?, time: Int64) -> [UInt8] {
        var line: [UInt8] = []
        line.append(literal: "{\"type\":\"end_run\",\"end_time\":")
        EventTime(nanoseconds: time).append(to: &line)
        line.append(literal: ",\"method\":")
        BurrText.appendQuoted(Array(method.utf8), to: &line)
        line.append(literal: ",\"exception\":")
        if let exception {
            BurrText.appendQuoted(Array(exception.utf8), to: &line)
        } else {
            line.append(literal: "null")
        }
        line.append(literal: "}")
        return line
    }
}
