// SPDX-License-Identifier: Apache-2.0

// `burr export`: a history as Burr's own files, or as states.

extension Command {
    static let exportLogs = Command(
        specification: CommandSpecification(
            name: "export",
            summary: "print a history as Burr's log.jsonl, or as one state per line",
            operands: "[APP]",
            operandCount: 0...1,
            formats: [.jsonl, .states],
            options: [
                .init(.to, value: "DIR", "write whole Burr folders below DIR instead")
            ],
            notes: [
                """
                A log that Burr wrote comes back byte for byte. --format states prints the \
                state after each step, one per line. With --to and without APP every \
                application is written.
                """
            ],
            examples: [
                .init("burr export chat-1 > log.jsonl", "Burr's log again"),
                .init("burr export --to ./burr", "everything, for Burr's own server"),
                .init(
                    "burr export chat-1 --format states | jq .counter",
                    "one value over all steps"
                ),
            ],
            exits: Common.exits + ["130 interrupted by Ctrl-C"]
        ),
        run: { _ in .success }
    )
}
