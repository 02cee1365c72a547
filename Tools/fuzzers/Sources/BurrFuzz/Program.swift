// SPDX-License-Identifier: Apache-2.0
// burr-fuzz TARGET [LIBFUZZER ARGUMENT]..., burr-fuzz --seeds TARGET FORMATS FOLDER

import CFuzzer
import Glibc

/// The decoders that are fed with hostile bytes.
enum FuzzTarget: String, CaseIterable {
    case segment, records, index, delta, json, lz4, lines
}

/// What the C callback runs.
// Safety: set once, before the driver starts, and read on the same thread.
nonisolated(unsafe) private var body: (([UInt8]) -> Void)?

private func run(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe body?([UInt8](UnsafeBufferPointer(start: data, count: count)))
    return 0
}

@main
struct Program {
    static func main() {
        let words = CommandLine.arguments
        if words.count == 5, words[1] == "--seeds", let target = FuzzTarget(rawValue: words[2]) {
            do { try Seeds(formats: words[3], folder: words[4]).write(target) } catch {
                complain("cannot write seeds: \(error)")
            }
            return
        }
        guard words.count > 1, let target = FuzzTarget(rawValue: words[1]) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
            complain("usage: burr-fuzz TARGET [LIBFUZZER ARGUMENT]..., TARGET of: \(names)")
        }
        unsafe body = target.body()
        var arguments = [words[0]] + words.dropFirst(2)
        exit(drive(&arguments))
    }

    private static func drive(_ words: inout [String]) -> CInt {
        // The driver keeps the pointers: the copies live as long as the process.
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in words { unsafe pointers.append(strdup(word)) }
        unsafe pointers.append(nil)
        var count = CInt(words.count)
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            var base = buffer.baseAddress
            return unsafe LLVMFuzzerRunDriver(&count, &base, run)
        }
    }

    private static func complain(_ message: String) -> Never {
        say("burr-fuzz: \(message)\n")
        exit(64)
    }
}

/// Ends the process as a crash where a promise does not hold.
func promise(_ holds: Bool, _ words: @autoclosure () -> String) {
    if holds { return }
    say("promise broken: \(words())\n")
    abort()
}

/// Writes to standard error.
private func say(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
