// SPDX-License-Identifier: Apache-2.0

// The help texts, made from the declarations of the commands.

/// Writes help of at most 80 columns.
enum Help {
    private static let width = 80

    /// What `burr help` prints.
    static func overview(_ commands: [Command]) -> String {
        var text = """
            burr: the history of Burr applications, and their state at any step

            usage: burr [OPTIONS]             the page, in the browser
                   burr COMMAND [OPTIONS]

            Commands:

            """
        for command in commands {
            text += entry(command.specification.name, command.specification.summary, indent: 10)
        }
        text += "\nOptions of every command:\n" + options(OptionSpecification.global)
        text += """

            APP is project/app, an app id, the beginning of one, a link copied from the
            page, or - for the most recent.
            REF is a step (42), from the end (-1), head, first, err (the last failed step),
            a time (t:2026-08-22T10:00:00Z, t:-5m), 42.1 for the first of several runs of
            a step, or 42@BRANCH for another branch.

            Try it:
              burr                            the page of ~/.burr, on port 7241
              burr ls                         what there is
              burr replay - --step -1         the state one step before the end

            'burr help COMMAND' says more about a command.

            """
        return text
    }

    /// What `burr help COMMAND` prints.
    static func text(_ specification: CommandSpecification) -> String {
        var text = "burr \(specification.name): \(specification.summary)\n\n"
        text += wrapped("usage: " + specification.synopsis, indent: 4) + "\n"
        for note in specification.notes { text += wrapped(note, indent: 0) + "\n" }
        let formats = specification.formats.map(\.rawValue).joined(separator: ", ")
        if !specification.options.isEmpty {
            text += "Options:\n" + options(specification.options) + "\n"
        }
        text += "Options of every command:\n" + options(OptionSpecification.global) + "\n"
        text += "Formats: \(formats)\n\nExamples:\n"
        for example in specification.examples {
            text += "  \(example.line)\n      \(example.explanation)\n"
        }
        text += "\nExit codes:\n"
        for line in specification.exits { text += wrapped("  " + line, indent: 6) }
        return text
    }

    private static func options(_ options: [OptionSpecification]) -> String {
        options.map { option in
            let short = option.short.map { "-\($0), " } ?? "    "
            return entry(short + option.synopsis, option.help, indent: 24)
        }.joined()
    }

    /// A name and what it means, in two columns.
    private static func entry(_ name: String, _ meaning: String, indent: Int) -> String {
        let fits = name.count < indent
        let space = String(repeating: " ", count: max(1, indent - name.count))
        let gap = fits ? space : "\n" + String(repeating: " ", count: indent + 2)
        return wrapped("  " + name + gap + meaning, indent: indent + 2)
    }

    /// Breaks lines between words; lines after the first are indented.
    private static func wrapped(_ text: String, indent: Int) -> String {
        var result = ""
        var line = ""
        var breakpoint: (line: String, rest: String)?
        for character in text {
            line.append(character)
            if character == "\n" {
                result += line
                line = ""
                breakpoint = nil
                continue
            }
            if character == " ", !line.allSatisfy({ $0 == " " }) {
                breakpoint = (String(line.dropLast()), "")
            } else {
                breakpoint?.rest.append(character)
            }
            if line.count > width, let place = breakpoint {
                result += place.line + "\n"
                line = String(repeating: " ", count: indent) + place.rest
                breakpoint = nil
            }
        }
        return result + line + "\n"
    }
}
