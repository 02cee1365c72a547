// SPDX-License-Identifier: Apache-2.0

extension Slab {
    /// The containers passed on the way to a place, each with the child that was entered.
    private struct Trail {
        var steps: [(slot: Int, child: Int)] = []
    }

    /// Performs one operation.
    ///
    /// - Parameters:
    ///   - edit: the operation
    ///   - first: the number of path parts that led to this slab
    /// - Returns: By how many bytes the text grew.
    /// - Throws: `DeltaError`; the slab is then unchanged.
    mutating func apply(_ edit: DeltaEdit, from first: Int) throws(DeltaError) -> Int {
        trimIndexes()
        switch edit.kind {
        case .set(let value): return try set(edit, first, edit.delta.slice(value))
        case .remove: return try remove(edit, first)
        case .spliceList(let index, let removed, let inserted, let values):
            return try spliceList(edit, first, (index, removed, inserted), values)
        case .spliceString(let offset, let removed, let text):
            return try spliceString(edit, first, (offset, removed), edit.delta.slice(text))
        }
    }

    /// Follows path parts from the slab's value to the value they name.
    private mutating func walk(
        _ edit: DeltaEdit,
        _ parts: Range<Int>,
        _ trail: inout Trail
    ) throws(DeltaError) -> Range<Int> {
        var range = valueRange
        for number in parts {
            guard let slot = open(range),
                let child = child(edit.path[number], of: slot, in: range)
            else { throw .noSuchPath(at: edit.offset) }
            trail.steps.append((slot, child.index))
            range = child.valueStart..<child.end
        }
        return range
    }

    /// Replaces bytes and moves all offsets behind them.
    private mutating func replace(
        _ range: Range<Int>,
        with piece: ByteView,
        _ trail: Trail,
        _ edit: DeltaEdit
    ) throws(DeltaError) -> Int {
        let growth = piece.count - range.count
        guard growth <= edit.room else {
            throw .tooLarge(byteCount: StateDocument.byteLimit - edit.room + growth)
        }
        text.replace(range.lowerBound, range.upperBound, with: piece)
        for step in trail.steps { indexes[step.slot].shift(from: step.child + 1, by: growth) }
        var hasStale = false
        for slot in indexes.indices {
            if indexes[slot].start >= range.upperBound {
                indexes[slot].start += growth
            } else if indexes[slot].start >= range.lowerBound {
                indexes[slot].start = -1
                hasStale = true
            }
        }
        if hasStale { indexes.removeAll { $0.start < 0 } }
        return growth
    }

    private mutating func set(
        _ edit: DeltaEdit,
        _ first: Int,
        _ value: ByteView
    ) throws(DeltaError) -> Int {
        var trail = Trail()
        guard edit.path.count > first, let last = edit.path.last else {
            return try replace(valueRange, with: value, trail, edit)
        }
        let container = try walk(edit, first..<edit.path.count - 1, &trail)
        guard let slot = open(container) else { throw .noSuchPath(at: edit.offset) }
        if let child = child(last, of: slot, in: container) {
            trail.steps.append((slot, child.index))
            let range = child.valueStart..<child.end
            return try replace(range, with: value, trail, edit)
        }
        guard case .key(let key) = last, indexes[slot].isObject else {
            throw .noSuchPath(at: edit.offset)
        }
        let comma = indexes[slot].starts.isEmpty ? 0 : 1
        let place = container.upperBound - 1
        let offset = place + comma - container.lowerBound
        let base = container.lowerBound
        var piece: [UInt8] = comma > 0 ? [UInt8(ascii: ",")] : []
        piece.append(UInt8(ascii: "\""))
        piece.append(contentsOf: key)
        piece.append(UInt8(ascii: "\""))
        piece.append(UInt8(ascii: ":"))
        value.append(to: &piece)
        let growth = try insert(piece, place..<place, trail, edit)
        let hash = key.withView { $0.keyHash }
        withIndex(at: base) { index in
            index.starts.append(UInt32(truncatingIfNeeded: offset))
            if !index.hashes.isEmpty { index.hashes.append(hash) }
        }
        return growth
    }

    private mutating func insert(
        _ piece: [UInt8],
        _ range: Range<Int>,
        _ trail: Trail,
        _ edit: DeltaEdit
    ) throws(DeltaError) -> Int {
        try piece.withView { (view) throws(DeltaError) in
            try replace(range, with: view, trail, edit)
        }
    }

