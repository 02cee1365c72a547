// SPDX-License-Identifier: Apache-2.0
// Whether an application's logs are whole, and what can still be replayed where they are not.

package import EventLog
package import Tracking

/// One thing that is wrong with a branch, and what it costs.
package struct Finding: Equatable, Sendable {
    /// What kind of thing; the raw value is the word for programs.
    package enum Kind: String, Sendable {
        case damage
        case tornTail = "torn_tail"
        case missingSegment = "missing_segment"
        case wrongIndex = "wrong_index"
        case wrongChecksum = "wrong_checksum"
        case wrongSnapshot = "wrong_snapshot"
        case malformedRecord = "malformed_record"
    }

    package var kind: Kind
    package var segment: UInt64
    /// The bytes concerned, in the segment's file.
    package var bytes: Range<UInt64>
    /// More than the kind says.
    package var reason: String?
    /// The steps whose state cannot be rebuilt because of it.
    package var stepsLost: [ClosedRange<Int64>] = []
}

/// What a check of one branch found.
package struct BranchVerification: Sendable {
    package let branch: BranchID
    package let report: VerifyReport
    /// Steps that ended and can be read.
    package var steps: Int64 = 0
    /// Steps whose state can be rebuilt, as ranges.
    package var replayable: [ClosedRange<Int64>] = []
    /// Steps whose state cannot be rebuilt, as ranges.
    package var unreadable: [ClosedRange<Int64>] = []
    /// What is wrong, in the order of the log.
    package var findings: [Finding] = []
    /// The whole branch that a repair has written beside this one.
    package var repairedIn: BranchID?

    /// The worst of all that was found.
    package var verdict: VerifyReport.Verdict {
        let isDamaged = !unreadable.isEmpty || findings.contains { $0.kind != .tornTail }
        return isDamaged ? max(report.verdict, .damaged) : report.verdict
    }

    /// The same, clean where a repair stands beside it.
    package var remainingVerdict: VerifyReport.Verdict {
        repairedIn == nil ? verdict : .clean
    }
}

/// Checks an application's logs.
package enum Verification {
    /// Verifies every byte of an application's branches and rebuilds every state once.
    ///
    /// What it calls clean can be replayed: it reads with the decoder of replay.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - store: where it is.
    ///   - deep: also replay each snapshot from the one before, and rebuild each index.
    /// - Returns: what was found in each branch, oldest first.
    /// - Throws: `ReplayError.store` when the folder cannot be listed.
    /// - Complexity: two passes over the bytes; three when deep.
    package static func run(
        _ name: ApplicationName,
        in store: Store,
        deep: Bool
    ) throws(ReplayError) -> [BranchVerification] {
        let directory = store.directory(of: name)
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try store.storage.list(directory)
        } catch {
            throw .store(.unreadable(path: directory, error))
        }
        var results = BranchFiles.among(entries).map { files in
            check(files.branch, directory: directory, store: store, deep: deep)
        }
        for index in results.indices where results[index].verdict != .clean {
            results[index].repairedIn = repair(of: results[index].branch, among: results)
        }
        return results
    }

    /// Verifies one branch.
    package static func check(
        _ id: BranchID,
        directory: String,
        store: Store,
        deep: Bool
    ) -> BranchVerification {
        let storage = store.storage
        let report = verify(storage: storage, directory: directory, branch: id, deep: deep)
        var result = BranchVerification(branch: id, report: report)
        guard let reader = try? LogReader(storage: storage, directory: directory, branch: id) else {
            return result
        }
        var walk = VerificationWalk(Finding.list(report, reader), reader, isDeep: deep)
        walk.run()
        walk.finish(&result)
        return result
    }

    /// The clean branch at the end of the chain of repairs that begins with one.
    private static func repair(
        of damaged: BranchID,
        among results: [BranchVerification]
    ) -> BranchID? {
        var id = damaged.repair
        while let found = results.first(where: { $0.branch == id }) {
            if found.verdict == .clean { return id }
            id = id.repair
        }
        return nil
    }
}

extension Finding {
    /// What a verification of the bytes has found.
    fileprivate static func list(_ report: VerifyReport, _ reader: LogReader) -> [Finding] {
        var found = report.damages.map { damage in
            Finding(kind: .damage, segment: damage.segment, bytes: damage.bytes)
        }
        found += report.problems.map { Finding($0, reader) }
        if let tail = report.tornTail {
            found.append(
                Finding(
                    kind: .tornTail,
                    segment: tail.segment,
                    bytes: tail.offset..<tail.offset + tail.bytes
                )
            )
        }
        return found
    }

    private init(_ problem: VerifyReport.Problem, _ reader: LogReader) {
        func trailer(_ segment: UInt64) -> SegmentTrailer? {
            reader.segments.first { $0.header.segment == segment }?.trailer
        }
        switch problem {
        case .gap(let segment):
            self.init(kind: .missingSegment, segment: segment, bytes: 0..<0)
        case .wrongIndex(let segment):
            let start = trailer(segment)?.indexOffset ?? 0
            let end = start + (trailer(segment)?.indexLength ?? 0)
            self.init(kind: .wrongIndex, segment: segment, bytes: start..<end)
        case .wrongBody(let segment):
            let end = trailer(segment)?.indexOffset ?? 0
            self.init(kind: .wrongChecksum, segment: segment, bytes: 0..<end)
        case .wrongSnapshot(let segment, let offset):
            self.init(
                kind: .wrongSnapshot,
                segment: segment,
                bytes: offset..<offset,
                reason: "it cannot be read"
            )
        }
    }
}
