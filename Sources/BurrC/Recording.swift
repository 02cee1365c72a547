// SPDX-License-Identifier: Apache-2.0
// The application behind a handle.

internal import CBurr
internal import EventLog
internal import Replay
internal import Synchronization
internal import Tracking

/// One application being recorded, shared by the threads of a program.
final class Recording: Sendable {
    private let writer: Mutex<BranchWriter?>

    /// Opens the application's log.
    init(_ application: burr_application) throws(CallError) {
        let name = unsafe ApplicationName(
            project: try application.project.required("project"),
            appID: try application.app_id.required("app_id")
        )
        var meta = Meta(name: name)
        meta.partitionKey = unsafe application.partition_key.string
        meta.parent = unsafe application.parent.pointer
        meta.spawningParent = unsafe application.spawning_parent.pointer
        meta.graph = unsafe application.graph.array
        if let graph = meta.graph { meta.actions = ActionNames(BurrJSON.actionNames(graph)) }
        let store = unsafe Store(root: try application.root.required("root"))
        let place = unsafe BranchPlace(
            store: store,
            directory: store.directory(of: name),
            options: LogOptions(durability: application.durabilityOfLog),
            program: application.program.string ?? "C"
        )
        let next = unsafe application.next_step
        let opening =
            unsafe application.state.array.map { OpeningState.text($0, before: next) }
            ?? .unknown(before: next)
        do throws(TrackingError) {
            writer = Mutex(try place.open(meta, opening, next))
        } catch {
            throw .tracking(error)
        }
    }

    /// Runs several events under one lock.
    func withWriter(
        _ body: (inout BranchWriter) throws(TrackingError) -> Void
    ) throws(CallError) {
        try writer.withLock { (writer) throws(CallError) in
            guard var open = writer.take() else { throw .invalid("the writer is closed") }
            do throws(TrackingError) {
                try body(&open)
                writer = consume open
            } catch {
                writer = consume open
                throw .tracking(error)
            }
        }
    }

    /// Writes everything out.
    func close() throws(CallError) {
        try writer.withLock { (writer) throws(CallError) in
            guard let open = writer.take() else { return }
            do throws(TrackingError) { try open.close() } catch { throw .tracking(error) }
        }
    }
}

extension burr_application {
    fileprivate var durabilityOfLog: Durability {
        let span = unsafe Duration.nanoseconds(interval > 0 ? interval : 250_000_000)
        return switch unsafe Int(durability) {
        case BURR_EVERY_STEP: .everyStep
        case BURR_OS: .os
        case BURR_BUFFERED: .buffered(maxDelay: span)
        default: .interval(span)
        }
    }
}

extension BranchPlace {
    /// Goes on with the newest branch where it can, else opens another one.
    fileprivate func open(
        _ meta: Meta,
        _ opening: OpeningState,
        _ next: Int64
    ) throws(TrackingError) -> BranchWriter {
        let entries = (try? store.storage.list(directory)) ?? []
        var point: BranchPoint?
        if let newest = BranchFiles.among(entries).last {
            do throws(TrackingError) {
                var writer = try BranchWriter.open(self, branch: newest.branch, meta: meta)
                if writer.lastEnded == next - 1 {
                    do throws(LogError) {
                        try writer.replaceMeta(meta, time: store.storage.currentTime)
                    } catch {
                        throw .log(error)
                    }
                    return writer
                }
                try writer.close()
            } catch .log(.lockedByAnotherWriter) {
            }
            if next > 0 { point = BranchPoint(branch: newest.branch, step: next - 1) }
        }
        return try BranchWriter.create(
            self,
            meta: meta,
            continuing: point,
            opening: opening,
            time: store.storage.currentTime
        )
    }
}
