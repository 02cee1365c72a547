// SPDX-License-Identifier: Apache-2.0
// Behind records that are lost, nothing is said that was not so, and what is left is found.

import EventLog
import Replay
import StateDelta
import Testing
import Tracking

@Suite struct LostRecordTests {
    /// Damages the header of every STEP_END in turn, in a fresh folder, and hands it over.
    private func eachLostEnd(
        _ body: (borrowing RecordedLog, _ step: Int, _ bytes: [UInt8], _ next: RecordType) throws
            -> Void
    ) throws {
        let log = try RecordedLog(steps: 24)
        let records = try log.records()
        var step = 0
        for (record, next) in zip(records, records.dropFirst()) where record.type == .stepEnd {
            for entry in try log.store.storage.list(log.directory) where entry.kind == .file {
                try log.store.storage.remove("\(log.directory)/\(entry.name)")
            }
            var bytes = log.files[0].bytes
            bytes[record.range.lowerBound + 3] ^= 1
            try log.replace(0, by: bytes)
            try body(log, step, bytes, next.type)
            step += 1
        }
    }

    /// No step is said to have seen another state than that which the one before it left.
    private func checkBefore(_ branch: Branch, _ log: borrowing RecordedLog, _ what: String) throws
    {
        for step in 1..<Int64(log.states.count) {
            guard case .state(let cursor) = try branch.walk(to: step, side: .before),
                cursor.isRecorded, let text = cursor.text()
            else { continue }
            #expect(text == log.states[Int(step) - 1], "\(what): before step \(step)")
        }
    }

    @Test func `what a step left, in a snapshot behind its lost end, is not what it saw`() throws {
        var snapshots = 0
        try eachLostEnd { (log, step, _, next) in
            if next == .snapshot { snapshots += 1 }
            let history = try History(RecordedLog.name, in: log.store)
            try checkBefore(history.newest, log, "without the end of step \(step)")
            let seen = try history.newest.walk(to: Int64(step), side: .before)
            guard step > 0, case .state(let cursor) = seen else { return }
            #expect(cursor.step == Int64(step) - 1)
        }
        #expect(snapshots > 2)
    }

    @Test func `in a repair a step behind lost ones did not see what was before those`() throws {
        try eachLostEnd { (log, step, _, _) in
            _ = try Repair.run(RecordedLog.name, in: log.store)
            let history = try History(RecordedLog.name, in: log.store)
            #expect(history.branches.count == 2)
            for branch in history.branches {
                try checkBefore(branch, log, "repaired without the end of step \(step)")
            }
        }
    }

