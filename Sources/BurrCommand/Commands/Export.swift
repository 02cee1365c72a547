// `burr export`: a history as Burr's own files, or as states.

extension Command {
    static let exportLogs = Command(
        specification: CommandSpecification(
            name: "export",
            summary: "print a history as Burr's log.jsonl, or as one state per line",
            operands: "APP",
            operandCount: 1...1,
            formats: [.jsonl, .states],
            options: [
                .init(.to, value: "DIR", "write whole Burr folders below DIR instead")
            ],
            notes: [
                """
                A log that Burr wrote comes back byte for byte. --format states prints one \
                {"step","action","time","state"} per line.
                """
            ],
            examples: [
                .init("burr export chat-1 > log.jsonl", "Burr's log again"),
                .init("burr export chat-1 --to ./burr", "a folder Burr's own server can read"),
                .init("burr export chat-1 --format states | jq .state.counter", "every state"),
            ],
            exits: Common.exits + ["130 interrupted by Ctrl-C"]
        ),
        run: { _ in .success }
    )
}
