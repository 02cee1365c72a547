// SPDX-License-Identifier: Apache-2.0

extension Differ {
    /// How many elements a list may have lost at once and still be recognised as the same list.
    private static let slideLimit = 8

    /// Elements of the old list that stand unchanged in the new one.
    private struct Match {
        let old: Int
        let new: Int
    }

    /// Writes what changed among the children of a container; false where the guess was wrong.
    mutating func container(
        _ slab: inout Slab,
        _ level: DiffLevel,
        _ window: Range<Int>,
        branch: Int
    ) -> Bool {
        let start = mark
        let isDone =
            slab.indexes[level.slot].isObject
            ? object(&slab, level, window, branch: branch)
            : array(&slab, level, window, branch: branch)
        guard isDone else { return false }
        if output.count - start.output > setCost(level.new.count) + 2 * path.count {
            rollBack(to: start)
            writeSet(level.new)
        }
        return true
    }

    private mutating func array(
        _ slab: inout Slab,
        _ level: DiffLevel,
        _ window: Range<Int>,
        branch: Int
    ) -> Bool {
        let index = slab.indexes[level.slot]
        let first = index.child(at: window.lowerBound)
        let last = index.firstChild(after: window.upperBound)
        let count = index.starts.count
        var matches: [Match] = []
        var values: [Range<Int>] = []
        let begin =
            count == 0
            ? level.new.lowerBound + 1 : level.new.lowerBound + Int(index.starts[first])
        let end = level.behind(
            last < count ? slab.childStart(last, of: level.slot) - 1 : level.old.upperBound - 1
        )
        guard begin <= end else { return false }
        if begin == end {
            guard first == 0, last == count else { return false }
        } else {
            guard scanElements(slab, level, first..<last, begin..<end, &values, &matches) else {
                return false
            }
        }
        trimEnd(slab, level, last, values, &matches)
        let start = mark
        writeGaps(&slab, level, first..<last, values, matches, branch: branch)
        plainSplice(level, first..<last, values, matches, from: start)
        return true
    }

    /// Scans the new elements in a range and finds those that the old list has too.
    private mutating func scanElements(
        _ slab: Slab,
        _ level: DiffLevel,
        _ old: Range<Int>,
        _ region: Range<Int>,
        _ values: inout [Range<Int>],
        _ matches: inout [Match]
    ) -> Bool {
        let view = slab.view
        var next = old.lowerBound
        var unmatched = 0
        var offset = region.lowerBound
        while true {
            var match: Int?
            var end = offset
            let aligned = next + unmatched
            if aligned < old.upperBound {
                let range = element(slab, level, aligned)
                end = offset + range.count
                if end <= region.upperBound,
                    end == region.upperBound || new[end] == UInt8(ascii: ","),
                    view.slice(range).stands(in: new, at: offset)
                {
                    match = aligned
                }
            }
            if match == nil {
                guard let scannedEnd = scanned(offset, depth: path.count + 1) else { return false }
                end = scannedEnd
                var candidate = next
                while match == nil, candidate < min(next + Differ.slideLimit + 1, old.upperBound) {
                    let range = element(slab, level, candidate)
                    if range.count == end - offset, view.slice(range).stands(in: new, at: offset) {
                        match = candidate
                    }
                    candidate += 1
                }
            }
            if let match {
                matches.append(Match(old: match, new: values.count))
                next = match + 1
                unmatched = 0
            } else {
                unmatched += 1
            }
            values.append(offset..<end)
            if end == region.upperBound { return true }
            guard end < region.upperBound, new[end] == UInt8(ascii: ",") else { return false }
            offset = end + 1
        }
    }

    private func element(_ slab: Slab, _ level: DiffLevel, _ number: Int) -> Range<Int> {
        let start = slab.childStart(number, of: level.slot)
        return start..<slab.childEnd(number, of: level.slot, in: level.old)
    }

