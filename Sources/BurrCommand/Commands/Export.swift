// SPDX-License-Identifier: Apache-2.0

// `burr export`: a history as Burr's own files, or as states.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

extension Command {
    static let exportLogs = Command(
        specification: CommandSpecification(
            name: "export",
            summary: "print a history as Burr's log.jsonl, or as one state per line",
            operands: "[APP]",
            operandCount: 0...1,
            formats: [.jsonl, .states],
            options: [
                .init(.to, value: "DIR", "write whole Burr folders below DIR instead")
            ],
            notes: [
                """
                A log that Burr wrote comes back byte for byte. --format states prints the \
                state after each step, one per line. With --to and without APP every \
                application is written.
                """
            ],
            examples: [
                .init("burr export chat-1 > log.jsonl", "Burr's log again"),
                .init("burr export --to ./burr", "everything, for Burr's own server"),
                .init(
                    "burr export chat-1 --format states | jq .counter",
                    "one value over all steps"
                ),
            ],
            exits: Common.exits + ["130 interrupted by Ctrl-C"]
        ),
        run: { try ExportCommand(invocation: $0).run() }
    )
}

/// Prints one history, or writes folders.
private struct ExportCommand {
    let invocation: Invocation

    func run() throws -> ExitCode {
        if let target = invocation.value(.to) {
            if invocation.format != .jsonl {
                throw invocation.usage("--to writes Burr's files; it takes no --format")
            }
            return try writeFolders(Path.absolute(Environment.expandingHome(target)))
        }
        guard invocation.operand(0) != nil else {
            throw invocation.usage("needs APP, or --to DIR")
        }
        Interrupt.watch()
        let history = try invocation.history()
        return invocation.format == .states ? try printStates(history) : try printLog(history)
    }

    private func printLog(_ history: History) throws -> ExitCode {
        var code = ExitCode.success
        var failure: (any Error)?
        try LogExporter(history).run { problem in
            invocation.diagnostics.warning("left out: \(problem)")
            code = .damaged
        } write: { bytes in
            do {
                try Interrupt.check("interrupted: the log is incomplete")
                try invocation.output.write(bytes)
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return code
    }

    private func printStates(_ history: History) throws -> ExitCode {
        var code = ExitCode.success
        var text: [UInt8] = []
        let range = StateRange(line: history.line(of: history.newest), steps: .min ... .max)
        try history.forEachState(range) { step in
            try Interrupt.check("interrupted before step \(step.step)")
            guard let state = step.state else {
                invocation.diagnostics.leftOut(step)
                code = .damaged
                return
            }
            text.removeAll(keepingCapacity: true)
            state.appendText(to: &text)
            try invocation.output.write(text)
            try invocation.output.endLine()
        }
        return code
    }
}

// MARK: - Folders

extension ExportCommand {
    private func writeFolders(_ target: String) throws -> ExitCode {
        let store = invocation.store
        let names = try names(in: store)
        let exporter = FolderExporter(from: store, to: target)
        let progress = Progress(invocation.diagnostics)
        var code = ExitCode.success
        var written: [String: [ApplicationName]] = [:]
        Interrupt.watch()
        for (index, name) in names.enumerated() {
            try Interrupt.check("interrupted before \(name)")
            progress.update("exporting \(name)  \(index + 1)/\(names.count)")
            do throws(ReplayError) {
                _ = try exporter.application(name) { problem in
                    invocation.diagnostics.warning("\(name): left out: \(problem)")
                    code = .damaged
                }
                written[name.project, default: []].append(name)
            } catch {
                let failure = Self.explained(error)
                invocation.diagnostics.error("\(name): \(failure.message)")
                if code == .success { code = failure.code }
            }
        }
        progress.finish()
        for (project, names) in written.sorted(by: { $0.key < $1.key }) {
            do throws(ReplayError) {
                try exporter.annotations(of: project, applications: names)
            } catch {
                let failure = Self.explained(error)
                invocation.diagnostics.error("\(project): \(failure.message)")
                if code == .success { code = failure.code }
            }
        }
        let count = written.values.reduce(0) { $0 + $1.count }
        invocation.diagnostics.note(
            "exported \(Quantity.count(count, "application")) to \(printable(target))"
        )
        return code
    }

    /// The application that was named, or all that have a log.
    private func names(in store: Store) throws -> [ApplicationName] {
        if let operand = invocation.operand(0) { return [try invocation.application(operand)] }
        let catalog = Catalog(store)
        let projects = try invocation.settings.project.map { [$0] } ?? catalog.projects()
        return try projects.flatMap { try catalog.applications(in: $0) }.filter { application in
            if application.status == .notImported {
                invocation.diagnostics.note("\(application.name) has not been imported")
            }
            return application.status != .notImported
        }
        .map(\.name)
    }

    private static func explained(_ error: ReplayError) -> CommandError {
        if case .store(.unreadable(let path, .exists)) = error {
            return CommandError(
                .inputOutput,
                "\(path) is there already: nothing is overwritten; give another folder"
            )
        }
        return CommandError(error)
    }
}
