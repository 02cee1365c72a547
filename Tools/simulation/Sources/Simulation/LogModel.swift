// What must be in a log: the oracle of the model check.

internal import EventLog

/// The items of a branch, as its writers were told of them.
struct LogModel: Sendable {
    /// An item that a writer has accepted.
    struct Entry: Equatable, Sendable {
        var number: Int64
        var sequence: UInt64
        var segment: UInt64
        /// End of its unit in the segment.
        var end: UInt64
        var endsUnit: Bool
        /// Its append, or that of its unit, had returned and the mode hands it to the kernel.
        var isWritten: Bool
        /// The writer has said that it is durable.
        var isDurable = false

        /// Stands for a record that is none of the items.
        static let none = Entry(
            number: 0,
            sequence: 0,
            segment: 0,
            end: 0,
            endsUnit: true,
            isWritten: false
        )
    }

    /// What had happened before a reading.
    enum Event: Sendable {
        case nothing
        case kill
        case powerCut
        case corruption
    }

    /// Accepted, in order.
    private(set) var entries: [Entry] = []
    /// Under way when the process died: they may be there.
    private var doubtful: [Entry] = []
    /// Not accepted: at a power cut their bytes may win over those that came after them.
    private var failed: Set<Int64> = []
    /// All that ever were, accepted or doubtful: a disk that lies may bring them back.
    private var known: [Int64: Entry] = [:]
    /// Where a reader last saw an item.
    private var places: [Int64: Reading.Found] = [:]

    mutating func accept(_ unit: [Entry]) {
        entries += unit
        for entry in unit { known[entry.number] = entry }
    }

    mutating func doubt(_ unit: [Entry]) {
        doubtful += unit
        for entry in unit { known[entry.number] = entry }
    }

    mutating func fail(_ unit: [Entry] = [Entry.none]) {
        for entry in unit {
            known[entry.number] = entry
            failed.insert(entry.number)
        }
    }

    /// A writer has told how far it is.
    mutating func note(segment: UInt64, visibleEnd: UInt64, durableSequence: UInt64) {
        for index in entries.indices.reversed() {
            let entry = entries[index]
            // What was durable before stays so, with all that is below it.
            if entry.isDurable { break }
            if entry.segment < segment || entry.end <= visibleEnd {
                entries[index].isWritten = true
            }
            if entry.sequence <= durableSequence {
                entries[index].isWritten = true
                entries[index].isDurable = true
            }
        }
    }

    /// Holds a reading against what must be there.
    ///
    /// - Returns: what is wrong, if anything is.
    func objection(to reading: Reading, after event: Event) -> String? {
        if let wrong = reading.wrong { return wrong }
        if case .corruption = event { return objectionAfterCorruption(to: reading) }
        return objectionToOrder(of: reading, after: event)
            ?? objectionToLoss(in: reading, after: event)
    }

    /// What is there must be what was written, whole units in their order.
    private func objectionToOrder(of reading: Reading, after event: Event) -> String? {
        var possible = (entries + doubtful)[...]
        var last: Entry?
        for found in reading.found {
            if case .powerCut = event, failed.contains(found.number) { continue }
            if case .powerCut = event, isStale(found, in: reading) { continue }
            while let next = possible.first, next.number != found.number {
                // Only a power cut leaves holes, and a hole is reported: but where what was taken
                // back has come back in its place.
                guard case .powerCut = event, !failed.isEmpty || reading.reportsLoss(of: next)
                else {
                    return "item \(found.number) where \(next.number) was written"
                }
                possible.removeFirst()
            }
            guard let entry = possible.popFirst() else {
                return "item \(found.number) was not written"
            }
            if entry.sequence != 0, entry.sequence != found.sequence {
                return "item \(found.number) has sequence \(found.sequence), not \(entry.sequence)"
            }
            last = entry
        }
        guard let last, !last.endsUnit else { return nil }
        // Beside a hole, the records of a group count one by one.
        if case .powerCut = event, reading.damages.contains(where: { $0.segment == last.segment }) {
            return nil
        }
        return "a part of a group ends with item \(last.number)"
    }

    /// Whether an item is one that was taken back, in a block that the file system had freed and
    /// gave out again as it was: only ever behind a hole that is reported.
    private func isStale(_ found: Reading.Found, in reading: Reading) -> Bool {
        guard known[found.number] != nil,
            !(entries + doubtful).contains(where: { $0.number == found.number })
        else { return false }
        return reading.damages.contains {
            $0.segment == found.segment && $0.bytes.upperBound <= found.bytes.lowerBound
        }
    }

    /// What was promised must be there.
    private func objectionToLoss(in reading: Reading, after event: Event) -> String? {
        let found = Set(reading.found.map(\.number))
        for entry in entries where !found.contains(entry.number) {
            let isPromised =
                switch event {
                case .powerCut: entry.isDurable
                case .nothing, .kill, .corruption: entry.isWritten
                }
            if isPromised { return "item \(entry.number) is lost, and was promised" }
        }
        return nil
    }

    private func objectionAfterCorruption(to reading: Reading) -> String? {
        for found in reading.found where known[found.number] == nil {
            return "item \(found.number) comes from nowhere"
        }
        let found = Set(reading.found.map(\.number))
        for entry in entries where entry.isDurable && !found.contains(entry.number) {
            guard let place = places[entry.number] else { continue }
            if !reading.excuses(place) {
                return "item \(entry.number) at \(place.bytes) is missing, and nothing says so"
            }
        }
        return nil
    }

    /// From now on what was read is what must be there.
    ///
    /// - Parameters:
    ///   - reading: what was read.
    ///   - isWhole: no group of which only a part was lost.
    mutating func adopt(_ reading: Reading, isWhole: Bool) {
        failed = []
        entries = reading.found.compactMap { found in
            guard var entry = known[found.number] else { return nil }
            entry.isWritten = true
            entry.sequence = found.sequence
            entry.endsUnit = entry.endsUnit || !isWhole
            entry.segment = found.segment
            entry.end = found.bytes.upperBound
            known[entry.number] = entry
            return entry
        }
        doubtful = []
        remember(reading)
    }

    /// Nothing is there, and nothing had to be.
    mutating func forget() {
        entries = []
        doubtful = []
    }

    /// Whether anything was promised.
    var hasDurable: Bool { entries.contains(where: \.isDurable) }

    /// Whether anything must be there.
    func needsAnything(after event: Event) -> Bool {
        if case .powerCut = event { return hasDurable }
        return entries.contains(where: \.isWritten)
    }

    /// Notes where the items are.
    mutating func remember(_ reading: Reading) {
        for found in reading.found { places[found.number] = found }
    }
}
