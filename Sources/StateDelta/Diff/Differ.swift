// SPDX-License-Identifier: Apache-2.0

/// One part of the path to what is being compared; keys point into the old or the new text.
enum DiffPart {
    case key(ByteView)
    case index(Int)
}

/// Finds the operations that turn an old text into a new one, and writes them.
///
/// The old text was checked before. Of the new one only what differs is scanned: a byte that
/// follows the same bytes as in the old text is in the same state of the grammar, so equal runs
/// are as valid as they were. Where a value ends in the new text is first guessed from what stands
/// behind it; a guess that does not scan as exactly one value is given up.
struct Differ {
    let new: ByteView
    /// The table before the update.
    let namesBefore: NameTable
    var names: NameTable
    var output: [UInt8]
    var path: [DiffPart] = []
    /// The members that changed and their new values, where setting these is less work than to
    /// apply what was written; nil where it is not.
    var smallChanges: [(member: Int, value: Range<Int>)]?
    /// How many bytes may still be scanned: retries must not make hostile texts quadratic.
    var budget: Int

    /// Deeper branching than this is written as whole values.
    static let branchLimit = 32

    /// A state of the output that can be returned to.
    struct Mark {
        let output: Int
        let names: Int
    }

    var mark: Mark { Mark(output: output.count, names: names.count) }

    mutating func rollBack(to mark: Mark) {
        output.removeSubrange(mark.output...)
        names.truncate(to: mark.names)
    }

    /// The bytes that setting a value at the present path takes, without the path.
    func setCost(_ count: Int) -> Int {
        2 + count + (count < 0x80 ? 1 : count < 0x4000 ? 2 : count < 0x20_0000 ? 3 : 4)
    }

    /// Scans one value of the new text; nil where it is not valid or the budget is used up.
    mutating func scanned(_ start: Int, depth: Int) -> Int? {
        guard budget > 0, start < new.count else { return nil }
        do throws(JSONError) {
            let end = try JSONScanner.scan(new, at: start, depth: depth, mode: .compact)
            budget -= end - start
            return end
        } catch {
            budget -= max(error.offset - start, 64)
            return nil
        }
    }

    // MARK: Writing

    mutating func writeNumber(_ number: Int) {
        var rest = UInt64(truncatingIfNeeded: number)
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func writeKey(_ key: ByteView) {
        if let id = names.id(of: key) {
            writeNumber(id << 2)
            return
        }
        let becomesName = names.hasRoom(forKeyOf: key.count)
        if becomesName { names.append(key.array) }
        writeNumber(key.count << 2 | (becomesName ? 3 : 1))
        key.append(to: &output)
    }

    mutating func writeHead(_ code: UInt8) {
        output.append(code)
        writeNumber(path.count)
        for part in path {
            switch part {
            case .key(let key): writeKey(key)
            case .index(let index): writeNumber(index << 2 | 2)
            }
        }
    }

    /// Writes that the value at the path is set to a part of the new text.
    mutating func writeSet(_ value: Range<Int>) {
        writeHead(0)
        writeNumber(value.count)
        new.slice(value).append(to: &output)
    }

    mutating func writeRemove(_ key: ByteView) {
        path.append(.key(key))
        writeHead(1)
        path.removeLast()
    }

    mutating func writeSetMember(_ key: ByteView, _ value: Range<Int>) {
        path.append(.key(key))
        writeSet(value)
        path.removeLast()
    }

    mutating func writeListSplice(_ index: Int, removed: Int, _ values: ArraySlice<Range<Int>>) {
        writeHead(2)
        writeNumber(index)
        writeNumber(removed)
        writeNumber(values.count)
        for value in values {
            writeNumber(value.count)
            new.slice(value).append(to: &output)
        }
    }
}