    /// Changes the index of the container that begins at an offset.
    private mutating func withIndex(at start: Int, _ body: (inout ContainerIndex) -> Void) {
        for slot in indexes.indices where indexes[slot].start == start {
            body(&indexes[slot])
            return
        }
    }

    private mutating func remove(_ edit: DeltaEdit, _ first: Int) throws(DeltaError) -> Int {
        guard edit.path.count > first, let last = edit.path.last, case .key = last else {
            throw .wrongKind(at: edit.offset)
        }
        var trail = Trail()
        let container = try walk(edit, first..<edit.path.count - 1, &trail)
        guard let slot = open(container), let child = child(last, of: slot, in: container) else {
            throw .noSuchPath(at: edit.offset)
        }
        let count = indexes[slot].starts.count
        var range = child.start..<child.end
        if child.index + 1 < count {
            range = child.start..<child.end + 1
        } else if child.index > 0 {
            range = child.start - 1..<child.end
        }
        let growth = try insert([], range, trail, edit)
        withIndex(at: container.lowerBound) { index in
            index.starts.remove(at: child.index)
            if !index.hashes.isEmpty { index.hashes.remove(at: child.index) }
            index.shift(from: child.index, by: growth)
        }
        return growth
    }

    private mutating func spliceList(
        _ edit: DeltaEdit,
        _ first: Int,
        _ splice: (index: Int, removed: Int, inserted: Int),
        _ values: Range<Int>
    ) throws(DeltaError) -> Int {
        var trail = Trail()
        let container = try walk(edit, first..<edit.path.count, &trail)
        guard let slot = open(container), !indexes[slot].isObject else {
            throw .wrongKind(at: edit.offset)
        }
        let count = indexes[slot].starts.count
        guard splice.index <= count, splice.removed <= count - splice.index else {
            throw .outOfRange(at: edit.offset)
        }
        guard splice.removed > 0 || splice.inserted > 0 else { return 0 }
        let isLast = splice.index + splice.removed == count
        // The bytes to replace: with the comma before where the list's end goes or grows.
        var start = container.upperBound - 1
        if splice.index < count { start = childStart(splice.index, of: slot) }
        var end = start
        if splice.removed > 0 {
            end = childEnd(splice.index + splice.removed - 1, of: slot, in: container)
        }
        let leads = splice.inserted > 0 && splice.removed == 0 && isLast && count > 0
        let trails = splice.inserted > 0 && splice.removed == 0 && !isLast
        if splice.inserted == 0 {
            if !isLast { end += 1 } else if splice.index > 0 { start -= 1 }
        }
        var piece: [UInt8] = []
        var starts: [UInt32] = []
        piece.reserveCapacity(values.count)
        if leads { piece.append(UInt8(ascii: ",")) }
        var next = values.lowerBound
        for number in 0..<splice.inserted {
            if number > 0 { piece.append(UInt8(ascii: ",")) }
            starts.append(UInt32(truncatingIfNeeded: start - container.lowerBound + piece.count))
            edit.delta.slice(try DeltaEdit.value(edit.delta, &next)).append(to: &piece)
        }
        if trails { piece.append(UInt8(ascii: ",")) }
        let growth = try insert(piece, start..<end, trail, edit)
        withIndex(at: container.lowerBound) { index in
            index.starts.replaceSubrange(splice.index..<splice.index + splice.removed, with: starts)
            index.shift(from: splice.index + starts.count, by: growth)
        }
        return growth
    }

    private mutating func spliceString(
        _ edit: DeltaEdit,
        _ first: Int,
        _ splice: (offset: Int, removed: Int),
        _ inserted: ByteView
    ) throws(DeltaError) -> Int {
        var trail = Trail()
        let range = try walk(edit, first..<edit.path.count, &trail)
        guard view[range.lowerBound] == UInt8(ascii: "\"") else {
            throw .wrongKind(at: edit.offset)
        }
        let content = range.lowerBound + 1..<range.upperBound - 1
        guard splice.offset <= content.count, splice.removed <= content.count - splice.offset else {
            throw .outOfRange(at: edit.offset)
        }
        let start = content.lowerBound + splice.offset
        let end = start + splice.removed
        let text = view.slice(content)
        guard StringCut.isClean(text, splice.offset),
            StringCut.isClean(text, splice.offset + splice.removed)
        else { throw .outOfRange(at: edit.offset) }
        return try replace(start..<end, with: inserted, trail, edit)
    }
}
