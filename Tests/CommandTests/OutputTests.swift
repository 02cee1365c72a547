// SPDX-License-Identifier: Apache-2.0

// What is printed: JSON, tables, quantities, times, colours.

internal import Glibc
internal import StateDelta
internal import Testing

@testable import BurrCommand

/// Runs a printer and returns what it wrote.
private func captured(_ body: (Output) throws -> Void) throws -> String {
    var ends: [Int32] = [0, 0]
    unsafe pipe(&ends)
    let output = Output(descriptor: ends[1])
    try body(output)
    try output.flush()
    close(ends[1])
    defer { close(ends[0]) }
    var bytes = [UInt8](repeating: 0, count: 60_000)
    let count = unsafe read(ends[0], &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}

private let plain = Palette(choice: .never, isTerminal: false)
private let coloured = Palette(choice: .always, isTerminal: false)

struct JSONPrinterTests {
    private func pretty(_ text: String, _ palette: Palette = plain) throws -> String {
        try captured { output in
            var printer = JSONPrinter(output: output, palette: palette)
            try printer.print(Array(text.utf8))
        }
    }

    @Test
    func `nested values are indented by two spaces`() throws {
        let text = try pretty(#"{"a":[1,{"b":null}],"c":{},"d":[ ]}"#)
        #expect(
            text == """
                {
                  "a": [
                    1,
                    {
                      "b": null
                    }
                  ],
                  "c": {},
                  "d": []
                }

                """
        )
    }

    @Test(arguments: [
        #""\u00e9\"{[,:""#, "1.0", "1180591620717411303424", "-0.0e+10", "NaN", "-Infinity", "{}",
        "\"\u{e9}\u{1F600}\"", #""\\""#,
    ])
    func `scalars are kept as they are`(text: String) throws {
        #expect(try pretty(text) == text + "\n")
    }

    @Test
    func `colours tell keys from strings and add nothing else`() throws {
        let text = try pretty(#"{"k":"v","n":[1,true]}"#, coloured)
        #expect(text.contains("\u{1b}[34m\"k\"\u{1b}[0m: \u{1b}[32m\"v\"\u{1b}[0m"))
        #expect(text.contains("\u{1b}[36m1\u{1b}[0m"))
        #expect(text.contains("\u{1b}[35mtrue\u{1b}[0m"))
    }
}

struct JSONTextTests {
    @Test
    func `documents are compact, in order, and escaped`() {
        var json = JSONText()
        json.object { json in
            json.member("a", "x\"\\\n\u{1}\u{e9}")
            json.member("b", 3)
            json.member("c", Int?.none)
            json.member("d", ["p", "q"])
            json.key("e")
            json.array { json in
                json.object { _ in }
                json.raw("1.0")
            }
            json.member("f", true)
        }
        let text = String(decoding: json.bytes, as: UTF8.self)
        #expect(
            text == #"{"a":"x\"\\\n\u0001"# + "\u{e9}"
                + #"","b":3,"c":null,"d":["p","q"],"e":[{},1.0],"f":true}"#
        )
    }

    @Test(arguments: [
        (1_204_300_000, "1204.3"), (0, "0"), (1, "0.000001"), (-1_500_000, "-1.5"),
        (1_000_000, "1"),
    ])
    func `milliseconds keep their digits`(nanoseconds: Int64, expected: String) {
        var json = JSONText()
        json.milliseconds(nanoseconds: nanoseconds)
        #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
    }
}

struct TableTests {
    private func table(_ limit: Int?, _ rows: [[String]]) throws -> String {
        try captured { output in
            var table = TablePrinter(
                columns: [
                    TableColumn(title: "N", isRightAligned: true),
                    TableColumn(title: "NAME", isFlexible: true),
                    TableColumn(title: "S"),
                ],
                output: output,
                palette: plain,
                limit: limit
            )
            for row in rows { try table.row(row.map { TableCell($0) }) }
            try table.finish()
        }
    }

    @Test
    func `columns are aligned, wide characters too`() throws {
        let text = try table(nil, [["1", "ab", "x"], ["100", "\u{4F60}\u{597D}", "y"]])
        #expect(text == "  N  NAME  S\n  1  ab    x\n100  \u{4F60}\u{597D}  y\n")
    }

    @Test
    func `only a terminal shortens, and only flexible columns`() throws {
        let rows = [["1", "abcdefghijklmnop", "x"]]
        #expect(try table(nil, rows).contains("abcdefghijklmnop"))
        #expect(try table(16, rows).contains("abcdefghi\u{2026}"))
    }

    @Test
    func `no row, no heading`() throws {
        #expect(try table(nil, []).isEmpty)
    }

    @Test
    func `control characters cannot reach the terminal`() throws {
        #expect(try table(nil, [["1", "\u{1b}[2J", "x"]]).contains("\\x1b[2J"))
    }
}

struct EditTests {
    private func edit(_ pointer: String, _ old: String?, _ new: String?) throws -> JSONPatch.Edit {
        JSONPatch.Edit(
            kind: old == nil ? .added : new == nil ? .removed : .changed,
            pointer: try JSONPointer(pointer),
            old: old.map { Array($0.utf8) },
            new: new.map { Array($0.utf8) }
        )
    }

    @Test
    func `each change is a line with its own sign`() throws {
        let text = try captured { output in
            let printer = EditPrinter(output: output, palette: plain, limit: nil)
            try printer.print(edit("/a", "3", "4"))
            try printer.print(edit("/b/7", nil, "{}"))
            try printer.print(edit("/c", "null", nil))
        }
        #expect(text == "~ /a  3 \u{2192} 4\n+ /b/7  {}\n- /c  null\n")
    }

    @Test
    func `a terminal gets as much as fits`() throws {
        let long = "\"" + String(repeating: "x", count: 500) + "\""
        let text = try captured { output in
            let printer = EditPrinter(output: output, palette: plain, limit: 60)
            try printer.print(edit("/a", long, long))
            try printer.print(edit("/a", nil, long))
        }
        #expect(text.split(separator: "\n").allSatisfy { TextWidth.columns(String($0)) <= 60 })
    }

    @Test
    func `changes are counted by top-level key`() throws {
        var summary = EditSummary()
        summary.add(try edit("/a~1b/0", nil, "12"))
        summary.add(try edit("/a~1b/1", "1", "123"))
        summary.add(try edit("/c", "null", nil))
        #expect(
            summary.rows == [
                .init(key: "a/b", added: 1, replaced: 1, byteChange: 4),
                .init(key: "c", removed: 1, byteChange: -4),
            ]
        )
    }
}

