// SPDX-License-Identifier: Apache-2.0

// `burr ls`: the applications of the store or of a project, or the projects.

extension Command {
    static let list = Command(
        specification: CommandSpecification(
            name: "ls",
            summary: "list applications, the latest first",
            operands: "[PROJECT]",
            operandCount: 0...1,
            formats: [.pretty, .json, .jsonl],
            options: [
                .init(.projects, "the projects instead"),
                .init(.limit, short: "n", value: "N", "the N most recent only"),
                .init(.status, value: "S", "running, ok, failed, crashed, empty or unreadable"),
            ],
            notes: [
                """
                Without PROJECT it lists the applications of all projects. A damaged or \
                strange folder is listed with what is wrong with it.
                """
            ],
            examples: [
                .init("burr ls -n 10", "the ten applications last written"),
                .init("burr ls demo_chatbot", "the applications of one project"),
                .init(
                    "burr ls --status failed --format json | jq -r '.[].app'",
                    "the ids of all applications whose last step failed"
                ),
            ],
            exits: Common.exits
        ),
        run: { _ in .success }
    )
}
