// SPDX-License-Identifier: Apache-2.0

// `burr import`: the logs that Burr has written become part of the store.

extension Command {
    static let importLogs = Command(
        specification: CommandSpecification(
            name: "import",
            summary: "read logs that Burr has written",
            operands: "[PATH]",
            operandCount: 0...1,
            formats: [.pretty, .json],
            options: [],
            notes: [
                """
                PATH is a folder with projects, a project, an application's folder, or a \
                log.jsonl. Without PATH the store's own folder is read in place. Burr's files \
                are never changed. Importing again adds only what is new.
                """
            ],
            examples: [
                .init("burr import", "index ~/.burr where it is"),
                .init("burr import ./runs --store ./store", "copy a folder into another store"),
                .init("burr import ./chat-1/log.jsonl -p demo", "one log, into one project"),
            ],
            exits: ["0   done; lines that could not be read are named on standard error"]
                + Common.exits.dropFirst() + ["130 interrupted; import again to go on"]
        ),
        run: { _ in .success }
    )
}
