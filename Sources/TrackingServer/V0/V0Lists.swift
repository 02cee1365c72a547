// SPDX-License-Identifier: Apache-2.0
// Projects and applications, as Burr's API lists them.

internal import EventLog
internal import Glibc
internal import StateDelta
internal import Tracking

extension V0Routes {
    func projects() throws -> Response {
        let names: [String]
        do throws(StoreError) {
            names = try live.catalog.projects()
        } catch {
            // A store that is not there yet is an empty one.
            if case .noStore = error { return .json(Array("[]".utf8)) }
            throw Problem(.internalError, code: "unreadable", "\(error)")
        }
        return V0Routes.tagged(
            .json { json in
                json.array { json in
                    for name in names { write(project: name, &json) }
                }
            }
        )
    }

    private func write(project: String, _ json: inout JSONText) {
        let applications = (try? live.applications(in: project)) ?? []
        let created = FolderTime.changed(live.store.directory(project: project))
        let last = applications.compactMap(\.lastWritten).max()
        let first = applications.compactMap(\.firstWritten).min()
        json.object { json in
            json.member("name", project)
            json.member("id", project)
            json.member("last_written", last ?? created)
            json.member("created", first ?? created)
            json.member("num_apps", applications.count)
            json.member("uri", V0Routes.uri(project))
        }
    }

    /// The examples that Burr's demo projects come from.
    private static func uri(_ project: String) -> String {
        let examples = "https://github.com/apache/burr/tree/main/examples"
        switch project {
        case "demo_counter": return "\(examples)/hello-world-counter"
        case "demo_tracing": return "\(examples)/tracing-and-spans/application.py"
        case "demo_chatbot": return "\(examples)/multi-modal-chatbot"
        case "demo_conversational-rag": return "\(examples)/conversational-rag"
        default: return ""
        }
    }

    func applications(_ request: Request) throws -> Response {
        var numbers = ["limit": 100, "offset": 0]
        for name in ["limit", "offset"] {
            guard let text = request.query(name) else { continue }
            guard let number = Int(text) else { return V0Error.notInteger("query", name, text) }
            numbers[name] = number
        }
        let project = request[parameter: "project"]
        let partition = request[parameter: "partition"]
        let limit = numbers["limit"] ?? 100
        let offset = numbers["offset"] ?? 0
        return try lists.reply("\(limit) \(offset) \(partition) / \(project)") {
            try page(of: project, Self.partition(partition), offset, limit)
        }
    }

    private func page(
        of project: String,
        _ partition: String?,
        _ offset: Int,
        _ limit: Int
    ) throws -> Response {
        var rows: [ApplicationSummary] = []
        do throws(StoreError) {
            rows = try live.applications(in: project)
        } catch {
            guard case .noProject = error else {
                throw Problem(.internalError, code: "unreadable", "\(error)")
            }
        }
        if let partition { rows = rows.filter { $0.partitionKey == partition } }
        rows.sort { ($0.lastWritten ?? 0, $0.name.appID) > ($1.lastWritten ?? 0, $1.name.appID) }
        let page = Self.slice(rows, offset, limit)
        return V0Routes.tagged(
            .json { json in
                json.object { json in
                    json.key("applications")
                    json.array { json in
                        for row in page { Self.write(row, &json) }
                    }
                    json.member("total", rows.count)
                    json.member("has_another_page", rows.count > offset.addingClamped(limit))
                }
            }
        )
    }

    /// `rows[offset:offset + limit]`, as Python reads it, negative numbers included.
    private static func slice(
        _ rows: [ApplicationSummary],
        _ offset: Int,
        _ limit: Int
    ) -> ArraySlice<ApplicationSummary> {
        func place(_ index: Int) -> Int {
            min(max(index < 0 ? index.addingClamped(rows.count) : index, 0), rows.count)
        }
        let start = place(offset)
        return rows[start..<max(start, place(offset.addingClamped(limit)))]
    }

    private static func write(_ row: ApplicationSummary, _ json: inout JSONText) {
        json.object { json in
            json.member("app_id", row.name.appID)
            json.member("partition_key", row.partitionKey)
            json.member("first_written", row.firstWritten ?? row.lastWritten ?? 0)
            json.member("last_written", row.lastWritten ?? 0)
            json.member("num_steps", Int(row.lastStep.map { $0.addingClamped(1) } ?? 0))
            json.key("tags")
            json.object { _ in }
            json.key("parent_pointer")
            json.burrPointer(row.parent)
            json.key("spawning_parent_pointer")
            json.burrPointer(row.spawningParent)
        }
    }

    /// The response with a tag of its bytes, for a client that asks every half second.
    static func tagged(_ response: Response) -> Response {
        guard case .bytes(let bytes) = response.body else { return response }
        return response.with("ETag", "\"\(String(XXH64.hash(bytes.rawSpan), radix: 36))\"")
    }
}

extension JSONText {
    /// Writes a member that is a time, as `2026-11-24T02:14:28.648263Z`.
    fileprivate mutating func member(_ name: String, _ nanoseconds: Int64) {
        key(name)
        var text: [UInt8] = []
        let hasFraction = (nanoseconds / 1_000) % 1_000_000 != 0
        EventTime(nanoseconds: nanoseconds, form: hasFraction ? .utc : .utcShort).append(to: &text)
        raw(text)
    }
}

extension FixedWidthInteger {
    /// The sum, or the nearest number there is.
    func addingClamped(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

/// When a folder changed.
enum FolderTime {
    /// Nanoseconds since 1970 UTC; 0 when it is gone.
    static func changed(_ path: String) -> Int64 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}
