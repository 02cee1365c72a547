// SPDX-License-Identifier: Apache-2.0

// The whole command line: global options, the command, its options and operands.

/// Understands the words of one invocation.
struct CommandLineParser {
    let commands: [Command]
    /// The command of a line without one.
    var byDefault: Command?

    /// What is to be done.
    enum Request {
        case overview
        case version
        case help(CommandSpecification)
        case run(Command, ScannedArguments)
        case failure(CommandError)
    }

    /// Reads the words.
    ///
    /// - Parameter words: The arguments, without the name of the program.
    /// - Returns: What is to be done, and the global options as far as they were understood.
    func parse(_ words: [String]) -> (request: Request, settings: Settings) {
        var settings = Settings()
        do throws(CommandError) {
            return (try request(words, &settings), settings)
        } catch {
            return (.failure(error), settings)
        }
    }

    private func request(_ words: [String], _ settings: inout Settings) throws(CommandError)
        -> Request
    {
        let leading = try scan(words, nil)
        try settings.take(leading.options, nil)
        if leading.has(.version) { return .version }
        guard let word = leading.operands.first else {
            guard let byDefault, !leading.has(.help) else { return .overview }
            return .run(byDefault, leading)
        }
        if let misplaced = leading.options.first(where: { !$0.name.isGlobal }) {
            let option = "--\(misplaced.name.rawValue)"
            throw CommandError(usage: "'\(option)' belongs after the command", of: nil)
        }
        let rest = Array(leading.operands.dropFirst())
        if word == "help" {
            guard let topic = rest.first, topic != "help" else { return .overview }
            return .help(try command(topic).specification)
        }
        let command = try command(word)
        if leading.has(.help) { return .help(command.specification) }
        let arguments = try scan(rest, command.specification)
        try settings.take(arguments.options, command.specification)
        if arguments.has(.help) { return .help(command.specification) }
        if arguments.has(.version) { return .version }
        try checkOperands(arguments.operands, command.specification)
        return .run(command, arguments)
    }

    private func command(_ word: String) throws(CommandError) -> Command {
        if let command = commands.first(where: { $0.specification.name == word }) { return command }
        let names = commands.map(\.specification.name)
        let guess = Suggestion.closest(to: word, among: names)
        throw CommandError(
            usage: "unknown command '\(word)'" + (guess.map { ". Did you mean '\($0)'?" } ?? ""),
            of: nil
        )
    }

    private func scan(_ words: [String], _ specification: CommandSpecification?)
        throws(CommandError) -> ScannedArguments
    {
        let leading = OptionSpecification.global + (byDefault?.specification.options ?? [])
        let known = specification?.allOptions ?? leading
        let scanner = ArgumentScanner(
            specifications: known,
            stopsAtOperand: specification == nil
        )
        do {
            return try scanner.scan(words)
        } catch {
            throw CommandError(usage: explanation(error, known, specification), of: specification)
        }
    }

    private func explanation(
        _ error: ScanError,
        _ known: [OptionSpecification],
        _ specification: CommandSpecification?
    ) -> String {
        switch error {
        case .missingValue(let name):
            let value = known.first { $0.name == name }?.value ?? "value"
            return "--\(name.rawValue) needs a \(value)"
        case .unwantedValue(let name): return "--\(name.rawValue) takes no value"
        case .ambiguous(let word, let candidates):
            return "'\(word)' may be \(candidates.joined(separator: " or "))"
        case .unknown(let word):
            let names = known.map { "--\($0.name.rawValue)" }
            if let guess = Suggestion.closest(to: word, among: names) {
                return "unknown option '\(word)'. Did you mean '\(guess)'?"
            }
            let isCommandOption = commands.contains { command in
                command.specification.options.contains { "--\($0.name.rawValue)" == word }
            }
            return specification == nil && isCommandOption
                ? "'\(word)' belongs after the command" : "unknown option '\(word)'"
        }
    }

    private func checkOperands(_ operands: [String], _ specification: CommandSpecification)
        throws(CommandError)
    {
        let allowed = specification.operandCount
        if operands.count < allowed.lowerBound {
            throw CommandError(usage: "needs \(specification.operands)", of: specification)
        }
        if operands.count > allowed.upperBound {
            let extra = operands[allowed.upperBound]
            throw CommandError(usage: "'\(extra)' is one word too many", of: specification)
        }
    }
}

extension CommandError {
    /// A usage error: what was wrong, the line of use, where to look for help.
    init(usage message: String, of specification: CommandSpecification?) {
        guard let specification else {
            self.init(
                .usage,
                message,
                details: [
                    "usage: burr COMMAND [OPTIONS]", "See 'burr help' for the list of commands.",
                ]
            )
            return
        }
        self.init(
            .usage,
            "\(specification.name): \(message)",
            details: [
                "usage: \(specification.synopsis)", "See 'burr help \(specification.name)'.",
            ]
        )
    }
}

extension ScannedArguments {
    /// Whether an option was given.
    func has(_ name: OptionName) -> Bool {
        options.contains { $0.name == name }
    }
}

extension Settings {
    /// Takes over the global options among those given.
    mutating func take(_ options: [ScannedOption], _ specification: CommandSpecification?)
        throws(CommandError)
    {
        for option in options {
            switch option.name {
            case .store: store = Environment.expandingHome(option.value)
            case .project: project = option.value
            case .format: format = option.value
            case .color: color = try Self.choice(option, specification)
            case .timeFormat: timeForm = try Self.choice(option, specification)
            case .quiet: isQuiet = true
            case .verbose: isVerbose = true
            default: break
            }
        }
    }

    private static func choice<Choice>(
        _ option: ScannedOption,
        _ specification: CommandSpecification?
    ) throws(CommandError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        if let choice = Choice(rawValue: option.value) { return choice }
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandError(
            usage: "--\(option.name.rawValue) is one of \(allowed), not '\(option.value)'",
            of: specification
        )
    }
}

extension CommandSpecification {
    /// The format to print in.
    ///
    /// - Throws: A usage error where the command cannot print the format asked for.
    func format(_ asked: String?) throws(CommandError) -> Format {
        guard let asked else { return formats[0] }
        guard let format = Format(rawValue: asked), formats.contains(format) else {
            let allowed = formats.map(\.rawValue).joined(separator: ", ")
            throw CommandError(
                usage: "--format is one of \(allowed), not '\(asked)'",
                of: self
            )
        }
        return format
    }
}
