// SPDX-License-Identifier: Apache-2.0
// Links: what an application's log says of those that came from it.

internal import EventLog

/// How one application came from another.
package enum LinkKind: String, Sendable {
    /// It goes on from a step of the other.
    case fork
    /// A step of the other started it.
    case spawnStart = "spawn_start"
}

extension Tracker {
    /// Records in a parent's log that this application came from it.
    ///
    /// Where another process is writing the parent's log, the link stands in a log beside it.
    ///
    /// - Throws: `TrackingError` with `FailurePolicy.raise` only.
    func link(_ parent: ParentPointer, as kind: LinkKind) throws(TrackingError) {
        let name = ApplicationName(project: application.name.project, appID: parent.appID)
        guard name != application.name else { return }
        let time = self.time
        let line = childLine(kind, step: parent.step, time: time)
        let step = parent.step ?? -1
        // One that has no log open, as after a fork of the process, would open a branch for it.
        if let open = options.peers.tracker(of: name, in: application.store), open.isOpen {
            return try open.event(.child, step: step, time: time, text: line.rawSpan)
        }
        do throws(TrackingError) {
            do throws(TrackingError) {
                try append(line, step: step, time: time, toLogOf: name)
            } catch .log(.lockedByAnotherWriter) {
                try append(line, step: step, time: time, besideLogOf: name)
            }
        } catch {
            if options.onFailure == .raise { throw error }
            options.warn("the link from \(name) to \(application.name) is not recorded: \(error)")
        }
    }

    private func append(
        _ line: [UInt8],
        step: Int64,
        time: Int64,
        toLogOf name: ApplicationName
    ) throws(TrackingError) {
        let place = place(application.store.directory(of: name))
        guard let newest = try newestBranch(in: place) else { return }
        let writer = try BranchWriter.open(place, branch: newest, meta: Meta(name: name))
        try append(line, step: step, time: time, to: writer)
    }

    /// Never waits: where that log is being written as well, there is one more branch of it.
    private func append(
        _ line: [UInt8],
        step: Int64,
        time: Int64,
        besideLogOf name: ApplicationName
    ) throws(TrackingError) {
        let place = place("\(application.store.directory(of: name))/\(BranchFiles.linksFolder)")
        let meta = Meta(name: name)
        if let newest = try newestBranch(in: place) {
            do throws(TrackingError) {
                let writer = try BranchWriter.open(place, branch: newest, meta: meta)
                return try append(line, step: step, time: time, to: writer)
            } catch .log(.lockedByAnotherWriter) {}
        }
        let writer = try BranchWriter.create(
            place,
            meta: meta,
            continuing: nil,
            opening: .unknown(before: 0),
            time: time
        )
        try append(line, step: step, time: time, to: writer)
    }

    private func append(
        _ line: [UInt8],
        step: Int64,
        time: Int64,
        to writer: consuming BranchWriter
    ) throws(TrackingError) {
        do throws(LogError) {
            try writer.event(.child, step: step, time: time, text: line.rawSpan)
        } catch {
            throw .log(error)
        }
        try writer.close()
    }

    private func place(_ directory: String) -> BranchPlace {
        BranchPlace(
            store: application.store,
            directory: directory,
            options: LogOptions(durability: .os),
            policy: options.snapshots,
            program: options.program
        )
    }

    private func newestBranch(in place: BranchPlace) throws(TrackingError) -> BranchID? {
        do throws(Errno) {
            return BranchFiles.among(try place.store.storage.list(place.directory)).last?.branch
        } catch .noEntry {
            return nil
        } catch {
            throw .log(.io(error, .list, path: place.directory))
        }
    }

    private func childLine(_ kind: LinkKind, step: Int64?, time: Int64) -> [UInt8] {
        var line: [UInt8] = []
        line.append(literal: "{\"type\":\"child_application_data\",\"child\":")
        line.append(literal: "{\"type\":\"pointer_data\",\"app_id\":")
        BurrText.appendQuoted(Array(application.name.appID.utf8), to: &line)
        line.append(literal: ",\"sequence_id\":null,\"partition_key\":")
        if let key = application.partitionKey {
            BurrText.appendQuoted(Array(key.utf8), to: &line)
        } else {
            line.append(literal: "null")
        }
        line.append(literal: "},\"event_time\":")
        EventTime(nanoseconds: time).append(to: &line)
        line.append(literal: ",\"event_type\":\"")
        line.append(contentsOf: kind.rawValue.utf8)
        line.append(literal: "\",\"sequence_id\":")
        if let step { line.append(decimal: step) } else { line.append(literal: "null") }
        line.append(literal: "}")
        return line
    }
}
