// SPDX-License-Identifier: Apache-2.0
// Named moments of a history.

internal import EventLog
internal import StateDelta
package import Tracking

/// A moment that somebody gave a name.
package struct Mark: Equatable, Sendable {
    package var name: String
    package var step: Int64
    package var message: String?
    package var author: String?
    /// Nanoseconds since 1970 UTC.
    package var time: Int64

    package init(
        name: String,
        step: Int64,
        message: String? = nil,
        author: String? = nil,
        time: Int64
    ) {
        self.name = name
        self.step = step
        self.message = message
        self.author = author
        self.time = time
    }
}

/// What was done to a mark.
package enum MarkChange: Equatable, Sendable {
    /// It was set, or moved.
    case set(Mark)
    /// The one of this name was taken away.
    case removed(String)
}

/// The marks of an application, in `.marks` in its folder.
package struct Marks: Sendable {
    private let log: SideLog

    /// The folder that they are in, which is there once one was set.
    package var directory: String { log.directory }

    package init(of name: ApplicationName, in store: Store) {
        log = SideLog(".marks", of: name, in: store)
    }

    /// All marks as they stand now, by step and name.
    ///
    /// - Throws: `ReplayError` when their log cannot be read.
    package func all() throws(ReplayError) -> [Mark] {
        var marks: [String: Mark] = [:]
        for change in try changes() {
            switch change {
            case .set(let mark): marks[mark.name] = mark
            case .removed(let name): marks[name] = nil
            }
        }
        return marks.values.sorted { ($0.step, $0.name) < ($1.step, $1.name) }
    }

    /// All that was ever done to the marks, in the order written: more comes at its end only.
    ///
    /// - Throws: `ReplayError` when their log cannot be read.
    package func changes() throws(ReplayError) -> [MarkChange] {
        try log.records(.mark).compactMap { record in
            guard let document = try? StateDocument(validating: record.text),
                let name = Self.string("name", document)
            else { return nil }
            if document.value(at: JSONPointer(parts: ["removed"])) == Array("true".utf8) {
                return .removed(name)
            }
            return .set(
                Mark(
                    name: name,
                    step: record.step,
                    message: Self.string("message", document),
                    author: Self.string("author", document),
                    time: record.time
                )
            )
        }
    }

    /// Sets a mark; one of the same name moves.
    ///
    /// - Throws: `TrackingError` when it cannot be written.
    package func set(_ mark: Mark) throws(TrackingError) {
        var json = JSONText()
        json.object { json in
            json.member("name", mark.name)
            if let message = mark.message { json.member("message", message) }
            if let author = mark.author { json.member("author", author) }
        }
        try log.append(.mark, step: mark.step, text: json.bytes)
    }

    /// Takes a mark away.
    ///
    /// - Throws: `TrackingError` when that cannot be written.
    package func remove(_ name: String) throws(TrackingError) {
        var json = JSONText()
        json.object { json in
            json.member("name", name)
            json.member("removed", true)
        }
        try log.append(.mark, step: -1, text: json.bytes)
    }

    private static func string(_ key: String, _ document: StateDocument) -> String? {
        guard let text = document.value(at: JSONPointer(parts: [key])), text.first == 0x22 else {
            return nil
        }
        let content = Array(text.dropFirst().dropLast())
        return String(decoding: JSONString.decode(content), as: UTF8.self)
    }
}