    /// Matches equal elements at the end of what remains.
    private func trimEnd(
        _ slab: Slab,
        _ level: DiffLevel,
        _ last: Int,
        _ values: [Range<Int>],
        _ matches: inout [Match]
    ) {
        var old = last - 1
        var new = values.count - 1
        let stop = matches.last ?? Match(old: -1, new: -1)
        var found: [Match] = []
        while old > stop.old, new > stop.new,
            slab.view.slice(element(slab, level, old)) == self.new.slice(values[new])
        {
            found.append(Match(old: old, new: new))
            old -= 1
            new -= 1
        }
        matches.append(contentsOf: found.reversed())
    }

    /// Writes the operations for everything between matches, in order.
    private mutating func writeGaps(
        _ slab: inout Slab,
        _ level: DiffLevel,
        _ old: Range<Int>,
        _ values: [Range<Int>],
        _ matches: [Match],
        branch: Int
    ) {
        var nextOld = old.lowerBound
        var nextNew = 0
        for number in 0...matches.count {
            let match =
                number < matches.count
                ? matches[number] : Match(old: old.upperBound, new: values.count)
            let removed = nextOld..<match.old
            let added = nextNew..<match.new
            if !removed.isEmpty || !added.isEmpty {
                writeGap(&slab, level, removed, added, at: old.lowerBound, values, branch: branch)
            }
            nextOld = match.old + 1
            nextNew = match.new + 1
        }
    }

    private mutating func writeGap(
        _ slab: inout Slab,
        _ level: DiffLevel,
        _ removed: Range<Int>,
        _ added: Range<Int>,
        at first: Int,
        _ values: [Range<Int>],
        branch: Int
    ) {
        let index = first + added.lowerBound
        if removed.count == added.count, branch < Differ.branchLimit {
            let start = mark
            let size = added.reduce(6) { $0 + values[$1].count + 2 }
            if pairs(&slab, level, removed, added, at: first, values, start, size, branch: branch) {
                return
            }
            rollBack(to: start)
        }
        writeListSplice(index, removed: removed.count, values[added])
    }

    /// Writes equally many elements pair by pair; false once that is larger than a splice.
    private mutating func pairs(
        _ slab: inout Slab,
        _ level: DiffLevel,
        _ removed: Range<Int>,
        _ added: Range<Int>,
        at first: Int,
        _ values: [Range<Int>],
        _ start: Mark,
        _ size: Int,
        branch: Int
    ) -> Bool {
        let kept = slab.indexes.count
        for step in 0..<removed.count {
            let number = added.lowerBound + step
            let old = element(slab, level, removed.lowerBound + step)
            path.append(.index(first + number))
            if !value(&slab, old, values[number], branch: branch + 1) { writeSet(values[number]) }
            path.removeLast()
            // Elements are many: their indexes are not worth keeping.
            if slab.indexes.count > kept + 8 { slab.indexes.removeSubrange(kept...) }
            if output.count - start.output > size { return false }
        }
        return true
    }

    /// Writes one splice instead of what was written since a mark, where that is smaller.
    private mutating func plainSplice(
        _ level: DiffLevel,
        _ old: Range<Int>,
        _ values: [Range<Int>],
        _ matches: [Match],
        from start: Mark
    ) {
        var first = 0
        while first < matches.count, matches[first].new == first,
            matches[first].old == old.lowerBound + first
        {
            first += 1
        }
        var last = 0
        while last < matches.count - first,
            matches[matches.count - 1 - last].new == values.count - 1 - last,
            matches[matches.count - 1 - last].old == old.upperBound - 1 - last
        {
            last += 1
        }
        let added = values[first..<values.count - last]
        guard added.count < 4_096 || output.count - start.output > added.count else { return }
        let size = added.reduce(8) { $0 + $1.count + 2 } + 2 * path.count
        guard output.count - start.output > size else { return }
        rollBack(to: start)
        let index = old.lowerBound + first
        writeListSplice(index, removed: old.count - first - last, added)
    }
}
