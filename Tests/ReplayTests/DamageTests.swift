// SPDX-License-Identifier: Apache-2.0
// A log that is damaged anywhere gives every step that does not depend on the damaged bytes.

import EventLog
import Replay
import StateDelta
import Testing
import Tracking

/// A branch of several segments and snapshots, and the states that were recorded in it.
struct RecordedLog: ~Copyable {
    static let name = ApplicationName(project: "p", appID: "a")
    let folder: TemporaryFolder
    let store: Store
    let directory: String
    let states: [[UInt8]]
    let files: [(name: String, bytes: [UInt8])]

    /// Records so many steps.
    init(steps: Int, segmentTarget: UInt64 = 64 << 20, snapshotEvery: UInt64 = 700) throws {
        let folder = try TemporaryFolder()
        let store = Store(root: folder.path)
        let directory = store.directory(of: Self.name)
        let place = BranchPlace(
            store: store,
            directory: directory,
            options: LogOptions(durability: .os, segmentTarget: segmentTarget),
            policy: SnapshotPolicy(factor: 1, floor: snapshotEvery),
            program: "test"
        )
        var writer = try BranchWriter.create(
            place,
            meta: Meta(name: Self.name),
            continuing: nil,
            opening: .text(Array(#"{"n":0}"#.utf8), before: 0),
            time: 1_000
        )
        var states: [[UInt8]] = []
        for step in 0..<steps {
            let time = EventTime(nanoseconds: Int64(step) * 1_000_000, form: .utc)
            try writer.begin(StepBegin(step: Int64(step), action: Array("act".utf8), time: time))
            let text =
                #"{"n":\#(step + 1),"text":"\#(String(repeating: "x\(step)", count: step))"}"#
            let state = Array(text.utf8)
            states.append(state)
            try writer.end(
                StepEnd(step: Int64(step), action: Array("act".utf8), time: time),
                state: state.rawSpan
            )
        }
        try writer.close()
        var files: [(name: String, bytes: [UInt8])] = []
        let storage = store.storage
        for entry in try storage.list(directory).sorted(by: { $0.name < $1.name })
        where entry.name.hasSuffix(".burr") {
            let bytes = FileBytes.read("\(directory)/\(entry.name)", storage) ?? []
            files.append((entry.name, bytes))
        }
        self.folder = folder
        self.store = store
        self.directory = directory
        self.states = states
        self.files = files
    }

    /// Where another branch of the application is written.
    func place(segmentTarget: UInt64 = 64 << 20, snapshotEvery: UInt64 = 64 << 10) -> BranchPlace {
        BranchPlace(
            store: store,
            directory: directory,
            options: LogOptions(durability: .os, segmentTarget: segmentTarget),
            policy: SnapshotPolicy(floor: snapshotEvery),
            program: "test"
        )
    }

    /// What is found wrong with a branch.
    func check(_ branch: BranchID, deep: Bool) -> BranchVerification {
        Verification.check(branch, directory: directory, store: store, deep: deep)
    }

    /// Puts other bytes in the place of a segment's.
    func replace(_ index: Int, by bytes: [UInt8]) throws {
        try folder.write(bytes, to: "p/a/\(files[index].name)")
    }

    /// The states that the application's default line gives.
    func lineStates() throws -> [Int64: [UInt8]] {
        let history = try History(Self.name, in: store)
        var states: [Int64: [UInt8]] = [:]
        try history.eachState(history.line(of: history.newest), 0...Int64(self.states.count)) {
            if let text = $0.state?.text() { states[$0.step] = text }
            return true
        }
        return states
    }

    /// What replay and verification say of the log as it now is.
    func read() throws -> Reading {
        let branch = SegmentName(files[0].name)?.branch ?? .none
        let found = Verification.check(branch, directory: directory, store: store, deep: true)
        var reading = Reading(found: found)
        guard let history = try? History(Self.name, in: store) else { return reading }
        for step in 0..<Int64(states.count) {
            guard case .state(let cursor) = try history.newest.walk(to: step, side: .after),
                let text = cursor.text()
            else { continue }
            reading.walked[step] = text
        }
        try history.eachState(history.line(of: history.newest), 0...Int64.max) { step in
            if let state = step.state { reading.ranged[step.step] = state.text() }
            return true
        }
        return reading
    }

    /// Holds the three readers against each other and against what was recorded.
    @discardableResult
    func check(_ what: String) throws -> Reading {
        let reading = try read()
        let found = reading.found
        for (step, text) in reading.walked where text != states[Int(step)] {
            Issue.record("\(what): step \(step) is given a state that was not recorded")
        }
        for (step, text) in reading.ranged where text != states[Int(step)] {
            Issue.record("\(what): step \(step) of a range has a state that was not recorded")
        }
        let said = Set(found.replayable.flatMap { Array($0) })
        #expect(said == Set(reading.ranged.keys), "\(what): ranges and verification")
        #expect(said.isSubset(of: reading.walked.keys), "\(what): what verifies is replayed")
        let lost = Set(found.unreadable.flatMap { Array($0) })
        #expect(said.isDisjoint(with: lost), "\(what)")
        if found.verdict == .clean {
            #expect(said.count == Int(found.steps), "\(what)")
        }
        if found.verdict == .damaged, found.findings.contains(where: { $0.kind == .damage }) {
            // What is missing between the first and the last step is named.
            let last = said.union(lost).max() ?? -1
            #expect(said.union(lost) == Set(last < 0 ? 0..<0 : 0..<last + 1), "\(what)")
        }
        return reading
    }

    /// Every record.
    func records() throws -> [LoggedRecord] {
        let branch = SegmentName(files[0].name)?.branch ?? .none
        let storage = store.storage
        let reader = try LogReader(storage: storage, directory: directory, branch: branch)
        var records: [LoggedRecord] = []
        for (index, segment) in reader.segments.enumerated() {
            _ = try reader.scan(segment: segment.header.segment) { record in
                let range = Int(record.offset)..<Int(record.end)
                let head = try? SnapshotPayload(decodingHead: record.payload)
                let step = record.type == .snapshot ? head.map { Int($0.step) } : nil
                records.append(LoggedRecord(index, record.type, range, snapshotOf: step))
                return .proceed
            }
        }
        return records
    }
}

/// A record of a log: its segment's index, its type, its bytes, and the step of a snapshot.
struct LoggedRecord {
    let file: Int
    let type: RecordType
    let range: Range<Int>
    let step: Int?

    init(_ file: Int, _ type: RecordType, _ range: Range<Int>, snapshotOf step: Int?) {
        self.file = file
        self.type = type
        self.range = range
        self.step = step
    }
}

struct Reading {
    let found: BranchVerification
    var walked: [Int64: [UInt8]] = [:]
    var ranged: [Int64: [UInt8]] = [:]
}

@Suite struct DamageTests {
    @Test func `a whole log gives every state`() throws {
        let log = try RecordedLog(steps: 24, segmentTarget: 2_000)
        #expect(log.files.count >= 2)
        let reading = try log.read()
        #expect(reading.found.verdict == .clean && reading.found.findings.isEmpty)
        #expect(reading.walked.count == 24 && reading.ranged.count == 24)
    }

    @Test func `any flipped bit of a small log gives no state that was not recorded`() throws {
        let log = try RecordedLog(steps: 6, snapshotEvery: 300)
        let bytes = log.files[0].bytes
        for at in 0..<bytes.count {
            // One bit of each byte, another one from byte to byte; the header's bits all.
            for bit in at < 160 ? Array(0..<8) : [at * 5 % 8] {
                var changed = bytes
                changed[at] ^= 1 << UInt8(bit)
                try log.replace(0, by: changed)
                try log.check("bit \(bit) of byte \(at)")
            }
        }
    }

    @Test func `a log cut at any byte gives the steps before it`() throws {
        let log = try RecordedLog(steps: 10, segmentTarget: 900, snapshotEvery: 300)
        #expect(log.files.count >= 3)
        let ends = try log.records().filter { $0.type == .stepEnd }
        for index in log.files.indices {
            let bytes = log.files[index].bytes
            let before = ends.filter { $0.file < index }.count
            for size in 0..<bytes.count {
                try log.replace(index, by: Array(bytes[..<size]))
                let given = try log.check("segment \(index) cut at \(size)").walked
                let whole = ends.filter { $0.file == index && $0.range.upperBound <= size }.count
                for step in 0..<Int64(before + whole) where given[step] == nil {
                    Issue.record("segment \(index) cut at \(size) hides step \(step)")
                }
                // Every segment opens with a snapshot: those behind depend on nothing here.
                let here = ends.filter { $0.file == index }.count
                for step in Int64(before + here)..<10 where given[step] == nil {
                    Issue.record("segment \(index) cut at \(size) hides step \(step) behind it")
                }
            }
            try log.replace(index, by: bytes)
        }
    }

    @Test func `without its opening snapshot a segment goes on from the one before`() throws {
        let log = try RecordedLog(steps: 40, segmentTarget: 2_000)
        #expect(log.files.count >= 3)
        for index in log.files.indices.dropFirst() {
            let opening = try log.records().first { $0.file == index && $0.type == .snapshot }
            let place = try #require(opening?.range)
            var bytes = log.files[index].bytes
            bytes[place.upperBound - 9] ^= 1
            try log.replace(index, by: bytes)
            let reading = try log.check("segment \(index) without its snapshot")
            #expect(reading.walked.count == 40 && reading.ranged.count == 40)
            let lost = reading.found.findings.flatMap(\.stepsLost)
            #expect(lost.isEmpty)
            try log.replace(index, by: log.files[index].bytes)
        }
    }

    @Test func `a damaged payload costs the steps that depend on it and no other`() throws {
        let log = try RecordedLog(steps: 24)
        let records = try log.records()
        let bytes = log.files[0].bytes
        var step: Int64 = -1
        for (index, record) in records.enumerated() where record.range.count > 32 {
            if record.type == .stepEnd { step += 1 }
            var changed = bytes
            changed[record.range.lowerBound + 32] ^= 0x20
            try log.replace(0, by: changed)
            let walked = try log.check("record \(index)").walked
            // Lost are the steps up to the next snapshot, where it is a step's end.
            var lost = Set<Int64>()
            if record.type == .stepEnd {
                var later = step
                for next in records[index...] {
                    if next.type == .snapshot {
                        lost.remove(later - 1)
                        break
                    }
                    if next.type == .stepEnd {
                        lost.insert(later)
                        later += 1
                    }
                }
            }
            let isOpening = index <= 1
            let expected = Set(0..<Int64(24)).subtracting(lost)
            if isOpening { continue }
            #expect(Set(walked.keys).isSuperset(of: expected), "record \(index): \(record.type)")
        }
    }

    @Test func `zeroed, swapped, doubled and foreign records`() throws {
        let log = try RecordedLog(steps: 12)
        let other = try RecordedLog(steps: 12)
        let records = try log.records()
        let bytes = log.files[0].bytes
        let foreign = other.files[0].bytes
        for (first, second) in zip(records, records.dropFirst()) {
            var zeroed = bytes
            for index in first.range { zeroed[index] = 0 }
            let whole = first.range.lowerBound..<second.range.upperBound
            var swapped = bytes
            swapped.replaceSubrange(whole, with: bytes[second.range] + bytes[first.range])
            var doubled = bytes
            doubled.insert(contentsOf: bytes[first.range], at: first.range.upperBound)
            var removed = bytes
            removed.removeSubrange(first.range)
            var spliced = bytes
            spliced.replaceSubrange(first.range, with: foreign[first.range])
            for (what, changed) in [
                ("zeroed", zeroed), ("swapped", swapped), ("doubled", doubled),
                ("removed", removed), ("spliced", spliced),
            ] {
                try log.replace(0, by: changed)
                try log.check("\(what) at \(first.range.lowerBound)")
            }
        }
    }

    @Test func `a snapshot written over another one gives no state of another step`() throws {
        let log = try RecordedLog(steps: 60, segmentTarget: 4_000, snapshotEvery: 300)
        try #require(log.files.count > 1, "the first segment is sealed, and has an index")
        let bytes = log.files[0].bytes
        let snapshots = try log.records().filter { $0.file == 0 && $0.type == .snapshot }
        try #require(snapshots.count > 3)
        for (first, second) in zip(snapshots, snapshots.dropFirst()) {
            var changed = bytes
            let end = second.range.lowerBound + first.range.count
            changed.replaceSubrange(second.range.lowerBound..<end, with: bytes[first.range])
            try log.replace(0, by: changed)
            try log.check("at \(second.range.lowerBound)")
        }
    }

    @Test func `a repair that is half published is not seen, and ended by the next`() throws {
        let log = try RecordedLog(steps: 40)
        var changed = log.files[0].bytes
        changed[changed.count / 2] ^= 1
        try log.replace(0, by: changed)
        let before = try log.lineStates()
        var sizes = RepairSizes()
        sizes.segmentTarget = 1_000
        sizes.snapshots = SnapshotPolicy(factor: 1, floor: 300)
        _ = try Repair.run(RecordedLog.name, in: log.store, sizes: sizes)
        #expect(try log.lineStates() == before)
        let storage = log.store.storage
        let names = try storage.list(log.directory).map(\.name).sorted()
        let copies = names.filter { $0.hasSuffix(".burr") && $0 != log.files[0].name }
        try #require(copies.count > 2)
        let work = "\(log.directory)/.repair"
        for count in 1...copies.count {
            try storage.makeDirectories(work)
            for name in copies.prefix(count) {
                try storage.renameNoReplace("\(log.directory)/\(name)", to: "\(work)/\(name)")
            }
            #expect(try log.lineStates() == before, "\(count) of \(copies.count) are left")
            let results = try Repair.run(RecordedLog.name, in: log.store, sizes: sizes)
            // With none of them published the copy is begun anew.
            #expect(results.first?.isNew == (count == copies.count))
            #expect(try log.lineStates() == before)
            #expect(try storage.list(log.directory).map(\.name).sorted() == names)
            let found = try Verification.run(RecordedLog.name, in: log.store, deep: true)
            #expect(found.allSatisfy { $0.remainingVerdict == .clean })
        }
    }

    @Test func `a range may end at the greatest number`() throws {
        let log = try RecordedLog(steps: 3)
        let history = try History(RecordedLog.name, in: log.store)
        for range in [0...Int64.max, -Limits.step...Int64.max, 2...Int64.max] {
            var steps: [Int64] = []
            try history.eachState(history.line(of: history.newest), range) { step in
                steps.append(step.step)
                return true
            }
            #expect(steps == (0..<3).filter(range.contains))
        }
    }

    @Test func `behind a first segment that is cut, all is given`() throws {
        let log = try RecordedLog(steps: 10, segmentTarget: 900, snapshotEvery: 300)
        let first = try log.records().count { $0.file == 0 && $0.type == .stepEnd }
        for size in [0, 100, 512, 600] {
            try log.replace(0, by: Array(log.files[0].bytes[..<size]))
            let reading = try log.read()
            // The state a segment opens with is the one after the last step before it.
            let opening = Int64(first) - 1
            #expect(Set(reading.ranged.keys) == Set(opening..<10), "cut at \(size)")
            #expect(reading.walked[opening] == log.states[Int(opening)], "cut at \(size)")
            #expect(reading.found.unreadable.contains { $0.contains(0) }, "cut at \(size)")
        }
    }

    @Test func `a step whose record is gone without a trace is reported`() throws {
        let log = try RecordedLog(steps: 12)
        let records = try log.records()
        let ends = records.filter { $0.type == .stepEnd }
        for (step, record) in ends.dropLast().enumerated() {
            var bytes = log.files[0].bytes
            bytes.removeSubrange(record.range)
            try log.replace(0, by: bytes)
            let reading = try log.read()
            #expect(reading.found.verdict == .damaged, "step \(step)")
            // A snapshot that was taken at the step holds its state.
            let isKept = records.contains {
                $0.type == .snapshot && $0.range.lowerBound == record.range.upperBound
            }
            let isNamed = reading.found.unreadable.contains { $0.contains(Int64(step)) }
            #expect(isNamed != isKept, "step \(step)")
            #expect((reading.ranged[Int64(step)] == nil) != isKept, "step \(step)")
        }
    }

    @Test func `behind a gap no state is built on the one before it`() throws {
        let log = try RecordedLog(steps: 3, snapshotEvery: 1 << 20)
        let branch = try #require(SegmentName(log.files[0].name)).branch
        let source = try LogReader(
            storage: log.store.storage,
            directory: log.directory,
            branch: branch
        )
        var records: [(type: RecordType, payload: [UInt8])] = []
        _ = try source.scan(segment: 0) { record in
            records.append((record.type, record.payload.array))
            return .proceed
        }
        let opening = records.prefix(2).map {
            OpeningRecord(type: $0.type, time: 0, payload: $0.payload)
        }
        #expect(opening.map(\.type) == [.meta, .snapshot])
        let name = ApplicationName(project: "p", appID: "gap")
        var writer = try LogWriter.create(
            storage: log.store.storage,
            directory: log.store.directory(of: name),
            branch: branch,
            options: LogOptions(durability: .os),
            baseStep: -1,
            opening: opening
        )
        var ended: Int64 = 0
        for record in records.dropFirst(2) where [.stepBegin, .stepEnd].contains(record.type) {
            if record.type == .stepEnd, ended == 1 {
                try writer.append(.gap, time: 0, payload: [0].rawSpan)
            }
            if record.type == .stepEnd { ended += 1 }
            try writer.append(record.type, time: 0, payload: record.payload.rawSpan)
        }
        try writer.close()
        let history = try History(name, in: log.store)
        for step in 0..<3 as Range<Int64> {
            let walk = try history.newest.walk(to: step, side: .after)
            var text: [UInt8]?
            if case .state(let cursor) = walk { text = cursor.text() }
            #expect(text == (step == 0 ? log.states[0] : nil), "step \(step)")
        }
    }

    @Test func `a repair gives what the damaged branch gives and leaves it as it is`() throws {
        let log = try RecordedLog(steps: 24)
        let bytes = log.files[0].bytes
        let records = try log.records()
        for record in records.dropFirst(2).filter({ $0.type == .stepEnd }).prefix(6) {
            var changed = bytes
            changed[record.range.lowerBound + 3] ^= 1
            for entry in try log.store.storage.list(log.directory) where entry.kind == .file {
                try log.store.storage.remove("\(log.directory)/\(entry.name)")
            }
            try log.replace(0, by: changed)
            let before = try log.read()
            let results = try Repair.run(RecordedLog.name, in: log.store)
            #expect(results.map(\.isNew) == [true])
            let after = try log.read()
            #expect(after.ranged == before.ranged)
            let kept = FileBytes.read(
                "\(log.directory)/\(log.files[0].name)",
                log.store.storage
            )
            #expect(kept == changed)
            let again = try Verification.run(RecordedLog.name, in: log.store, deep: true)
            #expect(again.map(\.remainingVerdict) == [.clean, .clean])
        }
    }
}
