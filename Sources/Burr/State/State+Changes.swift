// SPDX-License-Identifier: Apache-2.0
// What tells one state from the one before it.

internal import Tracking

extension State {
    /// Writes what turns another state into this one.
    ///
    /// - Parameters:
    ///   - old: the other state.
    ///   - changes: the places of the values that changed, as bits, and perhaps of some more;
    ///     `nil` where they are to be found.
    ///   - length: that of its text; `nil` where it is not known.
    ///   - edits: where it is written.
    /// - Returns: the length of this state's text; `nil` where the order of keys changed, which
    ///   edits cannot say.
    /// - Complexity: O(keys + what changed), or only what changed where the places are given.
    func write(
        since old: State,
        _ changes: UInt64? = nil,
        length: Int?,
        to edits: inout EditWriter
    ) -> Int? {
        if table === old.table {
            var growth = 0
            if var rest = changes {
                while rest != 0 {
                    let index = rest.trailingZeroBitCount
                    growth += note(index, since: old.fields[index], in: &edits)
                    rest &= rest &- 1
                }
            } else {
                for index in fields.indices {
                    growth += note(index, since: old.fields[index], in: &edits)
                }
            }
            return length.map { $0 + growth } ?? textLength
        }
        var kept = 0
        for (index, name) in old.table.names.enumerated() {
            if kept < fields.count, table.names[kept] == name {
                _ = note(kept, since: old.fields[index], in: &edits)
                kept += 1
            } else if contains(name) {
                return nil
            } else {
                edits.remove(old.table.written[index])
            }
        }
        for index in kept..<fields.count { set(index, in: &edits) }
        return textLength
    }

    /// Writes a field's change; gives how much longer its text is then.
    private func note(_ index: Int, since old: Field, in edits: inout EditWriter) -> Int {
        if fields[index].isSame(as: old) { return 0 }
        if case .list(let list) = fields[index], case .list(let before) = old,
            list.extends(before)
        {
            let values = list[before.count..<list.count]
            edits.append(table.written[index], after: before.count, values)
            return list.textLength - before.textLength
        }
        set(index, in: &edits)
        return fields[index].textLength - old.textLength
    }

    private func set(_ index: Int, in edits: inout EditWriter) {
        switch fields[index] {
        case .integer(let number): edits.set(table.written[index], integer: number)
        case .text(let text): edits.set(table.written[index], text)
        case .list: edits.set(table.written[index], fields[index].text)
        }
    }

    /// The places of the values that changed, as bits; both states have the same keys, at most 64.
    ///
    /// - Complexity: O(keys + values of the same length).
    @inline(__always)
    func changes(since before: State) -> UInt64 {
        var changes: UInt64 = 0
        for index in fields.indices where !fields[index].isSame(as: before.fields[index]) {
            changes |= 1 &<< UInt64(index)
        }
        return changes
    }

    /// Checks what an action wrote against what it declares.
    func checkWrites(since before: State, _ scope: ActionScope) throws(BurrError) {
        let hasSameKeys = table === before.table
        for index in fields.indices {
            if hasSameKeys, fields[index].isSame(as: before.fields[index]) { continue }
            let key = table.names[index]
            if scope.writes.contains(key) { continue }
            if let old = before.field(key), fields[index].isEqual(to: old) { continue }
            throw .undeclaredWrite(action: scope.action, key: key, writes: scope.writes)
        }
        if !hasSameKeys {
            for key in before.table.names where !contains(key) && !scope.writes.contains(key) {
                throw .undeclaredWrite(action: scope.action, key: key, writes: scope.writes)
            }
        }
        for key in scope.writes where !contains(key) && !before.contains(key) {
            throw .missingWrite(action: scope.action, key: key, writes: scope.writes)
        }
    }
}
