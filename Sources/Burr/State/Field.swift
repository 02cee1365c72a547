// SPDX-License-Identifier: Apache-2.0
// One value of a state, in the form in which it is cheapest to keep.

internal import EventLog

extension State {
    /// A value: a whole number, a list whose versions share their items, or any other as text.
    enum Field: Sendable {
        case integer(Int)
        case text([UInt8])
        case list(SharedList)

        /// Takes a value of compact JSON; a number that its digits give back is kept as such.
        init(text: [UInt8]) {
            if text.first == UInt8(ascii: "[") {
                self = .list(SharedList(JSONParser.items(of: text)))
            } else if let number = Int(json: text), number != 0 || text.count == 1 {
                self = .integer(number)
            } else {
                self = .text(text)
            }
        }

        func appendText(to output: inout [UInt8]) {
            switch self {
            case .integer(let number): number.appendJSON(to: &output)
            case .text(let text): output.append(contentsOf: text)
            case .list(let list): list.appendText(to: &output)
            }
        }

        /// The bytes of its text.
        var textLength: Int {
            switch self {
            case .integer(let number): number.decimalLength
            case .text(let text): text.count
            case .list(let list): list.textLength
            }
        }

        var text: [UInt8] {
            if case .text(let text) = self { return text }
            var output: [UInt8] = []
            appendText(to: &output)
            return output
        }

        /// Whether both are surely the same value; lists only where they share their items.
        func isSame(as other: Field) -> Bool {
            switch (self, other) {
            case (.integer(let one), .integer(let two)): one == two
            case (.text(let one), .text(let two)): one == two
            case (.list(let one), .list(let two)):
                one.extends(two) && one.count == two.count
            default: false
            }
        }

        /// Whether the texts of both are the same.
        func isEqual(to other: Field) -> Bool {
            // A value has one form only; two lists may have the same items in two places.
            guard case .list = self, case .list = other else { return isSame(as: other) }
            return isSame(as: other) || text == other.text
        }
    }
}
