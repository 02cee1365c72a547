// SPDX-License-Identifier: Apache-2.0

// Command-line words to options and operands, through getopt_long.

internal import CSystem
internal import Glibc

/// What a list of words contained.
struct ScannedArguments: Equatable {
    /// Options in the order given.
    var options: [ScannedOption] = []
    var operands: [String] = []
}

/// One option as it was given; without a value it has an empty one.
struct ScannedOption: Equatable {
    let name: OptionName
    let value: String
}

/// Why a list of words was not understood.
enum ScanError: Error, Equatable {
    case unknown(String)
    case ambiguous(String, candidates: [String])
    case missingValue(OptionName)
    case unwantedValue(OptionName)
}

/// Reads words with the options it knows.
struct ArgumentScanner {
    let specifications: [OptionSpecification]

    /// Whether everything from the first operand on is an operand.
    var stopsAtOperand = false

    /// Reads words; options may stand before, between and after operands, and `--` ends them.
    ///
    /// - Parameter words: The arguments, without the name of the program.
    /// - Returns: Options and operands.
    /// - Throws: ``ScanError`` at the first word that is not understood.
    func scan(_ words: [String]) throws(ScanError) -> ScannedArguments {
        let arguments = CStrings(["burr"] + words.map(RefMark.add))
        let names = CStrings(specifications.map(\.name.rawValue))
        let table = unsafe names.strings.indices.map { index in
            unsafe csystem_option(
                long_name: names.pointer(index),
                short_name: Int32(specifications[index].short?.asciiValue ?? 0),
                takes_value: specifications[index].value == nil ? 0 : 1
            )
        }
        var result = ScannedArguments()
        csystem_options_begin()
        while true {
            let match = unsafe csystem_options_next(
                Int32(arguments.strings.count),
                arguments.vector,
                table,
                Int32(table.count),
                stopsAtOperand ? 1 : 0
            )
            if unsafe Int(match.kind) == CSYSTEM_OPTIONS_END { break }
            result.options.append(try unsafe option(match))
        }
        for index in Int(csystem_options_first_operand())..<arguments.strings.count {
            result.operands.append(RefMark.remove(arguments.string(index)))
        }
        withExtendedLifetime(names) {}
        return result
    }

    private func option(_ match: csystem_option_match) throws(ScanError) -> ScannedOption {
        let index = Int(unsafe match.option)
        let value = unsafe match.value.map { unsafe RefMark.remove(String(cString: $0)) }
        switch Int(unsafe match.kind) {
        case CSYSTEM_OPTIONS_OPTION:
            return ScannedOption(name: specifications[index].name, value: value ?? "")
        case CSYSTEM_OPTIONS_MISSING_VALUE:
            throw .missingValue(specifications[index].name)
        case CSYSTEM_OPTIONS_UNWANTED_VALUE:
            throw .unwantedValue(specifications[index].name)
        default:
            let word = unsafe match.word.map { unsafe String(cString: $0) }
            guard let word else {
                let letter = Unicode.Scalar(UInt8(truncatingIfNeeded: unsafe match.culprit))
                throw .unknown("-\(Character(letter))")
            }
            throw unknown(word)
        }
    }

    /// A long option that is not understood: unknown, or the beginning of several.
    private func unknown(_ word: String) -> ScanError {
        let name = word.drop { $0 == "-" }.prefix { $0 != "=" }
        let candidates = specifications.map(\.name.rawValue).filter { $0.hasPrefix(name) }
        let shown = "--\(name)"
        return candidates.count > 1
            ? .ambiguous(shown, candidates: candidates.map { "--\($0)" }) : .unknown(shown)
    }
}

/// Words such as `-1` and `-5..-1` are refs, not options: a mark in front hides them from getopt.
private enum RefMark {
    static let mark: Character = "\u{1}"

    static func add(_ word: String) -> String {
        let bytes = word.utf8
        guard bytes.first == UInt8(ascii: "-"), let second = bytes.dropFirst().first else {
            return word
        }
        return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(second) ? "\(mark)\(word)" : word
    }

    static func remove(_ word: String) -> String {
        word.first == mark ? String(word.dropFirst()) : word
    }
}

/// Strings as C wants them, alive as long as this object.
///
/// Safety: the object owns its memory; whoever uses a pointer from it keeps the object alive.
@safe
final class CStrings {
    let strings: [String]
    let vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    init(_ strings: [String]) {
        self.strings = strings
        unsafe vector = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() {
            unsafe (vector + index).initialize(to: strdup(string))
        }
        unsafe (vector + strings.count).initialize(to: nil)
    }

    deinit {
        for index in strings.indices { unsafe free(vector[index]) }
        unsafe vector.deallocate()
    }

    func pointer(_ index: Int) -> UnsafePointer<CChar> {
        guard let pointer = unsafe vector[index] else { preconditionFailure("out of memory") }
        return unsafe UnsafePointer(pointer)
    }

    /// The string that stands at an index now: getopt reorders its vector.
    func string(_ index: Int) -> String {
        unsafe String(cString: pointer(index))
    }
}
