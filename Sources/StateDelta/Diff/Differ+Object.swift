// SPDX-License-Identifier: Apache-2.0

/// A member of an object in the new text.
struct NewMember {
    var key: ByteView
    var value: Range<Int>
    /// The number of the old member with this key, or -1.
    var old: Int
    /// Whether the value is the old one, byte for byte.
    var isSame: Bool
}

/// How one order of members becomes another with what deltas offer: remove, set in place, append.
struct ObjectPlan {
    /// New members that stay where they are: the first ones, as long as their old places ascend.
    var keptCount = 0

    init(_ members: [NewMember]) {
        var last = -1
        while keptCount < members.count, members[keptCount].old > last {
            last = members[keptCount].old
            keptCount += 1
        }
    }

    /// The old members of a range that are not kept.
    func removed(_ range: Range<Int>, _ members: [NewMember]) -> [Int] {
        var removed: [Int] = []
        var next = range.lowerBound
        for member in members.prefix(keptCount) {
            removed.append(contentsOf: next..<member.old)
            next = member.old + 1
        }
        removed.append(contentsOf: next..<max(next, range.upperBound))
        return removed
    }
}

extension Differ {
    mutating func object(
        _ slab: inout Slab,
        _ level: DiffLevel,
        _ window: Range<Int>,
        branch: Int
    ) -> Bool {
        let index = slab.indexes[level.slot]
        let count = index.starts.count
        let first = index.child(at: window.lowerBound)
        var last = index.firstChild(after: window.upperBound)
        let begin =
            count == 0
            ? level.new.lowerBound + 1 : level.new.lowerBound + Int(index.starts[first])
        let end = level.behind(
            last < count ? slab.childStart(last, of: level.slot) - 1 : level.old.upperBound - 1
        )
        guard begin <= end else { return false }
        var members: [NewMember] = []
        if begin == end {
            guard first == 0, last == count else { return false }
        } else {
            guard scanMembers(slab, level, first..<last, begin..<end, &members) else {
                return false
            }
        }
        let plan = ObjectPlan(members)
        if plan.keptCount < members.count {
            // What is appended comes after all others, so those behind the window move too.
            for number in last..<count {
                let child = slab.child(number, of: level.slot, in: level.old)
                let key = slab.view.slice(child.start + 1, child.valueStart - 2)
                let value = level.behind(child.valueStart)..<level.behind(child.end)
                members.append(NewMember(key: key, value: value, old: number, isSame: true))
            }
            last = count
            guard isUnique(slab, level, first, members, plan) else {
                writeSet(level.new)
                return true
            }
        }
        writeObject(&slab, level, first..<last, members, plan, branch: branch)
        return true
    }

    private mutating func writeObject(
        _ slab: inout Slab,
        _ level: DiffLevel,
        _ old: Range<Int>,
        _ members: [NewMember],
        _ plan: ObjectPlan,
        branch: Int
    ) {
        for number in plan.removed(old, members) {
            let child = slab.child(number, of: level.slot, in: level.old)
            writeRemove(slab.view.slice(child.start + 1, child.valueStart - 2))
        }
        let kept = slab.indexes.count
        for member in members.prefix(plan.keptCount) where !member.isSame {
            let child = slab.child(member.old, of: level.slot, in: level.old)
            path.append(.key(member.key))
            if branch >= Differ.branchLimit
                || !value(
                    &slab,
                    child.valueStart..<child.end,
                    member.value,
                    branch: branch + 1
                )
            {
                writeSet(member.value)
            }
            path.removeLast()
            if slab.indexes.count > kept + 24 { slab.indexes.removeSubrange(kept...) }
        }
        for member in members.dropFirst(plan.keptCount) {
            writeSetMember(member.key, member.value)
        }
    }

    /// Scans the new members in a range; false where the range is not a run of members.
    private mutating func scanMembers(
        _ slab: Slab,
        _ level: DiffLevel,
        _ old: Range<Int>,
        _ region: Range<Int>,
        _ members: inout [NewMember]
    ) -> Bool {
        var keys = KeyFinder(slab, level, old)
        var offset = region.lowerBound
        while true {
            guard offset < region.upperBound, new[offset] == UInt8(ascii: "\""), budget > 0,
                let keyEnd = try? JSONScanner.scanString(new, at: offset),
                keyEnd + 1 < region.upperBound, new[keyEnd] == UInt8(ascii: ":")
            else { return false }
            budget -= keyEnd - offset
            let key = new.slice(offset + 1, keyEnd - 1)
            let number = keys.find(key)
            var end = keyEnd + 1
            var isSame = false
            if number >= 0 {
                let child = slab.child(number, of: level.slot, in: level.old)
                end += child.end - child.valueStart
                isSame =
                    end <= region.upperBound
                    && (end == region.upperBound || new[end] == UInt8(ascii: ","))
                    && slab.view.slice(child.valueStart, child.end)
                        .stands(in: new, at: keyEnd + 1)
            }
            if !isSame {
                guard let scannedEnd = scanned(keyEnd + 1, depth: path.count + 1) else {
                    return false
                }
                end = scannedEnd
            }
            members.append(
                NewMember(key: key, value: keyEnd + 1..<end, old: number, isSame: isSame)
            )
            if end == region.upperBound { return true }
            guard end < region.upperBound, new[end] == UInt8(ascii: ",") else { return false }
            offset = end + 1
        }
    }

    /// Whether no key of the new object would stand twice.
    private func isUnique(
        _ slab: Slab,
        _ level: DiffLevel,
        _ first: Int,
        _ members: [NewMember],
        _ plan: ObjectPlan
    ) -> Bool {
        var keys = KeySet()
        for number in 0..<first {
            let child = slab.child(number, of: level.slot, in: level.old)
            if !keys.insert(slab.view.slice(child.start + 1, child.valueStart - 2)) { return false }
        }
        for member in members where !keys.insert(member.key) { return false }
        return true
    }
}

/// Finds the old members of a window by key: the next one at once, others through a table.
private struct KeyFinder {
    private let slab: Slab
    private let level: DiffLevel
    private let old: Range<Int>
    private var next: Int
    private var table: [UInt32: [Int]]?

    init(_ slab: Slab, _ level: DiffLevel, _ old: Range<Int>) {
        self.slab = slab
        self.level = level
        self.old = old
        next = old.lowerBound
    }

    private func key(_ number: Int) -> ByteView {
        let child = slab.child(number, of: level.slot, in: level.old)
        return slab.view.slice(child.start + 1, child.valueStart - 2)
    }

    /// The number of the member with a key, or -1.
    mutating func find(_ wanted: ByteView) -> Int {
        if next < old.upperBound, key(next) == wanted {
            next += 1
            return next - 1
        }
        if table == nil {
            var built: [UInt32: [Int]] = [:]
            for number in old { built[key(number).keyHash, default: []].append(number) }
            table = built
        }
        for number in table?[wanted.keyHash] ?? [] where key(number) == wanted {
            next = number + 1
            return number
        }
        return -1
    }
}
