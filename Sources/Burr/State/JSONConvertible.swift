// SPDX-License-Identifier: Apache-2.0
// Swift's own types as JSON text.

internal import StateDelta

/// A type that has a JSON text of its own; others go through `Codable`.
public protocol JSONConvertible: Sendable {
    /// Reads a value; `nil` where the text is not one.
    ///
    /// - Parameter json: compact JSON.
    init?(json: [UInt8])

    /// Appends the value as compact JSON.
    func appendJSON(to text: inout [UInt8])
}

extension Int: JSONConvertible {
    /// Reads a value; `nil` where the text is not one.
    public init?(json: [UInt8]) {
        var value = 0
        var index = 0
        let isNegative = json.first == UInt8(ascii: "-")
        if isNegative { index = 1 }
        guard index < json.count else { return nil }
        while index < json.count {
            let digit = Int(json[index]) - 48
            guard digit >= 0, digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.subtractingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = sum
            index += 1
        }
        // Gathered below zero, where there is one number more.
        guard isNegative || value != .min else { return nil }
        self = isNegative ? value : -value
    }

    /// Appends the value as compact JSON.
    public func appendJSON(to text: inout [UInt8]) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var count = 0
        var rest = magnitude
        repeat {
            digits[count] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        if self < 0 { text.append(UInt8(ascii: "-")) }
        while count > 0 {
            count -= 1
            text.append(digits[count])
        }
    }
}

extension Double: JSONConvertible {
    /// Reads a value; `nil` where the text is not one.
    public init?(json: [UInt8]) {
        guard let first = json.first, first == UInt8(ascii: "-") || (48...57).contains(first),
            let value = Double(String(decoding: json, as: UTF8.self))
        else { return nil }
        self = value
    }

    /// Appends the shortest digits that give the number back; JSON's `null` where it is not finite.
    public func appendJSON(to text: inout [UInt8]) {
        text.append(contentsOf: (isFinite ? description : "null").utf8)
    }
}

extension Bool: JSONConvertible {
    /// Reads a value; `nil` where the text is not one.
    public init?(json: [UInt8]) {
        switch json.first {
        case UInt8(ascii: "t"): self = true
        case UInt8(ascii: "f"): self = false
        default: return nil
        }
    }

    /// Appends the value as compact JSON.
    public func appendJSON(to text: inout [UInt8]) {
        text.append(contentsOf: (self ? "true" : "false").utf8)
    }
}

extension String: JSONConvertible {
    /// Reads a value; `nil` where the text is not one.
    public init?(json: [UInt8]) {
        guard json.count >= 2, json[0] == UInt8(ascii: "\"") else { return nil }
        let raw = Array(json[1..<(json.count - 1)])
        self = String(decoding: JSONString.decode(raw), as: UTF8.self)
    }

    /// Appends the value as compact JSON.
    public func appendJSON(to text: inout [UInt8]) {
        text.append(contentsOf: JSONString.encode(Array(utf8)))
    }
}

extension Optional: JSONConvertible where Wrapped: JSONConvertible {
    /// Reads a value; `nil` where the text is not one.
    public init?(json: [UInt8]) {
        if json.first == UInt8(ascii: "n") {
            self = .none
        } else {
            guard let value = Wrapped(json: json) else { return nil }
            self = .some(value)
        }
    }

    /// Appends the value as compact JSON.
    public func appendJSON(to text: inout [UInt8]) {
        if let self {
            self.appendJSON(to: &text)
        } else {
            text.append(contentsOf: "null".utf8)
        }
    }
}

extension Array: JSONConvertible where Element: JSONConvertible {
    /// Reads a value; `nil` where the text is not one.
    public init?(json: [UInt8]) {
        guard case .array(let values) = JSONParser.parse(json) else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(values.count)
        for value in values {
            guard let element = Element(json: value.text) else { return nil }
            elements.append(element)
        }
        self = elements
    }

    /// Appends the value as compact JSON.
    public func appendJSON(to text: inout [UInt8]) {
        text.append(UInt8(ascii: "["))
        for (index, element) in enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            element.appendJSON(to: &text)
        }
        text.append(UInt8(ascii: "]"))
    }
}
