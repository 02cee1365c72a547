// A file on a simulated disk: what programs read, and what a power cut would leave of it.

/// The bytes of a file, in the page cache and on the disk.
struct SimulatedInode: Sendable {
    static let sector = 512

    /// What programs read.
    private(set) var bytes: [UInt8] = []
    /// What the disk has for certain.
    private(set) var durable: [UInt8] = []
    /// What each unsynced sector has held since the last sync, in order.
    private var pending: [Int: [[UInt8]]] = [:]
    /// What each sector held before the last sync, for writes that get lost.
    private var former: [Int: [UInt8]] = [:]
    /// Sizes since the last sync, in order.
    private var sizes: [Int] = []
    /// Syncs that have failed: each description that was open then is told once, at its next one.
    private(set) var syncFailures = 0
    /// How many bytes the longest file had that a sync has failed for.
    private(set) var failedEnd = 0
    /// The description that holds the lock.
    var lockOwner: UInt64?
    /// Whether it will give it up soon.
    var lockIsLoose = false

    init() {}

    /// A file that has been durable for ever.
    init(durable bytes: [UInt8]) {
        self.bytes = bytes
        durable = bytes
    }

    // MARK: The page cache

    mutating func write(_ piece: [UInt8], at offset: Int) {
        extend(to: offset)
        let end = offset + piece.count
        if end <= bytes.count {
            bytes.replaceSubrange(offset..<end, with: piece)
        } else {
            bytes.removeLast(bytes.count - offset)
            bytes += piece
            sizes.append(bytes.count)
        }
        note(offset..<end)
    }

    mutating func resize(to size: Int) {
        extend(to: size)
        guard size < bytes.count else { return }
        let old = bytes.count
        bytes.removeLast(old - size)
        sizes.append(size)
        note(size..<old)
    }

    private mutating func extend(to size: Int) {
        let old = bytes.count
        guard size > old else { return }
        bytes += [UInt8](repeating: 0, count: size - old)
        sizes.append(size)
        note(old..<size)
    }

    private mutating func note(_ range: Range<Int>) {
        if range.isEmpty { return }
        for index in range.lowerBound / Self.sector...(range.upperBound - 1) / Self.sector {
            pending[index, default: []].append(Self.sector(index, of: bytes))
        }
    }

    /// A sector of a file, filled up with zeros.
    private static func sector(_ index: Int, of bytes: [UInt8]) -> [UInt8] {
        let start = min(index * sector, bytes.count)
        let piece = bytes[start..<min(start + sector, bytes.count)]
        return piece + [UInt8](repeating: 0, count: sector - piece.count)
    }

    // MARK: The disk

    /// Everything is on the disk now.
    mutating func sync() {
        keep(pending.keys.sorted())
        pending.removeAll(keepingCapacity: true)
        sizes.removeAll(keepingCapacity: true)
    }

    /// A failed sync: some sectors are on the disk, and the kernel takes the others for clean.
    mutating func failSync(_ random: inout SeededRandom) {
        syncFailures += 1
        distrust()
        let lucky = pending.keys.sorted().filter { _ in random.chance(1, of: 2) }
        keep(lucky)
        pending.removeAll(keepingCapacity: true)
        sizes.removeAll(keepingCapacity: true)
    }

    /// A sync has said that it failed, whatever it did.
    mutating func distrust() {
        failedEnd = max(failedEnd, bytes.count)
    }

    private mutating func keep(_ sectors: [Int]) {
        former.removeAll(keepingCapacity: true)
        // The size is part of the file system's own journal: it is written first.
        resizeDurable(to: bytes.count)
        for index in sectors {
            former[index] = Self.sector(index, of: durable)
            place(Self.sector(index, of: bytes), at: index)
        }
    }

    private mutating func resizeDurable(to size: Int) {
        if durable.count > size {
            durable.removeLast(durable.count - size)
        } else {
            durable += [UInt8](repeating: 0, count: size - durable.count)
        }
    }

    private mutating func place(_ content: [UInt8], at index: Int) {
        let start = index * Self.sector
        let end = min(start + Self.sector, durable.count)
        if start < end {
            durable.replaceSubrange(start..<end, with: content[..<(end - start)])
        }
    }

    /// The power is cut: each unsynced sector holds any of what it held since the last sync.
    ///
    /// - Parameters:
    ///   - rules: what may happen.
    ///   - garbage: what a sector may hold that has never been on the disk.
    ///   - random: what decides.
    mutating func cutPower(_ rules: PowerCut, garbage: [UInt8], _ random: inout SeededRandom) {
        let size = random.chance(rules.kept, of: 100) ? sizes.last : nil
        let anySize = random.chance(1, of: 4) && !sizes.isEmpty ? random.pick(sizes) : nil
        let known = durable.count
        resizeDurable(to: anySize ?? size ?? known)
        for index in pending.keys.sorted() {
            let versions = pending[index] ?? []
            var content = Self.sector(index, of: durable)
            if random.chance(rules.kept, of: 100) {
                content =
                    random.chance(3, of: 4)
                    ? versions[versions.count - 1]
                    : random.pick(versions)
                if rules.tearsSectors, random.chance(1, of: 3) {
                    let cut = random.below(Self.sector)
                    content = [UInt8](content[..<cut] + Self.sector(index, of: durable)[cut...])
                }
            } else if rules.leavesGarbage, index * Self.sector >= known, !garbage.isEmpty {
                content = Self.sector(random.below(garbage.count / Self.sector + 1), of: garbage)
            }
            place(content, at: index)
        }
        restart()
    }

    /// What programs read is what the disk has.
    private mutating func restart() {
        bytes = durable
        pending.removeAll()
        sizes.removeAll()
        lockOwner = nil
    }

    /// The disk lies about what it had: returns what has changed.
    mutating func corrupt(_ kind: Corruption, _ random: inout SeededRandom) -> Range<Int>? {
        guard !durable.isEmpty else { return nil }
        let count = (durable.count + Self.sector - 1) / Self.sector
        // The end of a file is where most happens.
        let index =
            random.chance(1, of: 2) ? random.below(count) : max(0, count - 1 - random.below(4))
        let before = Self.sector(index, of: durable)
        switch kind {
        case .bitFlip:
            let at = index * Self.sector + random.below(Self.sector)
            guard at < durable.count else { return nil }
            durable[at] ^= 1 << UInt8(random.below(8))
        case .lostWrite:
            guard let content = former[index] else { return nil }
            place(content, at: index)
        case .misdirectedWrite: place(Self.sector(random.below(count), of: durable), at: index)
        case .zeroedSector: place([UInt8](repeating: 0, count: Self.sector), at: index)
        }
        bytes = durable
        let start = index * Self.sector
        return Self.sector(index, of: durable) == before ? nil : start..<start + Self.sector
    }
}
