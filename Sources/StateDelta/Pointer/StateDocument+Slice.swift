// SPDX-License-Identifier: Apache-2.0

/// A value that a path leads to.
package struct Selection: Equatable, Sendable {
    /// Its text.
    package var text: [UInt8]
    /// The path in full: indexes from the end are counted from the begin.
    package var path: JSONPointer
    /// The index of the first element, where the value is a slice of a list.
    package var firstIndex = 0
}

/// What a path leads to, slices of lists included.
package enum SelectionResult: Equatable, Sendable {
    case found(Selection)
    /// Nothing: the longest part of the path that exists, and what stands there.
    case missing(prefix: JSONPointer, siblings: Lookup.Siblings)
}

extension StateDocument {
    /// The value at a path whose last part may be a slice: `/chat_history/-50:`.
    ///
    /// - Complexity: that of a lookup.
    package func select(_ pointer: JSONPointer) -> SelectionResult {
        guard let last = pointer.parts.last else {
            return .found(Selection(text: text(), path: pointer))
        }
        switch lookup(pointer) {
        case .found(let text):
            return .found(Selection(text: text, path: pointer))
        case .missing(let prefix, let siblings):
            guard case .elements(let count) = siblings,
                prefix.parts.count == pointer.parts.count - 1,
                let range = StateDocument.slice(last, count: count),
                let list = value(at: prefix)
            else { return .missing(prefix: prefix, siblings: siblings) }
            let text = list.withView { StateDocument.elements(range, of: $0) }
            return .found(Selection(text: text, path: prefix, firstIndex: range.lowerBound))
        }
    }

    /// The elements that `first:end` names; either may be missing or count from the end.
    private static func slice(_ part: String, count: Int) -> Range<Int>? {
        let ends = part.split(separator: ":", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        func bound(_ text: Substring, _ fallback: Int) -> Int? {
            if text.isEmpty { return fallback }
            guard text.utf8.count <= 11, let number = Int(text), text.first != "+" else {
                return nil
            }
            return min(max(number < 0 ? count + number : number, 0), count)
        }
        guard let first = bound(ends[0], 0), let end = bound(ends[1], count) else { return nil }
        return first..<max(first, end)
    }

    private static func elements(_ range: Range<Int>, of list: ByteView) -> [UInt8] {
        var output: [UInt8] = [UInt8(ascii: "[")]
        var number = 0
        forEachElement(list) { place in
            if range.contains(number) {
                if number > range.lowerBound { output.append(UInt8(ascii: ",")) }
                list.slice(place).append(to: &output)
            }
            number += 1
        }
        output.append(UInt8(ascii: "]"))
        return output
    }
}
