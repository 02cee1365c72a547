// SPDX-License-Identifier: Apache-2.0

import EventLog
import Foundation
import Testing
import Tracking

@testable import TrackingServer

@Suite struct FolderStampTests {
    @Test func aRecordThatIsStoredRatherThanWrittenChangesTheStamp() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("burr-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        var options = LogOptions(durability: .os)
        options.burst = 2
        let meta = OpeningRecord(type: .meta, time: 0, payload: [])
        let state = try SnapshotPayload.records(
            step: -1,
            text: Array("{}".utf8).rawSpan,
            names: [],
            time: 0
        )
        var writer = try LogWriter.create(
            storage: FileSystem(),
            directory: folder,
            branch: BranchID(high: 0x0192_F0A1_B2C3_7D4E, low: 0x8F90_A1B2_C3D4_E5F6),
            options: options,
            baseStep: -1,
            opening: [meta] + state
        )
        let store = Store(root: folder)
        for time in 0..<8 {
            let before = try FolderStamp(folder, store)
            try writer.append(.init(type: .gap, time: Int64(time), payload: [1, 2, 3]))
            #expect(try FolderStamp(folder, store) != before)
        }
        let size = try #require(try FileSystem().fileSize(writer.path))
        #expect(size > writer.dataEnd)
        try writer.close()
    }
}
