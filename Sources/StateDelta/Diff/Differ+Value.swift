// SPDX-License-Identifier: Apache-2.0

/// A container on the way to a difference, in the old text and where it is guessed to be in the
/// new.
struct DiffLevel {
    var slot: Int
    var old: Range<Int>
    var new: Range<Int>

    /// The place in the new text of an offset behind the difference.
    func behind(_ offset: Int) -> Int { offset - old.upperBound + new.upperBound }
}

extension Differ {
    /// Writes what turns a value of the old text into what is guessed to be its successor.
    ///
    /// - Parameters:
    ///   - slab: holds the old text; containers are indexed on the way
    ///   - old: the value in the slab
    ///   - guess: where its successor is in the new text, if that is one value
    ///   - branch: how many levels of branching are above
    /// - Returns: Whether the guess was right; if not, nothing is written.
    mutating func value(
        _ slab: inout Slab,
        _ old: Range<Int>,
        _ guess: Range<Int>,
        branch: Int
    ) -> Bool {
        let before = slab.view.slice(old)
        let after = new.slice(guess)
        let prefix = before.commonPrefix(after)
        if prefix == before.count, prefix == after.count { return true }
        let suffix = before.commonSuffix(after, limit: min(before.count, after.count) - prefix)
        let window = old.lowerBound + prefix..<old.upperBound - suffix
        let depth = path.count
        let start = mark
        var levels: [DiffLevel] = []
        let leaf = descend(&slab, old, guess, window, &levels)
        var isDone = false
        if let leaf {
            isDone = self.leaf(slab, leaf.old, leaf.new, window)
            if !isDone { rollBack(to: start) }
        }
        while !isDone, let level = levels.popLast() {
            path.removeSubrange((depth + levels.count)...)
            isDone = container(&slab, level, window, branch: branch)
            if !isDone { rollBack(to: start) }
        }
        path.removeSubrange(depth...)
        if isDone {
            // What is not smaller than the whole value is not worth its operations.
            if output.count - start.output > setCost(guess.count) + 2 * depth {
                rollBack(to: start)
                writeSet(guess)
            }
            return true
        }
        guard scanned(guess.lowerBound, depth: depth) == guess.upperBound else { return false }
        writeSet(guess)
        return true
    }

    /// Goes down to the smallest child that holds the whole difference.
    ///
    /// - Returns: The child, unless the difference lies between children of the last level.
    private mutating func descend(
        _ slab: inout Slab,
        _ value: Range<Int>,
        _ guess: Range<Int>,
        _ window: Range<Int>,
        _ levels: inout [DiffLevel]
    ) -> (old: Range<Int>, new: Range<Int>)? {
        var old = value
        var new = guess
        while window.lowerBound > old.lowerBound, window.upperBound < old.upperBound,
            let slot = slab.open(old)
        {
            if slab.indexes[slot].isObject, slab.indexes[slot].hasDuplicates { break }
            let level = DiffLevel(slot: slot, old: old, new: new)
            levels.append(level)
            guard !slab.indexes[slot].starts.isEmpty else { return nil }
            let number = slab.indexes[slot].child(at: window.lowerBound)
            let child = slab.child(number, of: slot, in: old)
            guard window.lowerBound >= child.valueStart, window.upperBound <= child.end else {
                return nil
            }
            if window.lowerBound == child.end {
                // Only a number goes on where it ended.
                switch slab.view[child.end - 1] {
                case UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "]"): return nil
                default: break
                }
            }
            let first = new.lowerBound + child.valueStart - old.lowerBound
            let last = level.behind(child.end)
            guard first < last else { return nil }
            if slab.indexes[slot].isObject {
                path.append(.key(slab.view.slice(child.start + 1, child.valueStart - 2)))
            } else {
                path.append(.index(number))
            }
            old = child.valueStart..<child.end
            new = first..<last
        }
        return (old, new)
    }

    /// Writes a value without structure in common: set, or spliced where both are strings.
    private mutating func leaf(
        _ slab: Slab,
        _ old: Range<Int>,
        _ guess: Range<Int>,
        _ window: Range<Int>
    ) -> Bool {
        let quote = UInt8(ascii: "\"")
        if slab.view[old.lowerBound] == quote, new[guess.lowerBound] == quote,
            new[guess.upperBound - 1] == quote, guess.count >= 2,
            window.lowerBound > old.lowerBound, window.upperBound < old.upperBound
        {
            return string(slab, old, guess, window)
        }
        guard scanned(guess.lowerBound, depth: path.count) == guess.upperBound else { return false }
        writeSet(guess)
        return true
    }

    /// Writes a changed string; only what differs is checked.
    private mutating func string(
        _ slab: Slab,
        _ old: Range<Int>,
        _ guess: Range<Int>,
        _ window: Range<Int>
    ) -> Bool {
        let before = slab.view.slice(old.lowerBound + 1, old.upperBound - 1)
        let after = new.slice(guess.lowerBound + 1, guess.upperBound - 1)
        let first = StringCut.before(
            window.lowerBound - old.lowerBound - 1,
            before,
            after
        )
        let tail = StringCut.tail(
            old.upperBound - 1 - window.upperBound,
            before,
            after,
            atMost: min(before.count, after.count) - first
        )
        let changed = after.slice(first, after.count - tail)
        budget -= changed.count
        guard budget > 0,
            let end = try? JSONScanner.scanContent(changed, from: 0), end == changed.count
        else { return false }
        let removed = before.count - tail - first
        if changed.count + 6 >= guess.count {
            writeSet(guess)
            return true
        }
        writeHead(3)
        writeNumber(first)
        writeNumber(removed)
        writeNumber(changed.count)
        changed.append(to: &output)
        return true
    }
}

extension ContainerIndex {
    /// The last child that begins at or before an offset of the slab; 0 where none does.
    func child(at offset: Int) -> Int {
        max(0, firstChild(after: offset) - 1)
    }

    /// The first child that begins behind an offset of the slab, or the count.
    func firstChild(after offset: Int) -> Int {
        let relative = offset - start
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if Int(starts[middle]) <= relative { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
