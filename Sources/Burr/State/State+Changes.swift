// SPDX-License-Identifier: Apache-2.0
// What tells one state from the one before it.

internal import StateDelta

extension State {
    /// What turns another state into this one.
    ///
    /// - Returns: `nil` where the order of keys changed, which edits cannot say.
    /// - Complexity: O(keys + what changed).
    func edits(since old: State) -> [StateEdit]? {
        var edits: [StateEdit] = []
        if table === old.table {
            for index in fields.indices { note(index, since: old.fields[index], in: &edits) }
            return edits
        }
        var kept = 0
        for (index, name) in old.table.names.enumerated() {
            if kept < fields.count, table.names[kept] == name {
                note(kept, since: old.fields[index], in: &edits)
                kept += 1
            } else if contains(name) {
                return nil
            } else {
                edits.append(.remove(key: old.table.written[index]))
            }
        }
        for index in kept..<fields.count {
            edits.append(.set(key: table.written[index], value: fields[index].text))
        }
        return edits
    }

    private func note(_ index: Int, since old: Field, in edits: inout [StateEdit]) {
        let field = fields[index]
        if case .list(let list) = field, case .list(let before) = old, list.extends(before) {
            if list.count == before.count { return }
            let values = list[before.count..<list.count]
            edits.append(.append(key: table.written[index], count: before.count, values: values))
            return
        }
        if field.isSame(as: old) { return }
        edits.append(.set(key: table.written[index], value: field.text))
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
