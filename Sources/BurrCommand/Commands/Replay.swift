// SPDX-License-Identifier: Apache-2.0

// `burr replay`: the state at a step, or at each step of a range.

extension Command {
    static let replay = Command(
        specification: CommandSpecification(
            name: "replay",
            summary: "print the state at a step",
            operands: "APP",
            operandCount: 1...1,
            formats: [.pretty, .json, .jsonl, .patch],
            options: [
                .init(.step, value: "REF", "the step (default: head)"),
                .init(.before, "the state the step began with, not the one it left"),
                .init(.path, value: "POINTER", "one value of the state, for example /items/-1"),
                .init(.from, value: "REF", "first step of a range (default: first)"),
                .init(.to, value: "REF", "last step of a range (default: head)"),
            ],
            notes: [
                """
                The state is rebuilt from the log; nothing is executed again. With --format \
                json it is byte for byte the text that was recorded.
                """,
                """
                A range prints one line per step: {"step","action","time","state"} with \
                --format jsonl (the default), {"step","action","time","patch"} with --format \
                patch, where the patch (RFC 6902) leads from the step before. A step that \
                cannot be rebuilt is left out, named on standard error, and makes the exit \
                code 65.
                """,
            ],
            examples: [
                .init("burr replay chat-1 --step 42", "the state after step 42"),
                .init(
                    "burr replay chat-1 --step err --before",
                    "what the last failed step began with"
                ),
                .init(
                    "burr replay - --from -5 --to head --path /counter",
                    "how one value went over the last steps of the most recent application"
                ),
            ],
            exits: Common.exits + ["75  the step is still running: it has no state yet"]
        ),
        run: { _ in .success }
    )
}