struct QuantityTests {
    @Test(arguments: [
        (0, "0 B"), (1_023, "1023 B"), (1_024, "1 KiB"), (1_536, "1.5 KiB"),
        (10_240, "10 KiB"), (1_048_570, "1 MiB"), (64 << 20, "64 MiB"), (3 << 30, "3 GiB"),
    ])
    func `sizes have three digits and a unit`(count: Int, expected: String) {
        #expect(Quantity.bytes(count) == expected)
    }

    @Test(arguments: [
        (999, "999 ns"), (1_500, "1.5 \u{b5}s"), (12_000_000, "12 ms"), (1_200_000_000, "1.2 s"),
        (200_000_000_000, "3 min 20 s"), (7_200_000_000_000, "2 h"),
        (90_000_000_000_000, "1 d 1 h"), (-5_000_000, "-5 ms"), (999_600_000, "1 s"),
    ])
    func `durations are short`(nanoseconds: Int64, expected: String) {
        #expect(Quantity.duration(nanoseconds: nanoseconds) == expected)
    }

    @Test
    func `counts are grouped`() {
        #expect(Quantity.count(1_234_567) == "1,234,567")
        #expect(Quantity.count(1, "step") == "1 step")
        #expect(Quantity.count(0, "step") == "0 steps")
    }
}

struct InstantTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_787_394_667_412_000_000, "2026-08-22T10:31:07.412000Z"),
        (1_709_164_800_000_000_001, "2024-02-29T00:00:00.000000001Z"),
        (-1_000, "1969-12-31T23:59:59.999999Z"),
        (4_102_444_799_000_000_000, "2099-12-31T23:59:59.000000Z"),
    ])
    func `times are RFC 3339 in UTC`(nanoseconds: Int64, expected: String) {
        #expect(Instant.iso(nanoseconds) == expected)
    }

    @Test
    func `relative times end in a date`() {
        let now: Int64 = 1_787_394_667_412_000_000
        #expect(Instant.relative(now - 12_000_000_000, now: now) == "12 s ago")
        #expect(Instant.relative(now - 7_200_000_000_000, now: now) == "2 h ago")
        #expect(Instant.relative(0, now: now) == "1970-01-01")
        #expect(Instant.relative(now + 5_000_000_000, now: now) == "2026-08-22")
        #expect(Instant.relative(.min, now: now) == "1677-09-21")
    }
}
