// SPDX-License-Identifier: Apache-2.0
// The keys of a state, which its versions share as long as none comes or goes.

internal import StateDelta

/// A key that the framework writes, as Burr does.
enum FrameworkKey: String {
    case sequence = "__SEQUENCE_ID"
    case prior = "__PRIOR_STEP"
}

/// Keys in their order.
final class KeyTable: Sendable {
    static let empty = KeyTable([])

    let names: [String]
    /// The names as written between their quotes.
    let written: [[UInt8]]
    private let sequence: Int?
    private let prior: Int?

    convenience init(_ names: [String]) {
        self.init(names, written: names.map(KeyTable.write))
    }

    private init(_ names: [String], written: [[UInt8]]) {
        self.names = names
        self.written = written
        sequence = names.firstIndex(of: FrameworkKey.sequence.rawValue)
        prior = names.firstIndex(of: FrameworkKey.prior.rawValue)
    }

    /// Where a key stands.
    ///
    /// - Complexity: O(keys).
    func index(of key: String) -> Int? { names.firstIndex(of: key) }

    /// Where one of the framework's own keys stands.
    ///
    /// - Complexity: O(1).
    func index(of key: FrameworkKey) -> Int? {
        switch key {
        case .sequence: sequence
        case .prior: prior
        }
    }

    func adding(_ key: String) -> KeyTable {
        KeyTable(names + [key], written: written + [KeyTable.write(key)])
    }

    func removing(at index: Int) -> KeyTable {
        var (names, written) = (names, written)
        names.remove(at: index)
        written.remove(at: index)
        return KeyTable(names, written: written)
    }

    private static func write(_ name: String) -> [UInt8] {
        let utf8 = Array(name.utf8)
        let isPlain = utf8.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        }
        return isPlain ? utf8 : Array(JSONString.encode(utf8).dropFirst().dropLast())
    }
}
