// SPDX-License-Identifier: Apache-2.0
// What an action may write, worked out once for the keys that its states have.

/// The keys of a state that an action declares to write, as bits.
///
/// It knows only states with the keys it was told of last: others are looked at key by key. Not
/// for use from several tasks at once.
final class WritePermit {
    private var table: KeyTable?
    private var mask: UInt64 = 0

    /// Notes what an action declares, for states with these keys: there is to be one for each key
    /// that it declares, and a bit for each key.
    func note(_ scope: ActionScope, _ table: KeyTable) {
        let names = table.names
        guard names.count <= UInt64.bitWidth, scope.writes.allSatisfy(names.contains) else {
            return
        }
        mask = 0
        for (index, name) in names.enumerated() where scope.writes.contains(name) {
            mask |= 1 << UInt64(index)
        }
        self.table = table
    }

    /// The places of the values that changed, as bits, where the action may surely write them.
    @inline(__always)
    func changes(of after: State, since before: State) -> UInt64? {
        guard after.table === table, before.table === table else { return nil }
        let changes = after.changes(since: before)
        return changes & ~mask == 0 ? changes : nil
    }
}
