// What was measured, as JSON.

/// An object of numbers and lists of numbers.
struct Answer: CustomStringConvertible {
    private var fields: [String] = []

    mutating func add(_ name: String, _ value: Double) {
        fields.append("\"\(name)\":\(value)")
    }

    mutating func add(_ name: String, _ value: Int) {
        fields.append("\"\(name)\":\(value)")
    }

    mutating func add(_ name: String, _ values: [Double]) {
        fields.append("\"\(name)\":[" + values.map { "\($0)" }.joined(separator: ",") + "]")
    }

    var description: String {
        "{" + fields.joined(separator: ",") + "}"
    }
}

extension Duration {
    /// The duration as a fraction.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
