// SPDX-License-Identifier: Apache-2.0

import Foundation
import Generators
import Testing

@testable import StateDelta

@Suite struct ScannerTests {
    /// Reads a table of `Formats/vectors/json`.
    private func vectors(_ name: String) throws -> [[UInt8]] {
        let text = try String(contentsOf: formats("vectors/json/\(name).txt"), encoding: .utf8)
        return text.split(separator: "\n").filter { $0.first == "|" }.map { line in
            let line = String(line.dropFirst())
            if let nested = nested(line) { return nested }
            return unescaped(Array(line.utf8))
        }
    }

    private func nested(_ line: String) -> [UInt8]? {
        guard line.hasPrefix("[*") || line.hasPrefix("{*") else { return nil }
        let count = Int(line.filter(\.isNumber)) ?? 0
        if line.hasPrefix("{*") {
            let open = String(repeating: "{\"a\":", count: count - 1)
            return bytes(open + "{}" + String(repeating: "}", count: count - 1))
        }
        let close = line.hasSuffix("]") ? String(repeating: "]", count: count) : ""
        return bytes(String(repeating: "[", count: count) + close)
    }

    private func unescaped(_ line: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var index = 0
        while index < line.count {
            if line[index] == UInt8(ascii: "\\"), line[index + 1] == UInt8(ascii: "x") {
                output.append(UInt8(string(Array(line[index + 2...index + 3])), radix: 16) ?? 0)
                index += 4
            } else {
                if line[index] == UInt8(ascii: "\\") { index += 1 }
                output.append(line[index])
                index += 1
            }
        }
        return output
    }

    private func error(_ text: [UInt8]) -> JSONError? {
        do throws(JSONError) {
            try text.withView { (view) throws(JSONError) in
                try JSONScanner.validate(view.span)
            }
            return nil
        } catch {
            return error
        }
    }

    @Test func `every vector of JSON text is accepted, and compact once made so`() throws {
        let vectors = try vectors("accept")
        #expect(vectors.count > 100)
        for text in vectors {
            #expect(error(text) == nil, "\(string(text))")
            let compact = JSONScanner.compact(text)
            #expect(JSONScanner.isCompact(compact))
            #expect(JSONScanner.isCompact(text) == (compact == text))
            #expect(throws: Never.self) { try StateDocument(validating: compact) }
            #expect(StateDocument(trusted: compact).text() == compact)
            if compact != text {
                #expect(throws: JSONError.self) { try StateDocument(validating: text) }
            }
            let padded = bytes("[1,") + text
            let end = try padded.withView { (view) throws(JSONError) in
                try JSONScanner.scanValue(view.span, at: 3 + spaces(text))
            }
            #expect(padded[..<end].count >= text.count + 3 - spaces(text.reversed()))
        }
    }

    private func spaces(_ text: some Sequence<UInt8>) -> Int {
        text.prefix { JSONScanner.isSpace($0) }.count
    }

    @Test func `every vector of what is not JSON is refused`() throws {
        let vectors = try vectors("reject")
        #expect(vectors.count > 150)
        for text in vectors {
            #expect(error(text) != nil, "\(string(text))")
            #expect(throws: JSONError.self) { try StateDocument(validating: text) }
        }
    }

    @Test func `every truncation of a text is refused`() {
        let text = bytes("{\"a\\u00e9\":[1.5e3,true,null,\"\u{1F600}\\n\"],\"b\":{\"c\":-0}}")
        for count in 0..<text.count {
            #expect(error(Array(text[..<count])) != nil)
        }
    }

    @Test func `errors say what is wrong and where`() {
        #expect(error([]) == .empty)
        #expect(error(bytes("[1,]")) == .unexpectedByte(UInt8(ascii: "]"), at: 3))
        #expect(error(bytes("[1")) == .truncated(at: 2))
        #expect(error(bytes("\"\\x\"")) == .badEscape(at: 1))
        #expect(error(bytes("01")) == .badNumber(at: 0))
        #expect(error(bytes("\"\n\"")) == .controlCharacter(at: 1))
        #expect(error([0x22, 0xFF, 0x22]) == .badUTF8(at: 1))
        #expect(error(bytes("1 2")) == .trailingBytes(at: 2))
        #expect(throws: JSONError.insignificantWhiteSpace(at: 5)) {
            try StateDocument(validating: bytes("{\"a\": 1}"))
        }
        #expect("\(JSONError.unexpectedByte(0x0C, at: 3))" == "unexpected byte 0x0C at offset 3")
    }

    @Test func `what is not UTF-8 is replaced by maximal subparts`() {
        func repaired(_ bytes: [UInt8]) -> String { string(JSONScanner.repairUTF8(bytes).bytes) }
        let valid = bytes("plain \u{E9}\u{1F600}")
        #expect(JSONScanner.repairUTF8(valid).replaced == 0)
        // The example of the Unicode standard, table 3-8.
        let sample: [UInt8] = [
            0x61, 0xF1, 0x80, 0x80, 0xE1, 0x80, 0xC2, 0x62, 0x80, 0x63, 0x80, 0xBF, 0x64,
        ]
        #expect(
            repaired(sample) == "a\u{FFFD}\u{FFFD}\u{FFFD}b\u{FFFD}c\u{FFFD}\u{FFFD}d"
        )
        var random = Random("utf8")
        for _ in 0..<2_000 {
            let noise = (0..<random.below(24)).map { _ in
                random.pick([
                    0x41, 0x80, 0xBF, 0xC2, 0xE0, 0xED, 0xA0, 0x9F, 0xF0, 0x90, 0xF4, 0xFF,
                ])
            }.map { UInt8($0) }
            // The standard library repairs by the same rule.
            #expect(JSONScanner.repairUTF8(noise).bytes == Array(string(noise).utf8))
        }
    }

    @Test func `strings are decoded and encoded as readers of JSON do`() {
        func decode(_ text: String) -> String { string(JSONString.decode(bytes(text))) }
        #expect(decode("a\\n\\t\\\\\\\"\\/\\b\\f\\r") == "a\n\t\\\"/\u{8}\u{C}\r")
        #expect(decode("\\u0041\\u00e9\\u20AC\\ud83d\\ude00") == "A\u{E9}\u{20AC}\u{1F600}")
        #expect(decode("\\ud800x\\udc00\\ud800\\ud800") == "\u{FFFD}x\u{FFFD}\u{FFFD}\u{FFFD}")
        let text = "a\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F}\u{7F}\u{E9}"
        let encoded = string(JSONString.encode(bytes(text)))
        #expect(encoded == "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\u{7F}\u{E9}\"")
        #expect(decode(String(encoded.dropFirst().dropLast())) == text)
    }
}
