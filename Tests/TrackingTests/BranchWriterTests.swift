// SPDX-License-Identifier: Apache-2.0
// A branch as a tracker writes it: snapshots, locks, rolls, catalog.

import EventLog
import StateDelta
import Testing
import Tracking

@Suite struct BranchWriterTests {
    let name = ApplicationName(project: "demo", appID: "app")

    private func place(
        _ folder: borrowing TemporaryFolder,
        segmentTarget: UInt64 = 64 << 20,
        floor: UInt64 = 64 << 10
    ) -> BranchPlace {
        let store = Store(root: folder.path)
        return BranchPlace(
            store: store,
            directory: store.directory(of: name),
            options: LogOptions(durability: .os, segmentTarget: segmentTarget),
            policy: SnapshotPolicy(floor: floor),
            program: "test"
        )
    }

    private func create(_ place: BranchPlace) throws -> BranchWriter {
        try BranchWriter.create(
            place,
            meta: Meta(name: name),
            continuing: nil,
            opening: .text(Array("{\"n\":-1}".utf8), before: 0),
            time: 1
        )
    }

    private func run(
        _ writer: inout BranchWriter,
        _ step: Int64,
        state: String,
        exception: String? = nil
    ) throws {
        let time = EventTime(nanoseconds: (step + 1) * 1_000_000)
        try writer.begin(StepBegin(step: step, action: Array("act".utf8), time: time))
        var end = StepEnd(step: step, action: Array("act".utf8), time: time)
        end.exception = exception.map { Array($0.utf8) }
        let bytes = Array(state.utf8)
        try writer.end(end, state: bytes.rawSpan)
    }

    @Test func `status follows the last step and its writer`() throws {
        let folder = try TemporaryFolder()
        let place = place(folder)
        let catalog = Catalog(place.store)
        var writer = try create(place)
        #expect(catalog.summary(of: name).status == .running)
        try run(&writer, 0, state: "{\"n\":0}")
        try writer.close()
        var summary = catalog.summary(of: name)
        #expect(summary.status == .ok)
        #expect(summary.stepCount == 1)
        #expect(summary.lastWritten == 1_000_000)

        let branch = try #require(
            BranchFiles.among(place.store.storage.list(place.directory)).first?.branch
        )
        var second = try BranchWriter.open(place, branch: branch, meta: Meta(name: name))
        try run(&second, 1, state: "{\"n\":0}", exception: "\"boom\"")
        try second.close()
        #expect(catalog.summary(of: name).status == .failed)

        var third = try BranchWriter.open(place, branch: branch, meta: Meta(name: name))
        try third.begin(
            StepBegin(step: 2, action: Array("act".utf8), time: EventTime(nanoseconds: 9))
        )
        try third.close()
        summary = catalog.summary(of: name)
        #expect(summary.status == .crashed)
        #expect(summary.stepCount == 3)
    }

    @Test func `a writer knows its last step also where the newest segment has none yet`() throws {
        let folder = try TemporaryFolder()
        let place = place(folder, segmentTarget: 1, floor: 1)
        var writer = try create(place)
        try run(&writer, 0, state: "{\"n\":0}")
        let branch = writer.branch
        #expect(writer.log.segmentNumber == 1)
        try writer.close()
        let next = try BranchWriter.open(place, branch: branch, meta: Meta(name: name))
        #expect(next.lastEnded == 0 && next.lastBegun == 0)
        try next.close()
    }

    @Test func `a branch that is being written is not opened twice`() throws {
        let folder = try TemporaryFolder()
        let place = place(folder)
        let writer = try create(place)
        #expect(throws: TrackingError.self) {
            _ = try BranchWriter.open(place, branch: writer.branch, meta: Meta(name: name))
        }
        try writer.close()
    }

    @Test func `snapshots cost at most half of the other bytes and one more`() throws {
        let folder = try TemporaryFolder()
        let place = place(folder)
        var writer = try create(place)
        var random = SeededRandom(seed: 42)
        var items: [String] = []
        var deltas: UInt64 = 0
        for step in 0..<2_000 as Range<Int64> {
            if random.next() % 5 == 0, !items.isEmpty { items.removeLast() }
            items.append("{\"id\":\(step),\"text\":\"\(random.word(40))\"}")
            let before = writer.log.bytesAppended
            try run(&writer, step, state: "{\"items\":[\(items.joined(separator: ","))]}")
            let cost = writer.log.bytesAppended - before
            if cost < 1_000 { deltas += cost }
        }
        let last = UInt64(items.joined().utf8.count)
        #expect(writer.log.bytesAppended < deltas + deltas / 2 + last + 4_096)
        try writer.close()
    }

    @Test func `one strange folder never hides the others`() throws {
        let folder = try TemporaryFolder()
        let place = place(folder)
        var writer = try create(place)
        try run(&writer, 0, state: "{\"n\":0}")
        try writer.close()
        try folder.write("no log", to: "demo/bad/019ae5a0000070008000000000000000.000000.burr")
        try folder.write("", to: "demo/strange/readme.txt")
        try folder.write("{}", to: "demo/burrs/log.jsonl")
        try folder.write("x", to: "demo/annotations.jsonl")
        let rows = try Catalog(place.store).applications(in: "demo")
        #expect(rows.map(\.name.appID) == ["app", "bad", "burrs", "strange"])
        #expect(rows[0].problem == nil)
        #expect(rows[1].problem != nil && rows[1].status == .unreadable)
        #expect(rows[2].status == .notImported)
        #expect(rows[3].problem != nil)
    }

    @Test func `an application is found by name, id, prefix or as the most recent`() throws {
        let folder = try TemporaryFolder()
        let store = Store(root: folder.path)
        for (index, id) in ["alpha", "alpine", "beta"].enumerated() {
            let name = ApplicationName(project: "demo", appID: id)
            let place = BranchPlace(
                store: store,
                directory: store.directory(of: name),
                options: LogOptions(durability: .os),
                program: "test"
            )
            var writer = try BranchWriter.create(
                place,
                meta: Meta(name: name),
                continuing: nil,
                opening: .text(Array("{}".utf8), before: 0),
                time: 1
            )
            try run(&writer, Int64(index), state: "{}")
            try writer.close()
        }
        let catalog = Catalog(store)
        #expect(try catalog.resolve("demo/alpha").appID == "alpha")
        #expect(try catalog.resolve("alpha").appID == "alpha")
        #expect(try catalog.resolve("b").appID == "beta")
        #expect(try catalog.resolve("-").appID == "beta")
        #expect(throws: StoreError.self) { try catalog.resolve("alp") }
        #expect(throws: StoreError.self) { try catalog.resolve("gamma") }
        #expect(throws: StoreError.self) { try catalog.resolve("alpha", project: "none") }
    }
}

/// A generator that gives the same numbers for the same seed (xorshift64*).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed | 1
    }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 2_685_821_657_736_338_717
    }

    mutating func word(_ length: Int) -> String {
        String((0..<length).map { _ in Character(Unicode.Scalar(UInt8(97 + next() % 26))) })
    }
}
