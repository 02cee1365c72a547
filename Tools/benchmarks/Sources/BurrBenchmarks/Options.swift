// The words of the command line: a verb, then pairs of a name and a value.

/// What was asked for.
struct Options {
    let verb: String
    private var values: [String: String] = [:]

    init(_ words: [String]) throws {
        guard words.count > 1, words.count.isMultiple(of: 2) else {
            throw BenchmarkFailure("usage: burr-bench VERB [--NAME VALUE]...; see Tools/bench")
        }
        verb = words[1]
        for at in stride(from: 2, to: words.count, by: 2) {
            guard words[at].hasPrefix("--") else {
                throw BenchmarkFailure("\(words[at]) is no option")
            }
            values[String(words[at].dropFirst(2))] = words[at + 1]
        }
    }

    /// The value of an option that must be given.
    func text(_ name: String) throws -> String {
        guard let value = values[name] else { throw BenchmarkFailure("--\(name) is missing") }
        return value
    }

    /// A number that must be given.
    func number(_ name: String) throws -> Int {
        guard let value = Int(try text(name)) else { throw BenchmarkFailure("--\(name): a number") }
        return value
    }

    /// Numbers with commas between them.
    func numbers(_ name: String) throws -> [Int] {
        try text(name).split(separator: ",").map { piece in
            guard let value = Int(piece) else { throw BenchmarkFailure("--\(name): numbers") }
            return value
        }
    }
}
