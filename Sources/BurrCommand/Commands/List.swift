// `burr ls`: projects, or the applications of one.

extension Command {
    static let list = Command(
        specification: CommandSpecification(
            name: "ls",
            summary: "list projects, or the applications of a project",
            operands: "[PROJECT]",
            operandCount: 0...1,
            formats: [.pretty, .json, .jsonl],
            options: [
                .init(.all, short: "a", "the applications of all projects"),
                .init(.limit, short: "n", value: "N", "the N most recent only"),
                .init(.status, value: "S", "running, ok, failed, crashed, empty or unreadable"),
            ],
            notes: [
                """
                Without PROJECT it lists the projects. Applications are sorted by when they \
                were last written, the latest first. A damaged or strange folder is listed \
                with what is wrong with it.
                """
            ],
            examples: [
                .init("burr ls", "the projects of the store"),
                .init("burr ls demo_chatbot", "the applications of one project"),
                .init(
                    "burr ls -a --status failed --format json | jq -r '.[].app_id'",
                    "the ids of all applications whose last step failed"
                ),
            ],
            exits: Common.exits
        ),
        run: { _ in .success }
    )
}
