// SPDX-License-Identifier: Apache-2.0

/// The root: a document keeps an object's members apart, so it is compared member by member.
extension Differ {
    /// Writes what turns a document into the new text.
    ///
    /// - Throws: `JSONError` where the new text is not compact JSON.
    mutating func root(_ document: inout StateDocument) throws(JSONError) -> RootOutcome {
        if document.whole != nil { return try wholeRoot(&document) }
        guard new.count >= 2, new[0] == UInt8(ascii: "{") else {
            try JSONScanner.validate(new, mode: .compact)
            return .replaced
        }
        var offset = 1
        let count = document.members.count
        let first = equalMembers(document, &offset)
        let isAtEnd = offset == new.count - 1 + (count > 0 ? 1 : 0)
        if first == count, isAtEnd, new[new.count - 1] == UInt8(ascii: "}") { return .identical }
        let start = mark
        for index in first..<count { document.members[index].slab.trimIndexes() }
        smallChanges = []
        if first < count, let keys = sameMembers(&document, first, offset) {
            return .changed(keys)
        }
        smallChanges = nil
        rollBack(to: start)
        path.removeAll()
        budget = new.count * 4 + 4_096
        // Members may follow where the old text ended: then its bracket is a comma.
        if first == count, count > 0, new[offset - 1] != UInt8(ascii: ",") {
            try JSONScanner.validate(new, mode: .compact)
            return .replaced
        }
        return try otherMembers(&document, first, offset)
    }

    private mutating func wholeRoot(
        _ document: inout StateDocument
    ) throws(JSONError) -> RootOutcome {
        guard var slab = document.whole else { return .replaced }
        if slab.view == new { return .identical }
        document.whole = nil
        slab.trimIndexes()
        let start = mark
        let isDone = new.count > 0 && value(&slab, slab.valueRange, 0..<new.count, branch: 0)
        document.whole = slab
        if isDone {
            let isSet = output[start.output] == 0 && output[start.output + 1] == 0
            return isSet ? .replaced : .changed(changedKeys(from: start))
        }
        try JSONScanner.validate(new, mode: .compact)
        return .replaced
    }

    /// The changed top-level keys of a root in one piece, read from what was written.
    private func changedKeys(from start: Mark) -> [[UInt8]]? {
        output.withView { view in
            var names = namesBefore
            var reader = DeltaReader()
            var keys = ChangedKeys()
            let delta = view.slice(start.output, view.count)
            while true {
                do throws(DeltaError) {
                    guard try reader.next(in: delta, names: &names) != nil else { return keys.keys }
                } catch {
                    return nil
                }
                guard case .key(let key)? = reader.path.first else { return nil }
                keys.note(key)
            }
        }
    }

    /// How many first members are unchanged; moves the offset behind their commas.
    private func equalMembers(_ document: StateDocument, _ offset: inout Int) -> Int {
        let count = document.members.count
        for index in 0..<count {
            let text = document.members[index].slab.view
            let end = offset + text.count
            guard text.stands(in: new, at: offset), end < new.count else { return index }
            let next = new[end]
            // After the last member a comma is as good: then members are added.
            guard next == UInt8(ascii: ",") || (index == count - 1 && next == UInt8(ascii: "}"))
            else { return index }
            offset = end + 1
        }
        return count
    }

    /// Writes the changes where the members are the same ones in the same order.
    ///
    /// Small values are scanned from the front on; behind the first large one that differs the
    /// members are looked for from the end, so that it need not be scanned to find its end.
    ///
    /// - Returns: The changed keys; nil where the guess was wrong.
    private mutating func sameMembers(
        _ document: inout StateDocument,
        _ first: Int,
        _ begin: Int
    ) -> [[UInt8]]? {
        guard new[new.count - 1] == UInt8(ascii: "}") else { return nil }
        var changed = ChangedKeys()
        var index = first
        var offset = begin
        while index < document.members.count - 1 {
            let text = document.members[index].slab.view
            var end = offset + text.count
            if end >= new.count || new[end] != UInt8(ascii: ",")
                || !text.stands(in: new, at: offset)
            {
                let headCount = document.members[index].slab.valueStart
                guard text.count - headCount <= 4_096,
                    text.slice(0, headCount).stands(in: new, at: offset),
                    let scannedEnd = scanned(offset + headCount, depth: 1),
                    scannedEnd < new.count, new[scannedEnd] == UInt8(ascii: ",")
                else { break }
                end = scannedEnd
                guard member(&document, index, offset, end, &changed, isScanned: true) else {
                    return nil
                }
            }
            offset = end + 1
            index += 1
        }
        return membersFromEnd(&document, index, offset, changed)
    }

    private mutating func membersFromEnd(
        _ document: inout StateDocument,
        _ first: Int,
        _ begin: Int,
        _ before: ChangedKeys
    ) -> [[UInt8]]? {
        var changed = before
        var end = new.count - 1
        var last = document.members.count - 1
        while last > first {
            let text = document.members[last].slab.view
            let start = end - text.count
            guard start > begin, new[start - 1] == UInt8(ascii: ","),
                text.stands(in: new, at: start)
            else { break }
            end = start - 1
            last -= 1
        }
        for index in stride(from: last, through: first, by: -1) {
            let slab = document.members[index].slab
            let head = slab.view.slice(0, slab.valueStart)
            let start = index == first ? begin : lastMember(head, begin, end)
            guard start >= begin, start + head.count < end, head.stands(in: new, at: start),
                member(&document, index, start, end, &changed, isScanned: false)
            else { return nil }
            end = start - 1
        }
        return changed.keys
    }

