// SPDX-License-Identifier: Apache-2.0

// `burr log`: the steps of an application, one line each.

extension Command {
    static let log = Command(
        specification: CommandSpecification(
            name: "log",
            summary: "list the steps of an application",
            operands: "APP",
            operandCount: 1...1,
            formats: [.pretty, .json, .jsonl],
            options: [
                .init(.action, value: "A", "steps of this action only"),
                .init(.status, value: "S", "ok, failed, running or crashed steps only"),
                .init(.limit, short: "n", value: "N", "at most N steps"),
                .init(.reverse, "the latest first"),
            ],
            notes: [],
            examples: [
                .init("burr log chat-1", "all steps"),
                .init("burr log chat-1 --status failed --reverse -n 1", "the last failed step"),
                .init(
                    "burr log - --action ai_response --format jsonl | jq .duration_ms",
                    "how long each step of one action took"
                ),
            ],
            exits: Common.exits
        ),
        run: { _ in .success }
    )
}
