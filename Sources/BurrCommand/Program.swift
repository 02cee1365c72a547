// SPDX-License-Identifier: Apache-2.0

// From the words of the command line to an exit code.

internal import Glibc

/// The version `burr --version` prints.
let programVersion = "0.1.0"

/// Runs the program and ends the process.
func runProgram() -> Never {
    openMissingStreams()
    raiseFileLimit()
    signal(SIGPIPE, SIG_IGN)
    let output = Output()
    let code = Program(words: Array(CommandLine.arguments.dropFirst()), output: output).run()
    exit(code.rawValue)
}

/// Opens closed standard streams: a log must never be given the number of one of them.
private func openMissingStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) == -1 {
        // Writing to a closed standard output fails loudly, to a closed standard error silently.
        _ = unsafe open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
}

/// Lets the process open as many files as it may: an application whose steps were run again and
/// again has as many logs, and the limit that shells set is one for `select`, which is not used.
private func raiseFileLimit() {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard unsafe getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(files, &limit)
}

/// One invocation of the program.
struct Program {
    let words: [String]
    let output: Output

    /// Runs the command that the words name and reports how it went.
    func run() -> ExitCode {
        let parsed = CommandLineParser(commands: Command.all, byDefault: .serve).parse(words)
        let diagnostics = Diagnostics(settings: parsed.settings)
        do {
            let code = try perform(parsed.request, parsed.settings, diagnostics)
            try output.flush()
            return code
        } catch {
            return report(error, diagnostics)
        }
    }

    private func perform(
        _ request: CommandLineParser.Request,
        _ settings: Settings,
        _ diagnostics: Diagnostics
    ) throws -> ExitCode {
        switch request {
        case .failure(let error): throw error
        case .version: try output.write("burr \(programVersion)\n")
        case .overview: try output.write(Help.overview(Command.all))
        case .help(let specification): try output.write(Help.text(specification))
        case .run(let command, let arguments):
            let format = try command.specification.format(settings.format)
            return try command.run(
                Invocation(
                    specification: command.specification,
                    settings: settings,
                    format: format,
                    arguments: arguments,
                    output: output,
                    diagnostics: diagnostics
                )
            )
        }
        return .success
    }

    private func report(_ error: any Error, _ diagnostics: Diagnostics) -> ExitCode {
        diagnostics.drawProgress("")
        if error is ReaderGone { return .success }
        // What was found before the error is printed; that this fails too changes nothing.
        try? output.flush()
        if let interrupted = error as? Interrupted {
            if !interrupted.place.isEmpty { diagnostics.warning(interrupted.place) }
            return .interrupted
        }
        let failure = CommandError(explaining: error)
        diagnostics.error(failure.message, details: failure.details)
        return failure.code
    }
}