    /// Writes the change of one member between two offsets of the new text.
    ///
    /// - Parameters:
    ///   - document: the state being moved on.
    ///   - index: the member.
    ///   - start: where it begins in the new text.
    ///   - end: where it ends there.
    ///   - changed: collects its key when it differs.
    ///   - isScanned: whether its value has been scanned to end there.
    /// - Returns: whether the member could be written as a change of its own.
    private mutating func member(
        _ document: inout StateDocument,
        _ index: Int,
        _ start: Int,
        _ end: Int,
        _ changed: inout ChangedKeys,
        isScanned: Bool
    ) -> Bool {
        let before = output.count
        let valueStart = document.members[index].slab.valueStart
        path.append(.key(document.members[index].slab.view.slice(1, valueStart - 2)))
        defer { path.removeLast() }
        let range = document.members[index].slab.valueRange
        let new = start + valueStart..<end
        let old = document.members[index].slab.view[valueStart]
        if isScanned, JSONScanner.isPlain(old), JSONScanner.isPlain(self.new[new.lowerBound]) {
            writeSet(new)
        } else {
            guard value(&document.members[index].slab, range, new, branch: 0) else {
                return false
            }
            if output.count == before { return true }
        }
        changed.note(document.members[index].key)
        let isContainer = old == UInt8(ascii: "{") || old == UInt8(ascii: "[")
        if max(range.count, new.count) <= (isContainer ? 256 : 4_096) {
            if smallChanges?.isEmpty == true { smallChanges?.reserveCapacity(8) }
            smallChanges?.append((index, new))
        } else {
            smallChanges = nil
        }
        return true
    }

    /// Where the last `,"key":` before an end begins, or -1.
    private func lastMember(_ head: ByteView, _ begin: Int, _ end: Int) -> Int {
        var start = end - head.count - 1
        while start > begin {
            if new[start] == UInt8(ascii: "\""), new[start - 1] == UInt8(ascii: ","),
                head.stands(in: new, at: start)
            {
                return start
            }
            start -= 1
        }
        return -1
    }

    /// Writes the changes where members come, go or change places.
    private mutating func otherMembers(
        _ document: inout StateDocument,
        _ first: Int,
        _ begin: Int
    ) throws(JSONError) -> RootOutcome {
        let members = try scanMembers(document, first, begin)
        let plan = ObjectPlan(members)
        var keys = KeySet()
        for member in document.members[..<first]
        where !keys.insert(member.slab.view.slice(1, member.slab.valueStart - 2)) {
            return .replaced
        }
        for member in members where !keys.insert(member.key) { return .replaced }
        var changed = ChangedKeys()
        for number in plan.removed(first..<document.members.count, members) {
            let slab = document.members[number].slab
            writeRemove(slab.view.slice(1, slab.valueStart - 2))
            changed.note(document.members[number].key)
        }
        for member in members.prefix(plan.keptCount) where !member.isSame {
            path.append(.key(member.key))
            let range = document.members[member.old].slab.valueRange
            if !value(&document.members[member.old].slab, range, member.value, branch: 0) {
                writeSet(member.value)
            }
            path.removeLast()
            changed.note(document.members[member.old].key)
        }
        for member in members.dropFirst(plan.keptCount) {
            writeSetMember(member.key, member.value)
            changed.note(member.key.array)
        }
        return .changed(changed.keys)
    }

    /// Scans the members from an offset to the end of the text.
    private func scanMembers(
        _ document: StateDocument,
        _ first: Int,
        _ begin: Int
    ) throws(JSONError) -> [NewMember] {
        var members: [NewMember] = []
        var next = first
        var offset = begin
        let isClosed = offset == new.count - 1 && new[offset] == UInt8(ascii: "}")
        if isClosed, begin == 1 { return [] }
        while true {
            guard offset < new.count, new[offset] == UInt8(ascii: "\"") else {
                throw JSONScanner.unexpected(new, offset, .compact)
            }
            let keyEnd = try JSONScanner.scanString(new, at: offset)
            guard keyEnd < new.count, new[keyEnd] == UInt8(ascii: ":") else {
                throw JSONScanner.unexpected(new, keyEnd, .compact)
            }
            let key = new.slice(offset + 1, keyEnd - 1)
            let old = oldMember(document, key, next)
            var end = keyEnd + 1
            var isSame = false
            if old >= 0 {
                next = old + 1
                let slab = document.members[old].slab
                let text = slab.view.slice(slab.valueRange)
                end += text.count
                isSame =
                    end < new.count
                    && (new[end] == UInt8(ascii: ",") || new[end] == UInt8(ascii: "}"))
                    && text.stands(in: new, at: keyEnd + 1)
            }
            if !isSame {
                guard keyEnd + 1 < new.count else { throw .truncated(at: new.count) }
                end = try JSONScanner.scan(new, at: keyEnd + 1, depth: 1, mode: .compact)
            }
            members.append(
                NewMember(key: key, value: keyEnd + 1..<end, old: old, isSame: isSame)
            )
            guard end < new.count else { throw .truncated(at: new.count) }
            if new[end] == UInt8(ascii: "}") {
                guard end == new.count - 1 else {
                    throw JSONScanner.isSpace(new[end + 1])
                        ? .insignificantWhiteSpace(at: end + 1) : .trailingBytes(at: end + 1)
                }
                return members
            }
            guard new[end] == UInt8(ascii: ",") else {
                throw JSONScanner.unexpected(new, end, .compact)
            }
            offset = end + 1
        }
    }

    /// The number of the old member with a key, the expected one first, or -1.
    private func oldMember(_ document: StateDocument, _ key: ByteView, _ next: Int) -> Int {
        if next < document.members.count, document.members[next].key.withView({ $0 == key }) {
            return next
        }
        return document.memberIndex(key) ?? -1
    }
}
