// SPDX-License-Identifier: Apache-2.0
// One application in full: what Burr's page asks for every half second.

internal import Replay
internal import Tracking

extension V0Routes {
    /// Reading more of Burr's own log than this is work for another thread.
    private static let longImport: UInt64 = 8 << 20

    func logs(_ request: Request) throws -> Response {
        let name = ApplicationName(
            project: request[parameter: "project"],
            appID: request[parameter: "app"]
        )
        if live.pool.pendingBytes(of: name) > Self.longImport {
            return Response(body: .deferred { try logs(of: name, request) })
        }
        return try logs(of: name, request)
    }

    private func logs(of name: ApplicationName, _ request: Request) throws -> Response {
        let stamp: FolderStamp
        do throws(Problem) {
            stamp = try live.stamp(of: name)
        } catch {
            guard error.status == .notFound else { throw error }
            return V0Error.response(.notFound, error.detail)
        }
        if request.holds(stamp.tag) { return .notModified(stamp.tag) }
        let partition = Self.partition(request[parameter: "partition"])
        // A history of its own: others may read on while this one is sent.
        let history = try open(name)
        let found = try history.meta()
        if let partition, found?.partitionKey != partition {
            return V0Error.response(
                .notFound,
                "App: \(name.appID) from project: \(name.project) not found "
                    + "in partition: \(partition)"
            )
        }
        guard let graph = Self.graph(found) else {
            return V0Error.response(
                .notFound,
                "Graph file for app: \(name.appID) from project: \(name.project) not found"
            )
        }
        let source = try LogsSource(history, graph: graph, live.pool, beginnings)
        return try Self.response(source).with("ETag", stamp.tag)
    }

    private func open(_ name: ApplicationName) throws(ReplayError) -> History {
        do throws(ReplayError) {
            let history = try History(name, in: live.store)
            live.pool.noteDamage(history.problems.count)
            return history
        } catch {
            if case .log = error { live.pool.noteDamage(1) }
            throw error
        }
    }

    private static func graph(_ meta: Meta?) -> [UInt8]? {
        guard let meta, let stored = meta.graph else { return nil }
        var graph: [UInt8] = []
        return BurrGraph.append(stored, to: &graph) ? graph : nil
    }

    /// A short reply whole, a long one as it is read.
    private static func response(_ source: LogsSource) throws -> Response {
        guard case .bytes(let first) = source.next() else {
            throw Problem(.internalError, code: "unreadable", "The log cannot be read.")
        }
        if source.isComplete { return .json(first) }
        let begun = BegunSource(first, source)
        return Response(
            headers: [.init("Content-Type", "application/json")],
            body: .stream { begun.take() }
        )
    }
}

/// A source whose first piece was made already; it is handed over once.
// Safety: made by the thread that answers, then read by the one that sends; never by both.
private final class BegunSource: ChunkSource, @unchecked Sendable {
    private var first: [UInt8]?
    private let source: LogsSource

    init(_ first: [UInt8], _ source: LogsSource) {
        self.first = first
        self.source = source
    }

    func take() -> any ChunkSource { self }

    func next(_ waker: Waker) -> Chunk {
        if let first = first.take() { return .bytes(first) }
        return source.next(waker)
    }

    func finish() { source.finish() }
}