    @Test func `a writer behind a lost end goes on from the step of the last snapshot`() throws {
        var snapshots = 0
        try eachLostEnd { (log, step, bytes, next) in
            guard next == .snapshot else { return }
            snapshots += 1
            // The log ends with the snapshot behind the step.
            let end = try log.records().first { $0.type == .snapshot && $0.step == step }?.range
            try log.replace(0, by: Array(bytes[..<(try #require(end?.upperBound))]))
            let writer = try open(log)
            #expect(writer.head == Int64(step))
            try writer.close()
            try log.check("opened behind the lost end of step \(step)")
        }
        #expect(snapshots > 2)
    }

    @Test func `a writer behind a lost opening goes on from the step of its segment`() throws {
        let log = try RecordedLog(steps: 10, segmentTarget: 900, snapshotEvery: 300)
        let (file, base) = (log.files.count - 1, try lastBase(log))
        let opening = try log.records().first { $0.file == file && $0.type == .snapshot }
        var bytes = log.files[file].bytes
        for index in try #require(opening).range.lowerBound..<bytes.count { bytes[index] = 0 }
        try log.replace(file, by: bytes)
        let before = try log.read().walked
        let writer = try open(log)
        #expect(writer.head == base)
        try writer.close()
        #expect(try log.check("opened behind a lost opening").walked == before)
        #expect(before[base] != nil)
    }

    private func lastBase(_ log: borrowing RecordedLog) throws -> Int64 {
        let history = try History(RecordedLog.name, in: log.store)
        return try #require(history.newest.reader.lastSegment).header.baseStep
    }

    private func open(_ log: borrowing RecordedLog) throws -> BranchWriter {
        let place = BranchPlace(store: log.store, directory: log.directory, program: "test")
        let branch = try #require(SegmentName(log.files[0].name)?.branch)
        return try BranchWriter.open(place, branch: branch, meta: Meta(name: RecordedLog.name))
    }

    @Test(arguments: [false, true])
    func `what the opening of the next segment knows is not called lost`(
        isNextDamaged: Bool
    ) throws {
        let log = try RecordedLog(steps: 16, segmentTarget: 900, snapshotEvery: 300)
        #expect(log.files.count >= 3)
        let records = try log.records()
        for file in log.files.indices.dropLast() {
            let last = try #require(records.last { $0.file == file && $0.type == .stepEnd })
            let step = records.count { $0.type == .stepEnd && $0.file <= file } - 1
            var bytes = log.files[file].bytes
            bytes[last.range.lowerBound + 3] ^= 1
            try log.replace(file, by: bytes)
            if isNextDamaged {
                var next = log.files[file + 1].bytes
                next[100] ^= 1
                try log.replace(file + 1, by: next)
            }
            let found = try log.check("the last end of segment \(file) is lost").found
            #expect(found.replayable.contains { $0.contains(Int64(step)) })
            #expect(try Repair.run(RecordedLog.name, in: log.store).map(\.isNew) == [true])
            for entry in try log.store.storage.list(log.directory) where entry.kind == .file {
                try log.store.storage.remove("\(log.directory)/\(entry.name)")
            }
            for index in log.files.indices { try log.replace(index, by: log.files[index].bytes) }
        }
    }

    @Test func `a lost end is named where nothing but the next begin follows`() throws {
        let log = try RecordedLog(steps: 12)
        let records = try log.records()
        let ends = records.filter { $0.type == .stepEnd }
        let begins = records.filter { $0.type == .stepBegin }
        for (step, (end, next)) in zip(ends, begins.dropFirst()).enumerated() {
            var bytes = Array(log.files[0].bytes[..<next.range.upperBound])
            bytes[end.range.lowerBound + 3] ^= 1
            try log.replace(0, by: bytes)
            let found = try log.check("the end of step \(step) is lost").found
            let isKept = records.contains {
                $0.type == .snapshot && $0.range.lowerBound == end.range.upperBound
            }
            #expect(found.unreadable.contains { $0.contains(Int64(step)) } != isKept)
        }
    }

    @Test func `a lost end is named where no other step begins`() throws {
        let log = try RecordedLog(steps: 3, snapshotEvery: 1 << 20)
        var writer = try open(log)
        try writer.event(.attribute, step: 2, time: 0, text: Array("{}".utf8).rawSpan)
        try writer.close()
        let path = "\(log.directory)/\(log.files[0].name)"
        var bytes = try #require(FileBytes.read(path, log.store.storage))
        let end = try #require(try log.records().last { $0.type == .stepEnd })
        bytes[end.range.lowerBound + 3] ^= 1
        try log.replace(0, by: bytes)
        #expect(try log.check("the last end is lost").found.unreadable == [2...2])
    }

    @Test func `behind two damaged snapshots in a row the one before them leads to each step`()
        throws
    {
        let log = try RecordedLog(steps: 60, segmentTarget: 9_000, snapshotEvery: 300)
        #expect(log.files.count >= 2)
        let snapshots = try log.records().filter { $0.file == 0 && $0.type == .snapshot }
        #expect(snapshots.count >= 5)
        for (one, next) in zip(snapshots.dropFirst(), snapshots.dropFirst(2)) {
            var bytes = log.files[0].bytes
            for snapshot in [one, next] { bytes[snapshot.range.upperBound - 9] ^= 1 }
            try log.replace(0, by: bytes)
            let reading = try log.check("snapshots of \(one.step ?? -1) and \(next.step ?? -1)")
            #expect(reading.walked == reading.ranged)
        }
    }

    @Test func `gaps that know no state do not hide the one before them`() throws {
        let log = try RecordedLog(steps: 12)
        let snapshot = try #require(try log.records().last { $0.type == .snapshot })
        let step = try #require(snapshot.step)
        try log.replace(0, by: Array(log.files[0].bytes[..<snapshot.range.upperBound]))
        var writer = try open(log)
        writer.forgetState()
        for _ in 0..<3 { try writer.gap(count: 1, reason: "a test", time: 0) }
        try writer.close()
        let path = "\(log.directory)/\(log.files[0].name)"
        var bytes = try #require(FileBytes.read(path, log.store.storage))
        let end = try #require(try log.records().last { $0.type == .stepEnd })
        bytes[end.range.lowerBound + 3] ^= 1
        try log.replace(0, by: bytes)
        #expect(try log.read().walked[Int64(step)] == log.states[step])
    }

    @Test func `a repair of a log whose beginning is lost has what its first snapshot knows`()
        throws
    {
        let log = try RecordedLog(steps: 12)
        let records = try log.records()
        let snapshot = try #require(records.filter { $0.type == .snapshot }.dropFirst().first)
        var bytes = log.files[0].bytes
        for index in 512..<snapshot.range.lowerBound { bytes[index] = 0 }
        try log.replace(0, by: bytes)
        let before = try log.check("the beginning is lost").ranged
        #expect(before[Int64(try #require(snapshot.step))] != nil)
        #expect(try Repair.run(RecordedLog.name, in: log.store).map(\.isNew) == [true])
        #expect(try log.read().ranged == before)
    }

    @Test func `a branch whose header and META are damaged begins where its snapshot says`() throws
    {
        let log = try RecordedLog(steps: 1)
        let place = BranchPlace(store: log.store, directory: log.directory, program: "test")
        let state = Array(#"{"n":5}"#.utf8)
        let writer = try BranchWriter.create(
            place,
            meta: Meta(name: RecordedLog.name),
            continuing: nil,
            opening: .text(state, before: 4),
            time: 0
        )
        let branch = writer.branch
        try writer.close()
        let path = SegmentName(branch: branch, number: 0).path(in: log.directory)
        var bytes = try #require(FileBytes.read(path, log.store.storage))
        bytes[100] ^= 1
        bytes[512 + 3] ^= 1
        try log.folder.write(bytes, to: "p/a/\(SegmentName(branch: branch, number: 0))")
        let found = log.check(branch, deep: true)
        #expect(found.verdict == .damaged && found.replayable == [] && found.unreadable == [])
        let history = try History(RecordedLog.name, in: log.store)
        #expect(history.branches.first { $0.id == branch }?.baseStep == 3)
    }

    @Test func `a repair begins before a step that only the second segment knows`() throws {
        let log = try RecordedLog(steps: 1)
        let place = log.place(segmentTarget: 1, snapshotEvery: 1)
        var writer = try BranchWriter.create(
            place,
            meta: Meta(name: RecordedLog.name),
            continuing: nil,
            opening: .text(Array(#"{"n":-1}"#.utf8), before: 0),
            time: 0
        )
        let (branch, time) = (writer.branch, EventTime(nanoseconds: 0))
        for step in 0..<2 as Range<Int64> {
            try writer.begin(StepBegin(step: step, action: [97], time: time))
        }
        // The first end fills its segment: the second one goes to the next.
        for step in 0..<2 as Range<Int64> {
            let event = StepEnd(step: step, action: [97], time: time)
            try writer.end(event, state: Array("{\"n\":\(step)}".utf8).rawSpan)
        }
        try writer.close()
        let name = SegmentName(branch: branch, number: 0)
        let reader = try LogReader(
            storage: log.store.storage,
            directory: log.directory,
            branch: branch
        )
        var begins: [Range<Int>] = []
        _ = try reader.scan(segment: 0) { record in
            if record.type == .stepBegin { begins.append(Int(record.offset)..<Int(record.end)) }
            return .proceed
        }
        #expect(begins.count == 2 && reader.segments.count > 1)
        // Of the first segment nothing is left but the begin of step 1.
        let path = name.path(in: log.directory)
        let bytes = try #require(FileBytes.read(path, log.store.storage))
        var left = [UInt8](repeating: 0, count: bytes.count)
        left.replaceSubrange(begins[1], with: bytes[begins[1]])
        try log.folder.write(left, to: "p/a/\(name)")
        let found = log.check(branch, deep: true)
        #expect(found.replayable == [0...1])
        let repaired = try Repair.run(RecordedLog.name, in: log.store)
        #expect(repaired.filter(\.isNew).map(\.found.branch) == [branch])
    }

    /// Begins a branch from an empty state before step 0.
    private func begin(
        _ log: borrowing RecordedLog,
        snapshotEvery: UInt64 = 64 << 10
    ) throws -> BranchWriter {
        try BranchWriter.create(
            log.place(snapshotEvery: snapshotEvery),
            meta: Meta(name: RecordedLog.name),
            continuing: nil,
            opening: .text(Array("{}".utf8), before: 0),
            time: 0
        )
    }

    /// Hands over an application whose states are in snapshots behind the ends of their steps, with
    /// one of those damaged after the other; the last step is number 5.
    private func eachLostSnapshot(
        _ body: (_ log: borrowing RecordedLog, _ branch: BranchID, _ step: Int64) throws -> Void
    ) throws {
        let log = try RecordedLog(steps: 1)
        var writer = try begin(log, snapshotEvery: 1 << 20)
        // Each state has the numbers of the last one in another order: its snapshot is shorter than
        // what turns the last one into it.
        var random = SeededGenerator(state: 7)
        let time = EventTime(nanoseconds: 0)
        for step in 0..<6 as Range<Int64> {
            let numbers = (0..<1_500).shuffled(using: &random).map(String.init)
            let state = Array("{\"list\":[\(numbers.joined(separator: ","))]}".utf8)
            try writer.begin(StepBegin(step: step, action: [97], time: time))
            try writer.end(StepEnd(step: step, action: [97], time: time), state: state.rawSpan)
        }
        let branch = writer.branch
        try writer.close()
        let path = SegmentName(branch: branch, number: 0).path(in: log.directory)
        let bytes = try #require(FileBytes.read(path, log.store.storage))
        let reader = try LogReader(
            storage: log.store.storage,
            directory: log.directory,
            branch: branch
        )
        var snapshots: [(step: Int64, offset: UInt64)] = []
        var last: (step: Int64, opensGroup: Bool)?
        _ = try reader.scan(segment: 0) { record in
            if record.type == .snapshot, let last, last.opensGroup {
                snapshots.append((last.step, record.offset))
            }
            last = record.step.map { ($0, record.header.flags.contains(.groupContinues)) }
            return .proceed
        }
        #expect(!snapshots.isEmpty)
        for (step, offset) in snapshots {
            var damaged = bytes
            damaged[Int(offset) + 40] ^= 1
            try log.folder.write(damaged, to: "p/a/\(SegmentName(branch: branch, number: 0))")
            try body(log, branch, step)
        }
    }

    @Test func `a step whose state was in a snapshot that is lost is there, and named`() throws {
        try eachLostSnapshot { log, branch, step in
            let found = log.check(branch, deep: false)
            #expect(found.unreadable.contains { $0.contains(step) }, "step \(step)")
            #expect(!found.replayable.contains { $0.contains(step) }, "step \(step)")
            let history = try History(RecordedLog.name, in: log.store)
            let position = try history.resolve(Ref("\(step)@\(branch)"), now: 0)
            #expect("step \(step)") { try history.state(at: position) } throws: { error in
                guard case ReplayError.unreadable(_, step, _) = error else { return false }
                return true
            }
        }
    }

    @Test func `of very many steps that are said to be lost the last ones are named`() throws {
        let log = try RecordedLog(steps: 1)
        var writer = try begin(log)
        let last: Int64 = 1 << 52
        var end = StepEnd(step: 0, action: [97], time: EventTime(nanoseconds: 0))
        try writer.end(end, state: Array("{}".utf8).rawSpan)
        try writer.gap(count: 1, reason: "no space left", time: 0)
        end.step = last
        try writer.end(end, state: Array("{}".utf8).rawSpan)
        let branch = writer.branch
        try writer.close()
        let history = try History(RecordedLog.name, in: log.store)
        let newest = try #require(history.branches.first { $0.id == branch })
        var (count, second) = (0, last)
        try history.eachState(history.line(of: newest), 0...Int64.max - 1) { found in
            count += 1
            if found.step > 0 { second = min(second, found.step) }
            return true
        }
        #expect(count == (1 << 20) + 2)
        #expect(second == last - (1 << 20))
    }

    @Test func `a step is read where snapshots of unknown states behind it tell a smaller step`()
        throws
    {
        let log = try RecordedLog(steps: 1)
        var writer = try begin(log)
        let state = Array(#"{"n":1}"#.utf8)
        var end = StepEnd(step: 0, action: [97], time: EventTime(nanoseconds: 0))
        try writer.end(end, state: state.rawSpan)
        for _ in 0..<3 {
            // One event, for the reason "x".
            let gap: [UInt8] = [1, 1, 0x78]
            try writer.log.append(.gap, flags: .groupContinues, time: 0, payload: gap.rawSpan)
            for record in try SnapshotPayload.records(step: -1, text: nil, names: [], time: 0) {
                try writer.log.append(record)
            }
        }
        end.step = 1
        try writer.end(end, state: state.rawSpan)
        let branch = writer.branch
        try writer.close()
        let history = try History(RecordedLog.name, in: log.store)
        let position = try history.resolve(Ref("0@\(branch)"), now: 0)
        #expect(try history.state(at: position) == state)
    }

    @Test func `no reader passes over a step whose state was in a snapshot that is lost`() throws {
        try eachLostSnapshot { log, branch, step in
            let history = try History(RecordedLog.name, in: log.store)
            let newest = try #require(history.branches.first { $0.id == branch })
            var seen: [Int64] = []
            var problems: [Int64] = []
            try history.eachState(history.line(of: newest), 0...Int64.max - 1) { found in
                seen.append(found.step)
                if found.state == nil { problems.append(found.step) }
                return true
            }
            #expect(seen == Array(0...5), "a range, step \(step)")
            #expect(problems.contains(step), "a range, step \(step)")

            let open = try OpenApplication(RecordedLog.name, in: log.store, branch: "\(branch)")
            let window = try open.window(of: step) { PatchEmitter(from: $0) }
            let steps = try #require(window?.steps, "step \(step)")
            #expect(steps.map(\.step).contains(step), "a window, step \(step)")
            #expect(steps.first { $0.step == step }?.problem != nil, "a window, step \(step)")

            var cursor = LiveCursor(after: 0, withPatches: true)
            var ends: [Int64] = []
            try cursor.read(newest) { record in
                if case .ended = record.kind, let step = record.step { ends.append(step) }
                return true
            }
            #expect(ends.starts(with: Array(0..<5)), "followed, step \(step)")

            var named: [String] = []
            try LogExporter(history).run(problem: { named.append($0) }) { _ in true }
            #expect(named.contains { $0.hasPrefix("step \(step): ") }, "export, step \(step)")
        }
    }

    @Test func `a state that a branch opened with is no step of its own where it alone is left`()
        throws
    {
        let log = try RecordedLog(steps: 4)
        let first = try #require(SegmentName(log.files[0].name)).branch
        let place = log.place()
        func begin() throws -> BranchID {
            var writer = try BranchWriter.create(
                place,
                meta: Meta(name: RecordedLog.name),
                continuing: BranchPoint(branch: first, step: 2),
                opening: .text(Array(#"{"n":2}"#.utf8), before: 3),
                time: 0
            )
            try writer.log.seal()
            return writer.branch
        }
        let branch = try begin()
        try BranchWriter.open(place, branch: branch, meta: Meta(name: RecordedLog.name)).close()
        // Of the first segment nothing is left, of the second all but its header.
        for number in 0..<2 as Range<UInt64> {
            let name = SegmentName(branch: branch, number: number)
            let path = name.path(in: log.directory)
            var bytes = try #require(FileBytes.read(path, log.store.storage))
            for place in 0..<(number == 0 ? bytes.count : 512) { bytes[place] = 0 }
            try log.folder.write(bytes, to: "p/a/\(name)")
        }
        let history = try History(RecordedLog.name, in: log.store)
        #expect(history.branches.first { $0.id == branch }?.baseStep == 2)
        let found = log.check(branch, deep: true)
        #expect(found.replayable == [])
        let repaired = try Repair.run(RecordedLog.name, in: log.store)
        #expect(repaired.filter(\.isNew).map(\.found.branch) == [branch])
    }

    @Test func `one step, ranges, verification and repairs agree behind a lost end`() throws {
        try eachLostEnd { (log, step, _, _) in
            let reading = try log.check("without the end of step \(step)")
            #expect(reading.ranged == reading.walked, "without the end of step \(step)")
            _ = try Repair.run(RecordedLog.name, in: log.store)
            let repaired = try #require(try History(RecordedLog.name, in: log.store).branches.last)
            for step in 0..<Int64(log.states.count) {
                var text: [UInt8]?
                if case .state(let cursor) = try repaired.walk(to: step, side: .after),
                    cursor.isRecorded
                {
                    text = cursor.text()
                }
                #expect(text == reading.walked[step], "step \(step) of the repair")
            }
        }
    }

    @Test func `a first segment that is lost is said, with its steps`() throws {
        let log = try RecordedLog(steps: 16, segmentTarget: 900, snapshotEvery: 300)
        try log.store.storage.remove("\(log.directory)/\(log.files[0].name)")
        let found = try log.check("without the first segment").found
        #expect(found.verdict == .damaged)
        #expect(found.findings.first?.kind == .missingSegment)
        let left = Set(found.replayable.flatMap { Array($0) })
        let lost = Set(found.unreadable.flatMap { Array($0) })
        #expect(left.union(lost) == Set(0..<16) && !lost.isEmpty)
    }

    @Test func `a step whose records are lost is said to be lost, not to be none`() throws {
        let log = try RecordedLog(steps: 8, snapshotEvery: 64 << 10)
        let records = try log.records()
        let ends = records.indices.filter { records[$0].type == .stepEnd }
        // Its begin, too.
        let (from, end) = (records[ends[3]].range.upperBound, records[ends[4]].range.upperBound)
        var bytes = log.files[0].bytes
        for index in from..<end { bytes[index] = 0 }
        try log.replace(0, by: bytes)
        let branch = try History(RecordedLog.name, in: log.store).newest
        for side in [Side.before, .after] {
            let found = try branch.walk(to: 4, side: side)
            guard case .unreadable = found else {
                Issue.record("\(side): step 4 gives \(found)")
                continue
            }
        }
    }

    @Test func `an action that a lost META lists costs its name, not its step`() throws {
        let names = ActionNames(["one", "two", "three"])
        var writer = ByteWriter()
        names.encode(Array("three".utf8), to: &writer)
        var reader = ByteReader(writer.rawSpan)
        let older = ActionNames(["one"])
        #expect(try older.decode(&reader) == Array("#2".utf8))
    }

    @Test func `steps behind a lost opening are there, and cannot be rebuilt`() throws {
        let log = try RecordedLog(steps: 6, snapshotEvery: 64 << 10)
        let opening = try #require(try log.records().first { $0.type == .snapshot })
        var bytes = log.files[0].bytes
        bytes[opening.range.upperBound - 9] ^= 1
        try log.replace(0, by: bytes)
        let history = try History(RecordedLog.name, in: log.store)
        #expect(try history.newest.lastEnded() == 5)
        for step in 0..<Int64(6) {
            let position = try history.resolve(Ref("\(step)"), now: 0)
            let found = try history.newest.walk(to: position.step, side: .after)
            guard case .unreadable = found else {
                Issue.record("step \(step) gives \(found)")
                continue
            }
        }
        guard case .noStep = try history.newest.walk(to: 6, side: .after) else {
            Issue.record("there is no step 6")
            return
        }
    }

    @Test func `behind a lost opening the last step that ended is still the head`() throws {
        var found = 0
        for steps in 6..<16 {
            let log = try RecordedLog(steps: steps, segmentTarget: 900, snapshotEvery: 300)
            let (records, file) = (try log.records(), log.files.count - 1)
            let last = records.filter { $0.file == file }
            guard last.filter({ $0.type == .snapshot }).count == 1,
                last.contains(where: { $0.type == .stepEnd }),
                let opening = last.first(where: { $0.type == .snapshot })
            else { continue }
            found += 1
            var bytes = log.files[file].bytes
            bytes[opening.range.upperBound - 9] ^= 1
            try log.replace(file, by: bytes)
            let history = try History(RecordedLog.name, in: log.store)
            #expect(try history.newest.lastEnded() == Int64(steps) - 1)
            try log.check("of \(steps) steps")
        }
        #expect(found > 0)
    }
}

/// The same numbers for the same seed.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
