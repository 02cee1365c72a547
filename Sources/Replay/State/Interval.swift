// SPDX-License-Identifier: Apache-2.0
// A snapshot and the deltas up to the next one, read once and kept.

internal import EventLog
internal import StateDelta
internal import Tracking

/// How much was replayed to rebuild states.
package struct ReplayCount: Sendable {
    package private(set) var states: UInt64 = 0
    package private(set) var deltas: UInt64 = 0
    /// The most deltas that one state took.
    package private(set) var deepest: UInt64 = 0

    package init() {}

    mutating func add(deltas count: Int) {
        states += 1
        deltas += UInt64(count)
        deepest = max(deepest, UInt64(count))
    }

    mutating func add(_ other: ReplayCount) {
        states += other.states
        deltas += other.deltas
        deepest = max(deepest, other.deepest)
    }
}

/// One interval of a branch in memory: any state in it costs a few deltas.
struct Interval {
    /// The state at the snapshot.
    private var base: StateCursor
    /// The steps that ended in the interval, ascending.
    private var steps: [Int64] = []
    /// What replay needs of each, with the end of its delta in `deltas`.
    private var places: [(place: StepEnd.DeltaPlace, end: Int)] = []
    private var deltas: [UInt8] = []
    /// States on the way, by the number of deltas applied; few enough to stay small.
    private var keyframes: [Int: StateCursor] = [:]

    /// What the keyframes of one interval may hold.
    private static let keyframeBytes = 8 << 20
    /// Deltas between two keyframes, at least.
    private static let keyframeSpacing = 16
    /// What a keyframe holds beside its text.
    private static let keyframeOverhead = 1_024

    /// Reads an interval; `nil` when anything in it is damaged: a walk then says what.
    ///
    /// - Parameters:
    ///   - entry: its snapshot.
    ///   - end: the offset of the next snapshot; `nil` for the end of the segment.
    ///   - segment: the segment both are in.
    ///   - reader: the branch.
    /// - Throws: `LogError` when the segment cannot be read.
    init?(
        _ entry: SnapshotEntry,
        upTo end: UInt64?,
        of segment: UInt64,
        _ reader: LogReader
    ) throws(LogError) {
        let snapshot: LoadedSnapshot
        do throws(LogError) {
            let location = SnapshotLocation(segment: segment, entry: entry)
            snapshot = try reader.loadSnapshot(at: location)
        } catch .damaged {
            return nil
        }
        base = StateCursor(step: snapshot.step, text: snapshot.text, names: snapshot.names)
        var interval = self
        var isWhole = true
        var expected = snapshot.nextSequence
        _ = try reader.scan(segment: segment, from: snapshot.end, to: end) { record in
            if record.sequence != expected, record.missing != .stateless(snapshot: false) {
                isWhole = false
            }
            expected = record.sequence + 1
            // What follows a GAP is not built on the state before it.
            if record.type == .gap { return .stop }
            if record.type == .stepEnd { isWhole = interval.add(record.payload) && isWhole }
            return isWhole ? .proceed : .stop
        }
        guard isWhole else { return nil }
        self = interval
    }

    /// Takes in a STEP_END, its delta unpacked.
    ///
    /// - Returns: false when it is malformed.
    private mutating func add(_ payload: RawSpan) -> Bool {
        var reader = ByteReader(payload)
        guard var place = try? StepEnd.locateDelta(&reader) else { return false }
        switch place.encoding {
        // Its state is the next interval's snapshot.
        case .snapshot?: return true
        case .packed?:
            let packed = reader.rest()
            guard let delta = try? PackedDelta.unpack(packed, dictionary: base.dictionary) else {
                return false
            }
            deltas += delta
            place.encoding = .plain
        case .plain?: deltas += reader.rest().array
        case nil: break
        }
        steps.append(place.step)
        places.append((place, deltas.count))
        return true
    }

    /// About the bytes held once all keyframes are made.
    var byteCount: Int {
        let keyframes = (steps.count / spacing) * (base.byteCount + Self.keyframeOverhead)
        return deltas.count + steps.count * 64 + base.byteCount + base.dictionary.count + keyframes
    }

