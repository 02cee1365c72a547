// SPDX-License-Identifier: Apache-2.0

// `burr demo`: an application to look at.

internal import EventLog
internal import Glibc
internal import Tracking

extension Command {
    static let demo = Command(
        specification: CommandSpecification(
            name: "demo",
            summary: "record a simulated support chat, for something to look at",
            operands: "",
            operandCount: 0...0,
            formats: [.pretty],
            options: [
                .init(.steps, value: "N", "steps of the chat (default: 400)"),
                .init(.rate, value: "R", "steps per second, live (default: all at once)"),
                .init(.seed, value: "S", "what is said and how it goes (default: 7)"),
            ],
            notes: [
                """
                Tool calls, retries, errors, spans, streaming, specialists as applications \
                of their own, and a fork. The same seed tells the same story. Ctrl-C ends \
                it early.
                """
            ],
            examples: [
                .init("burr demo", "400 steps, at once"),
                .init("burr demo --rate 2 & burr", "watch it as it happens"),
                .init("burr demo --steps 100000 --seed 1", "a long one"),
            ],
            exits: Common.jsonExits
        ),
        run: { try DemoCommand(invocation: $0).run() }
    )
}

/// Records the demo's applications.
private struct DemoCommand {
    let invocation: Invocation

    func run() throws -> ExitCode {
        let steps = try invocation.count(.steps) ?? 400
        let seed = UInt64(try invocation.count(.seed) ?? 7)
        let rate = try rate()
        let name = freeName("chat-\(seed)")
        Interrupt.watch()
        do throws(TrackingError) {
            let begin = rate == nil ? Tracker.now - Int64(steps + 20) * 600_000_000 : Tracker.now
            var chat = try SupportChat(name, in: invocation.store, seed: seed, time: begin)
            for number in 0..<steps where !Interrupt.isPressed {
                if let rate {
                    usleep(UInt32(1_000_000 / rate))
                    chat.moveClock(to: Tracker.now)
                }
                try chat.step()
                if number == steps * 3 / 5 { try playFork(of: chat) }
            }
            try chat.finish()
            try report(chat)
        } catch {
            throw CommandError(.inputOutput, "\(error)")
        }
        return .success
    }

    private func rate() throws -> Double? {
        guard let text = invocation.value(.rate) else { return nil }
        guard let rate = Double(text), rate >= 0.01, rate <= 10_000 else {
            throw invocation.usage("--rate is a number from 0.01 to 10000, not '\(text)'")
        }
        return rate
    }

    /// The id, or the first one with a number behind it that is free.
    private func freeName(_ id: String) -> ApplicationName {
        let store = invocation.store
        var name = ApplicationName(project: SupportChat.project, appID: id)
        var number = 1
        while store.exists(store.directory(of: name)) {
            number += 1
            name.appID = "\(id)-\(number)"
        }
        return name
    }

    /// Somebody tries another answer from here.
    private func playFork(of chat: SupportChat) throws(TrackingError) {
        let name = freeName("\(chat.application.name.appID)-what-if")
        var fork = try chat.fork(name)
        for _ in 0..<12 { try fork.step() }
        try fork.finish()
    }

    private func report(_ chat: SupportChat) throws(TrackingError) {
        let name = chat.application.name
        invocation.diagnostics.note(
            "Recorded \(chat.application.step) steps of \(name) in \(invocation.store.root). "
                + "See it: burr, or burr log \(name)"
        )
    }
}
