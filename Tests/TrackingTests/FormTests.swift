// SPDX-License-Identifier: Apache-2.0
// Names, times and payloads come back as they went in.

import EventLog
import Testing
import Tracking

@Suite struct FormTests {
    @Test(arguments: [
        "chat-1", "a/b", "../x", "..", ".", "", "100%", "%2e%2e", ".hidden", "caf\u{e9}", "a b",
        "x\u{0}y",
        "user:1", "\u{1F600}", "%",
    ])
    func `an id becomes one safe file name and comes back`(id: String) {
        let name = SafeName.encode(id)
        #expect(!name.contains("/") && !name.contains("\u{0}") && !name.isEmpty)
        #expect(!name.hasPrefix("."))
        #expect(SafeName.decode(name) == id)
    }

    @Test(arguments: [
        "\"2026-11-23T21:14:01.180582\"", "\"2026-11-23T21:14:01\"",
        "\"2026-11-24T02:14:01.181278Z\"",
        "\"2026-11-24T02:14:01Z\"", "\"2026-11-24T02:14:01.000000Z\"", "\"2026-02-30T00:00:00\"",
        "\"2026-11-24T02:14:01+02:00\"", "\"yesterday\"", "null", "12",
        "\"2026-11-23T21:14:01.18\"",
        "\"2262-04-12T00:00:00.000001Z\"", "\"9999-12-31T23:59:59.999999\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"1969-12-31T23:59:59.999999\"", "\"2026-03-29T02:30:00.000001\"",
    ])
    func `the text of a time survives`(text: String) throws {
        let bytes = Array(text.utf8)
        let time = EventTime(json: bytes.span, fallback: 7)
        var output: [UInt8] = []
        time.append(to: &output)
        #expect(String(decoding: output, as: UTF8.self) == text)
        var writer = ByteWriter()
        let begin = StepBegin(step: 3, action: Array("a".utf8), time: time)
        begin.encode(actions: ActionNames(), to: &writer)
        let payload = writer.finish()
        var reader = ByteReader(payload.rawSpan)
        let read = try StepBegin(
            decoding: &reader,
            time: time.nanoseconds,
            actions: ActionNames()
        )
        #expect(read == begin)
    }

    @Test func `instants are read as RFC 3339`() {
        #expect(InstantText.nanoseconds("1970-01-01T00:00:01Z") == 1_000_000_000)
        #expect(InstantText.nanoseconds("1970-01-01T01:00:00.5+01:00") == 500_000_000)
        #expect(InstantText.nanoseconds("1970-01-01") != nil)
        #expect(InstantText.nanoseconds("1970-13-01T00:00:00Z") == nil)
        #expect(InstantText.nanoseconds("soon") == nil)
        #expect(InstantText.utc(nanoseconds: 1_000) == "1970-01-01T00:00:00.000001Z")
    }

    @Test func `a step end survives with every optional part`() throws {
        var end = StepEnd(
            step: 9,
            action: Array("act".utf8),
            time: EventTime(nanoseconds: 5_000, form: .naive(minutes: -300))
        )
        end.duration = 12
        end.result = Array("{\"a\":1}".utf8)
        end.exception = Array("\"boom\"".utf8)
        end.shape = .envelope(head: Array("{ ".utf8), tail: Array(" }".utf8))
        end.stateLength = 77
        let actions = ActionNames([Array("other".utf8), Array("act".utf8)])
        var writer = ByteWriter()
        end.encode(actions: actions, to: &writer)
        let payload = writer.finish()
        var reader = ByteReader(payload.rawSpan)
        #expect(try StepEnd(decoding: &reader, time: 5_000, actions: actions) == end)
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
    }

    @Test(arguments: [Limits.step, Limits.step + 1, -Limits.step - 1, .max, .min])
    func `a table with a step beyond the limits is refused`(step: Int64) {
        var table = StepTable()
        table.append(
            StepRow(step: step, status: .ok, action: 0, start: 0, duration: 0, stateSize: 0)
        )
        #expect(((try? StepTable(decoding: table.encode())) != nil) == Limits.isStep(step))
    }

    @Test(arguments: [Limits.step + 1, -Limits.step - 1, .max, .min])
    func `an event of a step beyond the limits is refused`(step: Int64) {
        let time = EventTime(nanoseconds: 0)
        let action = Array("act".utf8)
        var begin = ByteWriter()
        StepBegin(step: step, action: action, time: time).encode(
            actions: ActionNames(),
            to: &begin
        )
        let begun = begin.finish()
        #expect(throws: FormatError.self) {
            var reader = ByteReader(begun.rawSpan)
            _ = try StepBegin(decoding: &reader, time: 0, actions: ActionNames())
        }
        var end = ByteWriter()
        StepEnd(step: step, action: action, time: time).encode(actions: ActionNames(), to: &end)
        let ended = end.finish()
        #expect(throws: FormatError.self) {
            var reader = ByteReader(ended.rawSpan)
            _ = try StepEnd(decoding: &reader, time: 0, actions: ActionNames())
        }
    }

    @Test func `a step table survives`() throws {
        var table = StepTable()
        let action = table.intern(Array("act".utf8))
        let key = table.intern(Array("chat".utf8))
        for step in 0..<100 as Range<Int64> {
            let row = StepRow(
                step: step,
                status: step == 50 ? .failed : .ok,
                action: action,
                start: 1_000 * step,
                duration: step,
                stateSize: 5_000 - step
            )
            table.append(row)
            if step % 3 == 0 { table.addChanged(key) }
        }
        let read = try StepTable(decoding: table.encode())
        #expect(read.rows == table.rows)
        #expect(read.changedKeys(ofRow: 3).map { read.name($0) } == ["chat"])
        #expect(read.changedKeys(ofRow: 4).isEmpty)
    }
}
