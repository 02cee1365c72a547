// SPDX-License-Identifier: Apache-2.0
// The step table of a sealed segment says what the segment's records say.

import EventLog
import StateDelta
import Testing
import Tracking

@Suite struct SealedTableTests {
    /// A row with its names, the changed keys in the order of the alphabet.
    private struct Row: Equatable {
        var row: StepRow
        var action: String
        var changed: [String]
    }

    private static func rows(_ table: StepTable) -> [Row] {
        table.rows.enumerated().map { index, row in
            var plain = row
            plain.action = 0
            let changed = table.changedKeys(ofRow: index).map { table.name($0) }
            return Row(row: plain, action: table.name(row.action), changed: changed.sorted())
        }
    }

    /// A program that tells its changes, now and then by the text of its state.
    private struct Program: ~Copyable {
        var random = SeededRandom(seed: 11)
        var writer: BranchWriter
        var values: [(key: [UInt8], text: [UInt8])] = []
        let actions = (0..<20).map { Array("action \($0)".utf8) }

        private var text: [UInt8] {
            let members = values.map { Array("\"".utf8) + $0.key + Array("\":".utf8) + $0.text }
            return Array("{".utf8) + members.joined(separator: Array(",".utf8)) + Array("}".utf8)
        }

        private mutating func change() -> Int {
            let index = Int(random.next() % UInt64(values.count + 1))
            if index == values.count {
                // Some are too long for names, some the framework's own.
                let prefix = random.next() % 4 == 0 ? "__" : ""
                let length = random.next() % 8 == 0 ? 70 : 5
                values.append((Array((prefix + random.word(length)).utf8), []))
            }
            values[index].text = Array("\(random.next() % 1_000)".utf8)
            return index
        }

        mutating func step(_ step: Int64) throws {
            let action = actions[Int(random.next() % 20)]
            let time = EventTime(nanoseconds: 1_000_000 * step + 1_000 * Int64(random.next() % 99))
            if random.next() % 16 != 0 {
                try writer.begin(StepBegin(step: step, action: action, time: time))
            }
            // One in sixteen never ends.
            if random.next() % 16 == 0 { return }
            var end = StepEnd(step: step, action: action, time: time)
            if random.next() % 8 == 0 { end.exception = Array("\"boom\"".utf8) }
            let changed = (0..<random.next() % 4).map { _ in change() }
            let text = text
            if random.next() % 4 == 0 { return try writer.end(end, state: text.rawSpan) }
            try writer.end(
                &end,
                changes: { edits in
                    for index in changed { edits.set(values[index].key, values[index].text) }
                    return text.count
                },
                state: { text }
            )
            // Now and then what was known is forgotten, and with it the newest names.
            if random.next() % 64 == 0 { writer.forgetState() }
        }
    }

    @Test func `the table of a sealed segment is the one that its records give`() throws {
        let folder = try TemporaryFolder()
        let name = ApplicationName(project: "demo", appID: "app")
        let store = Store(root: folder.path)
        let place = BranchPlace(
            store: store,
            directory: store.directory(of: name),
            options: LogOptions(durability: .os, segmentTarget: 20_000),
            policy: SnapshotPolicy(floor: 4_000),
            program: "test"
        )
        var program = Program(
            writer: try BranchWriter.create(
                place,
                meta: Meta(name: name),
                continuing: nil,
                opening: .text(Array("{}".utf8), before: 0),
                time: 1
            )
        )
        for step in 0..<3_000 as Range<Int64> { try program.step(step) }
        let branch = program.writer.branch
        let reader = try LogReader(
            storage: FileSystem(),
            directory: place.directory,
            branch: branch
        )
        let sealed = reader.segments.filter(\.isSealed).map(\.header.segment)
        #expect(sealed.count > 5)
        var changes = 0
        for segment in sealed {
            let stored = try StepTable(decoding: try reader.index(of: segment).table)
            var rows = SegmentRowsReader()
            _ = try reader.scan(segment: segment) { record in
                rows.visit(record.header, payload: record.payload)
                return .proceed
            }
            let (found, wanted) = (Self.rows(stored), Self.rows(rows.finish()))
            let ended = found.filter { $0.row.status != .begun }
            for (one, other) in zip(ended, wanted.filter { $0.row.status != .begun }) {
                try #require(one == other)
            }
            #expect(ended.count == wanted.count { $0.row.status != .begun })
            // Those that began in an earlier segment are known to the writer only.
            #expect(wanted.allSatisfy(found.contains))
            changes += found.reduce(0) { $0 + $1.changed.count }
        }
        #expect(changes > 1_000)
    }
}
