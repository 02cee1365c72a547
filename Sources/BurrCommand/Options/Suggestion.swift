// SPDX-License-Identifier: Apache-2.0

// "Did you mean": the closest of the words that would have been understood.

/// Finds what somebody may have meant.
enum Suggestion {
    /// The candidate nearest to a word, if one is near enough to be worth a guess.
    static func closest(to word: String, among candidates: [String]) -> String? {
        let limit = max(1, word.count / 3)
        let ranked = candidates.map { (distance: distance(word, $0), text: $0) }
            .filter { $0.distance <= limit || (word.count > 1 && $0.text.hasPrefix(word)) }
        return ranked.min { $0.distance < $1.distance }?.text
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two words.
    static func distance(_ left: String, _ right: String) -> Int {
        let from = Array(left.utf8)
        let to = Array(right.utf8)
        var beforeLast = [Int](repeating: 0, count: to.count + 1)
        var last = Array(0...to.count)
        for (row, byte) in from.enumerated() {
            var current = [row + 1]
            for (column, other) in to.enumerated() {
                let replaced = last[column] + (byte == other ? 0 : 1)
                var best = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, byte == to[column - 1], from[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[to.count]
    }
}