    /// Deltas between two keyframes.
    private var spacing: Int {
        max(Self.keyframeSpacing, steps.count * base.byteCount / Self.keyframeBytes)
    }

    /// The state at a step.
    ///
    /// - Returns: `nil` when the step did not end in this interval, or its state cannot be rebuilt.
    /// - Complexity: O(spacing of the keyframes) deltas.
    mutating func state(
        at step: Int64,
        side: Side,
        _ replays: inout ReplayCount
    ) -> StateCursor? {
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if steps[middle] < step { low = middle + 1 } else { high = middle }
        }
        guard low < steps.count, steps[low] == step else { return nil }
        return state(after: side == .after ? low + 1 : low, &replays)
    }

    /// The state after so many of the interval's deltas.
    private mutating func state(
        after count: Int,
        _ replays: inout ReplayCount
    ) -> StateCursor? {
        let spacing = spacing
        var done = count - count % spacing
        while done > 0, keyframes[done] == nil { done -= spacing }
        var cursor = done > 0 ? keyframes[done] ?? base : base
        replays.add(deltas: count - done)
        while done < count {
            let start = done == 0 ? 0 : places[done - 1].end
            let (place, end) = places[done]
            do throws(StateError) {
                try cursor.apply(place, deltas.rawSpan.extracting(start..<end))
            } catch {
                return nil
            }
            done += 1
            if done % spacing == 0 { keyframes[done] = cursor }
        }
        return cursor
    }
}

extension StateCursor {
    /// Bytes of the state's text.
    fileprivate var byteCount: Int { document?.byteCount ?? 0 }
}

/// The intervals of a branch that were read last.
struct IntervalCache {
    /// An interval is known by its snapshot, and by how far it had been read.
    private struct Key: Hashable {
        let segment: UInt64
        let offset: UInt64
        let end: UInt64

        /// Whether it is what an interval was before it grew.
        func isBegin(of other: Key) -> Bool {
            segment == other.segment && offset == other.offset && end < other.end
        }
    }

    private var intervals: [Key: Interval] = [:]
    /// When each was used last, counted in uses.
    private var lastUses: [Key: UInt64] = [:]
    private var useCount: UInt64 = 0
    private(set) var byteCount = 0

    /// What was replayed since this was last emptied.
    var replays = ReplayCount()

    /// What all intervals of a branch may hold.
    var byteLimit = 128 << 20

    /// The state at a step, where its interval is whole.
    ///
    /// - Returns: `nil` where a walk has to find out.
    mutating func state(
        at step: Int64,
        side: Side,
        _ reader: LogReader
    ) throws(LogError) -> StateCursor? {
        for file in reader.segments.reversed() where file.header.baseStep < step {
            let segment = file.header.segment
            let snapshots = try reader.index(of: segment).snapshots
            // The interval in which the step ended: its snapshot is of a step before.
            guard let at = snapshots.lastIndex(where: { $0.step < step }) else { continue }
            let next = at + 1 < snapshots.count ? snapshots[at + 1].offset : nil
            let end = if let next { next } else { try reader.verifiedEnd(of: segment).offset }
            let key = Key(segment: segment, offset: snapshots[at].offset, end: end)
            if intervals[key] == nil {
                guard let read = try Interval(snapshots[at], upTo: end, of: segment, reader) else {
                    return nil
                }
                insert(read, key)
            }
            useCount += 1
            lastUses[key] = useCount
            return intervals[key]?.state(at: step, side: side, &replays)
        }
        return nil
    }

    private mutating func insert(_ interval: Interval, _ key: Key) {
        // One that has grown takes the place of what it was.
        if let stale = lastUses.keys.first(where: { $0.isBegin(of: key) }) { remove(stale) }
        byteCount += interval.byteCount
        intervals[key] = interval
        lastUses[key] = .max
        while byteCount > byteLimit, intervals.count > 1,
            let oldest = lastUses.min(by: { $0.value < $1.value })
        {
            remove(oldest.key)
        }
    }

    private mutating func remove(_ key: Key) {
        lastUses[key] = nil
        byteCount -= intervals.removeValue(forKey: key)?.byteCount ?? 0
    }
}
