// SPDX-License-Identifier: Apache-2.0

// `burr stat`: an application in numbers.

extension Command {
    static let stat = Command(
        specification: CommandSpecification(
            name: "stat",
            summary: "print an application in numbers",
            operands: "APP",
            operandCount: 1...1,
            formats: [.pretty, .json],
            options: [],
            notes: [],
            examples: [
                .init("burr stat chat-1", "steps, times, branches, actions, sizes"),
                .init("burr stat -", "the most recent application"),
                .init("burr stat - --format json | jq .stored_bytes", "its size on disk"),
            ],
            exits: Common.exits
        ),
        run: { _ in .success }
    )
}
