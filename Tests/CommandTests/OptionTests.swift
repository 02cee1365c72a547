// SPDX-License-Identifier: Apache-2.0

// Words of a command line: options, operands, refs that look like options, guesses.

internal import Testing
internal import Tracking

@testable import BurrCommand

private let known: [OptionSpecification] = [
    .init(.step, value: "REF", ""), .init(.store, value: "DIR", ""), .init(.before, ""),
    .init(.limit, short: "n", value: "N", ""), .init(.quiet, short: "q", ""),
]

@Suite(.serialized)
struct OptionTests {
    private func scan(_ words: String...) throws -> ScannedArguments {
        try ArgumentScanner(specifications: known).scan(words)
    }

    @Test
    func `options may stand before, between and after operands`() throws {
        let scanned = try scan("--step", "4", "a", "-q", "b", "-n3", "--store=x")
        #expect(scanned.operands == ["a", "b"])
        #expect(
            scanned.options == [
                .init(name: .step, value: "4"), .init(name: .quiet, value: ""),
                .init(name: .limit, value: "3"), .init(name: .store, value: "x"),
            ]
        )
    }

    @Test
    func `refs from the end are operands and values, not options`() throws {
        let scanned = try scan("-5..-1", "--step", "-1", "--store=-2", "-", "-1")
        #expect(scanned.operands == ["-5..-1", "-", "-1"])
        #expect(scanned.options.map(\.value) == ["-1", "-2"])
    }

    @Test
    func `two dashes end the options`() throws {
        #expect(try scan("--", "--step", "-q").operands == ["--step", "-q"])
    }

    @Test
    func `an unambiguous beginning of a long option is enough`() throws {
        #expect(try scan("--be").options == [.init(name: .before, value: "")])
        #expect(throws: ScanError.ambiguous("--st", candidates: ["--step", "--store"])) {
            try scan("--st", "1")
        }
    }

    @Test
    func `what is not understood is named`() {
        #expect(throws: ScanError.unknown("--stepp")) { try scan("--stepp=1") }
        #expect(throws: ScanError.unknown("-z")) { try scan("-qz") }
        #expect(throws: ScanError.missingValue(.step)) { try scan("--step") }
        #expect(throws: ScanError.missingValue(.limit)) { try scan("-n") }
        #expect(throws: ScanError.unwantedValue(.before)) { try scan("--before=1") }
    }

    @Test
    func `a scan may stop at the first operand`() throws {
        let scanner = ArgumentScanner(specifications: known, stopsAtOperand: true)
        let scanned = try scanner.scan(["-q", "ls", "--whatever"])
        #expect(scanned.operands == ["ls", "--whatever"])
    }

    @Test(arguments: [("repaly", "replay"), ("dif", "diff"), ("shw", "show"), ("exp", "export")])
    func `a misspelt command is guessed`(word: String, meant: String) {
        let names = Command.all.map(\.specification.name)
        #expect(Suggestion.closest(to: word, among: names) == meant)
    }

    @Test
    func `nonsense is not guessed`() {
        #expect(Suggestion.closest(to: "banana", among: ["ls", "replay"]) == nil)
    }
}

struct HelpTests {
    @Test(arguments: Command.all.map(\.specification))
    func `every help fits 80 columns, with three examples or more`(command: CommandSpecification) {
        let lines = Help.text(command).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(command.examples.count >= 3)
        #expect(lines.allSatisfy { $0.last != " " })
    }

    @Test
    func `the overview names every command`() {
        let text = Help.overview(Command.all)
        #expect(Command.all.allSatisfy { text.contains("  \($0.specification.name) ") })
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}

@Suite
struct PageLinkTests {
    @Test
    func `a link of the page names an application, a step and a path`() throws {
        let link = try #require(
            PageLink("http://h:7241/burr/p/my%2Fproject/a/one%20run?step=mark:a+b&path=/x~1y#z")
        )
        #expect("\(link.application)" == "my/project/one run")
        #expect(link.step == "mark:a b")
        #expect(link.path == "/x~1y")
        #expect(try #require(PageLink("https://h/p/a/a/b")).step == nil)
    }

    @Test(arguments: ["a/b", "http://h/p/a", "http://h/p/a/notes", "h/p/a/a/b", "http://h/p//a/b"])
    func `all else is no link of the page`(_ text: String) {
        #expect(PageLink(text) == nil)
    }
}
