// SPDX-License-Identifier: Apache-2.0

// `burr diff`: what changed between two points of a history.

extension Command {
    static let diff = Command(
        specification: CommandSpecification(
            name: "diff",
            summary: "print what changed in the state between two steps",
            operands: "APP A..B",
            operandCount: 2...2,
            formats: [.pretty, .patch, .stat, .json],
            options: [
                .init(.exitCode, "exit with 1 where the states differ")
            ],
            notes: [
                """
                A..B compares the state after A with the state after B; B alone is what step \
                B changed; A.. goes to the head. Each line of the pretty format is one \
                change: + added, - removed, ~ replaced. --format patch prints an RFC 6902 \
                document that leads from A to B.
                """
            ],
            examples: [
                .init("burr diff chat-1 41..42", "what step 42 changed"),
                .init("burr diff chat-1 err", "what the last failed step changed"),
                .init("burr diff chat-1 first..head --format stat", "changes by top-level key"),
            ],
            exits: ["0   printed", "1   the states differ (with --exit-code)"]
                + Common.exits.dropFirst()
        ),
        run: { _ in .success }
    )
}
