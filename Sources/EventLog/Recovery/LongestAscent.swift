// Which of some records stand where they belong.

/// The place of the first of as many numbers as possible that ascend in their order.
///
/// Of several that are as many, those count that stand first.
///
/// - Returns: `nil` where there are no numbers.
/// - Complexity: linear where all of them ascend, else O(n log n).
func startOfLongestAscent(_ numbers: [UInt64]) -> Int? {
    if zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) { return numbers.indices.first }
    // Of all ascents of a length, the one whose last number is the smallest: that, and its start.
    var ascents: [(last: UInt64, start: Int)] = []
    var start: Int?
    for (place, number) in numbers.enumerated() {
        var (low, high) = (0, ascents.count)
        while low < high {
            let middle = (low + high) / 2
            if ascents[middle].last < number { low = middle + 1 } else { high = middle }
        }
        // A number that was there before adds nothing: the first one is meant.
        if low < ascents.count, ascents[low].last == number { continue }
        let ascent = (number, low == 0 ? place : ascents[low - 1].start)
        if low < ascents.count {
            ascents[low] = ascent
        } else {
            ascents.append(ascent)
            start = ascent.1
        }
    }
    return start
}
