// SPDX-License-Identifier: Apache-2.0
// Burr's graph.json and metadata.json, as far as the log needs them.

internal import EventLog
internal import StateDelta
package import Tracking

extension Meta {
    /// Describes a Burr application from its files; what is missing or unreadable is left out.
    ///
    /// - Parameters:
    ///   - name: the application.
    ///   - graph: `graph.json`, byte for byte.
    ///   - metadata: `metadata.json`, byte for byte.
    package init(name: ApplicationName, graph: [UInt8]?, metadata: [UInt8]?) {
        self.init(name: name, isImported: true)
        self.graph = graph
        self.metadata = metadata
        if let graph { actions = ActionNames(BurrJSON.actionNames(graph)) }
        guard let metadata, let members = BurrJSON.members(metadata) else { return }
        partitionKey = BurrJSON.text(members.value("partition_key"), in: metadata)
        parent = BurrJSON.pointer(members.value("parent_pointer"), in: metadata)
        spawningParent = BurrJSON.pointer(members.value("spawning_parent_pointer"), in: metadata)
    }
}

extension Meta {
    /// How many actions the graph lists.
    var graphActionCount: Int { graph.map { BurrJSON.actionNames($0).count } ?? 0 }
}

/// Reading Burr's small JSON files.
package enum BurrJSON {
    /// Whether a text is one JSON value.
    package static func isValue(_ text: [UInt8]) -> Bool {
        do { try JSONScanner.validate(text.rawSpan) } catch { return false }
        return true
    }

    /// The members of a text that is one JSON object.
    static func members(_ text: [UInt8]) -> LineMembers? {
        do { try JSONScanner.validate(text.rawSpan) } catch { return nil }
        return LineMembers(text.span)
    }

    /// The string at a range, decoded; `nil` for `null` and any other value.
    package static func text(_ range: Range<Int>?, in text: [UInt8]) -> String? {
        guard let range, range.count >= 2, text[range.lowerBound] == UInt8(ascii: "\"") else {
            return nil
        }
        let raw = Array(text[(range.lowerBound + 1)..<(range.upperBound - 1)])
        return String(decoding: JSONString.decode(raw), as: UTF8.self)
    }

    /// The pointer at a range: `{"app_id": ..., "sequence_id": ..., "partition_key": ...}`.
    static func pointer(_ range: Range<Int>?, in text: [UInt8]) -> ParentPointer? {
        guard let range else { return nil }
        let object = Array(text[range])
        let members = LineMembers(object.span)
        guard let appID = self.text(members.value("app_id"), in: object) else { return nil }
        return ParentPointer(
            appID: appID,
            step: members.integer("sequence_id", in: object.span),
            partitionKey: self.text(members.value("partition_key"), in: object)
        )
    }

    /// The names of a graph's actions, in its order.
    package static func actionNames(_ graph: [UInt8]) -> [[UInt8]] {
        guard let members = members(graph), let list = members.value("actions") else { return [] }
        var names: [[UInt8]] = []
        var cursor = LineCursor(graph.span)
        cursor.position = list.lowerBound
        guard cursor.skip("[") else { return [] }
        while true {
            cursor.skipWhiteSpace()
            guard let element = cursor.value() else { return names }
            let action = Array(graph[element])
            let fields = LineMembers(action.span)
            if let name = text(fields.value("name"), in: action) { names.append(Array(name.utf8)) }
            cursor.skipWhiteSpace()
            guard cursor.skip(",") else { return names }
        }
    }
}
