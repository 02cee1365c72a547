// Visits a range of a segment and judges what it finds: log.md 9.

/// How much of a segment is known to have been durable.
enum DurableRule: Equatable {
    /// What its marks say: the last segment of a branch.
    case marks
    /// At least this much: sealed, or named by a successor.
    case upTo(UInt64)

    /// The rule for a segment of which the bytes below `limit` are read, and its successor.
    init(_ file: SegmentFile, next: SegmentFile?, limit: UInt64) {
        if file.isSealed {
            self = .upTo(limit)
        } else if let next, !next.headerIsDamaged {
            self = .upTo(next.header.predecessorDataEnd)
        } else {
            self = .marks
        }
    }
}

extension SegmentScanner {
    /// Visits the valid records from `position` to the limit.
    ///
    /// - Parameters:
    ///   - rule: what tells a torn tail from damage.
    ///   - decoder: memory for codec 1.
    ///   - visit: sees each record, in order.
    /// - Returns: how it ended, and what is lost.
    /// - Throws: `newerVersion`, `io`, and what `visit` throws.
    mutating func walk(
        rule: DurableRule,
        decoder: inout PayloadDecoder,
        visit: (borrowing RecordView) throws(LogError) -> ScanControl
    ) throws(LogError) -> ScanEnd {
        var damages: [Damage] = []
        var missing = Missing.nothing
        let first = expected
        while true {
            while let (header, offset) = try next() {
                let stored = try unsafe payload(of: header, at: offset)
                guard let raw = unsafe decoder.decode(stored, flags: header.flags) else {
                    damages.append(damage(from: offset, after: header.sequence - 1))
                    missing.add(header.type)
                    continue
                }
                let view = unsafe RecordView(
                    header: header,
                    offset: offset,
                    segment: segment,
                    payload: raw.bytes,
                    missing: missing,
                    sealed: header.sequence == first ? sealed : nil
                )
                missing = .nothing
                sealed = nil
                if try visit(view) == .stop {
                    return end(damages, stopped: true)
                }
            }
            if try window.isZero(from: position) {
                // Zeros end a segment cleanly unless more of it was durable.
                if case .upTo(let durable) = rule, position < durable {
                    damages.append(damage(to: max(limit, durable)))
                } else if !openingIsWhole, rule == .marks, damages.isEmpty || position < limit {
                    damages.append(damage(to: limit))
                }
                return end(damages)
            }
            let start = position
            let last = (expected ?? 1) - 1
            var isKept = try isDamaged(rule)
            if !isKept { isKept = try isFollowedByUnits(after: last) }
            guard isKept else { return end(damages, torn: true) }
            // A writer may have been at work on these bytes while they were read.
            if try isValidNow() { continue }
            if let type = try passDamaged() {
                missing.add(type)
            } else if try resynchronise(after: last) {
                // A group whose end is lost gives its valid records one by one.
                if position == start, expected == last + 1 { continue }
                missing = .unknown
            } else {
                damages.append(damage(to: limit))
                return end(damages)
            }
            damages.append(damage(from: start, after: last))
        }
    }

    /// Whether the bytes at `position` had been durable.
    private mutating func isDamaged(_ rule: DurableRule) throws(LogError) -> Bool {
        switch rule {
        case .upTo(let durable): return position < durable
        case .marks:
            if !openingIsWhole { return true }
            let known = mark > position ? mark : try markOfRest()
            return known > position
        }
    }

    /// From `start` to `position`, with the sequences that were to follow `last`.
    private func damage(from start: UInt64, after last: UInt64) -> Damage {
        Damage(
            segment: segment,
            bytes: start..<position,
            lostSequences: last + 1..<max(last + 1, expected ?? 0)
        )
    }

    /// Whether valid records follow, as when a power cut wrote later bytes first: they are kept.
    ///
    /// A group that begins here and does not close does not count: it is one unit.
    private mutating func isFollowedByUnits(after last: UInt64) throws(LogError) -> Bool {
        let (start, next) = (position, expected)
        let passed = try passOpenGroup(after: last)
        let found = try isFollowed(after: passed)
        seek(to: start, expecting: next)
        return found
    }

    /// Everything from `position` on; how many records that was is not known.
    private func damage(to end: UInt64) -> Damage {
        let first = expected ?? 0
        return Damage(
            segment: segment,
            bytes: position..<max(position, end),
            lostSequences: first..<first
        )
    }

    private func end(
        _ damages: [Damage],
        torn: Bool = false,
        stopped: Bool = false
    ) -> ScanEnd {
        ScanEnd(
            verdict: !damages.isEmpty ? .damaged : torn ? .torn : .clean,
            offset: position,
            nextSequence: expected,
            damages: damages,
            wasStopped: stopped
        )
    }
}
