// SPDX-License-Identifier: Apache-2.0

// `burr fsck`: whether the logs are whole.

extension Command {
    static let check = Command(
        specification: CommandSpecification(
            name: "fsck",
            summary: "check that logs are whole",
            operands: "[APP]",
            operandCount: 0...1,
            formats: [.pretty, .json, .jsonl],
            options: [
                .init(.deep, "rebuild every state and check it, not only the records")
            ],
            notes: [
                "Without APP it checks every application. Nothing is changed, ever."
            ],
            examples: [
                .init("burr fsck", "every log of the store"),
                .init("burr fsck chat-1 --deep", "every state of one application"),
                .init(
                    "burr fsck --format json | jq '.[] | select(.verdict != \"clean\")'",
                    "the ill ones"
                ),
            ],
            exits: [
                "0   clean", "1   a torn tail: the last write is incomplete, nothing else",
                "2   damage", "3   written by a newer version", "4   reading failed",
                "64  the command line is wrong", "66  no such application",
            ]
        ),
        run: { _ in .success }
    )
}
