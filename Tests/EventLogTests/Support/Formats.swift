// The documents and vectors in Formats/, found from this file.

import FoundationEssentials

enum Formats {
    static var folder: String {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        return parts.joined(separator: "/") + "/Formats"
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }

    static func vectors<T: Decodable>(_ type: T.Type) throws -> T {
        let text = try text("vectors/log.json")
        return try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

/// Bytes as hex digits.
struct Hex: Codable, Equatable {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let digits = text.compactMap(\.hexDigitValue)
        bytes = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] * 16 + digits[$0 + 1])
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        )
    }

    var number: UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
