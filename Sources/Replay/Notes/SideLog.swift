// SPDX-License-Identifier: Apache-2.0
// Logs beside an application's own: what people say about a run is no part of the run.

package import EventLog
package import Tracking

/// A small log in a hidden folder, for what is written about an application.
///
/// An application's own log may be in the hands of its program: writing here never disturbs it.
package struct SideLog: Sendable {
    private let store: Store
    private let name: ApplicationName
    let directory: String

    /// One record.
    package struct Record: Sendable {
        /// Nanoseconds since 1970 UTC.
        package let time: Int64
        /// The step it belongs to; -1 for none.
        package let step: Int64
        /// One JSON object.
        package let text: [UInt8]
    }

    /// Names a log, which need not be there yet.
    ///
    /// - Parameters:
    ///   - folder: the hidden folder within the application's, as `.marks`.
    ///   - name: the application.
    ///   - store: where it is.
    package init(_ folder: String, of name: ApplicationName, in store: Store) {
        self.store = store
        self.name = name
        directory = "\(store.directory(of: name))/\(folder)"
    }

    /// The records of a type, in the order written.
    ///
    /// - Throws: `ReplayError` when the log is there and cannot be read.
    /// - Complexity: O(log).
    package func records(_ type: RecordType) throws(ReplayError) -> [Record] {
        var found: [Record] = []
        for files in branches() {
            do throws(LogError) {
                let branch = try Branch(
                    files,
                    directory: directory,
                    storage: store.storage
                )
                for segment in branch.reader.segments {
                    _ = try branch.reader.scan(segment: segment.header.segment) { record in
                        guard record.type == type else { return .proceed }
                        var reader = ByteReader(record.payload)
                        if let step = try? reader.zigzag() {
                            let text = reader.rest().array
                            found.append(Record(time: record.time, step: step, text: text))
                        }
                        return .proceed
                    }
                }
            } catch {
                throw .log(error)
            }
        }
        return found
    }

    /// Writes a record, durably.
    ///
    /// - Throws: `TrackingError` when the log cannot be written.
    package func append(_ type: RecordType, step: Int64, text: [UInt8]) throws(TrackingError) {
        let time = store.storage.currentTime
        var writer = try open(time)
        do throws(LogError) {
            try writer.event(type, step: step, time: time, text: text.rawSpan)
        } catch {
            throw .log(error)
        }
        try writer.close()
    }

    /// The newest branch, or one more where another server is writing there right now.
    private func open(_ time: Int64) throws(TrackingError) -> BranchWriter {
        let place = BranchPlace(
            store: store,
            directory: directory,
            options: LogOptions(durability: .everyStep),
            program: "burr serve"
        )
        if let newest = branches().last {
            do throws(TrackingError) {
                return try BranchWriter.open(place, branch: newest.branch, meta: Meta(name: name))
            } catch {
                guard case .log(.lockedByAnotherWriter) = error else { throw error }
            }
        }
        return try BranchWriter.create(
            place,
            meta: Meta(name: name),
            continuing: nil,
            opening: .unknown(before: 0),
            time: time
        )
    }

    private func branches() -> [BranchFiles] {
        BranchFiles.among((try? store.storage.list(directory)) ?? [])
    }
}
