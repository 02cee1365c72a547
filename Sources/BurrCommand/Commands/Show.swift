// SPDX-License-Identifier: Apache-2.0

// `burr show`: everything recorded about one step.

extension Command {
    static let show = Command(
        specification: CommandSpecification(
            name: "show",
            summary: "print everything recorded about one step but its state",
            operands: "APP REF",
            operandCount: 1...2,
            formats: [.pretty, .json],
            options: [],
            notes: ["Without REF it shows the head. `burr replay` prints the state."],
            examples: [
                .init("burr show chat-1 42", "inputs, result, spans, attributes, changed keys"),
                .init("burr show chat-1 err", "the last failed step"),
                .init(
                    "burr show - err --format json | jq -r .exception",
                    "the traceback of the last failure"
                ),
            ],
            exits: Common.exits
        ),
        run: { _ in .success }
    )
}
