// SPDX-License-Identifier: Apache-2.0
// The payloads of META and SESSION (Formats/events.md, sections 2 and 3).

package import EventLog

/// What a log belongs to; the first record of each segment.
package struct Meta: Equatable, Sendable {
    package var name: ApplicationName
    package var partitionKey: String?
    package var parent: ParentPointer?
    package var spawningParent: ParentPointer?
    /// Burr's `graph.json`, byte for byte.
    package var graph: [UInt8]?
    /// Burr's `metadata.json`, byte for byte.
    package var metadata: [UInt8]?
    package var isImported: Bool
    package var actions: ActionNames

    package init(name: ApplicationName, isImported: Bool = false) {
        self.name = name
        self.isImported = isImported
        actions = ActionNames()
    }

    private enum Flag {
        static let partition: UInt64 = 1
        static let parent: UInt64 = 2
        static let spawningParent: UInt64 = 4
        static let graph: UInt64 = 8
        static let metadata: UInt64 = 16
        static let imported: UInt64 = 32
    }

    /// Writes the payload.
    package func encode(to writer: inout ByteWriter) {
        var flags: UInt64 = isImported ? Flag.imported : 0
        if partitionKey != nil { flags |= Flag.partition }
        if parent != nil { flags |= Flag.parent }
        if spawningParent != nil { flags |= Flag.spawningParent }
        if graph != nil { flags |= Flag.graph }
        if metadata != nil { flags |= Flag.metadata }
        writer.varint(flags)
        writer.string(name.project)
        writer.string(name.appID)
        if let partitionKey { writer.string(partitionKey) }
        if let parent { parent.encode(to: &writer) }
        if let spawningParent { spawningParent.encode(to: &writer) }
        writer.u64(graph.map { XXH64.hash($0.rawSpan) } ?? 0)
        if let graph { writer.string(graph) }
        if let metadata { writer.string(metadata) }
        writer.varint(UInt64(actions.names.count))
        for action in actions.names { writer.string(action) }
    }

    /// Reads the payload.
    ///
    /// - Throws: `FormatError` when the bytes are not a META.
    package init(decoding reader: inout ByteReader) throws(FormatError) {
        let flags = try reader.varint()
        isImported = flags & Flag.imported != 0
        name = ApplicationName(project: try reader.text(), appID: try reader.text())
        partitionKey = flags & Flag.partition != 0 ? try reader.text() : nil
        parent = flags & Flag.parent != 0 ? try ParentPointer(decoding: &reader) : nil
        let isSpawned = flags & Flag.spawningParent != 0
        spawningParent = isSpawned ? try ParentPointer(decoding: &reader) : nil
        _ = try reader.u64()
        graph = flags & Flag.graph != 0 ? try reader.array() : nil
        metadata = flags & Flag.metadata != 0 ? try reader.array() : nil
        let count = try reader.varint()
        guard count <= UInt64(reader.remaining) else {
            throw FormatError.invalid(offset: reader.offset)
        }
        var names: [[UInt8]] = []
        for _ in 0..<count { names.append(try reader.array()) }
        actions = ActionNames(names)
    }
}

extension ParentPointer {
    func encode(to writer: inout ByteWriter) {
        writer.string(appID)
        writer.varint((step == nil ? 0 : 1) | (partitionKey == nil ? 0 : 2))
        if let step { writer.zigzag(step) }
        if let partitionKey { writer.string(partitionKey) }
    }

    init(decoding reader: inout ByteReader) throws(FormatError) {
        appID = try reader.text()
        let flags = try reader.varint()
        step = flags & 1 != 0 ? try reader.step() : nil
        partitionKey = flags & 2 != 0 ? try reader.text() : nil
    }
}

/// Who writes from a point on.
package struct Session: Equatable, Sendable {
    package var program: String
    package var processID: UInt64
    package var host: String
    package var bootID: String
    package var number: UInt64

    package init(
        program: String,
        processID: UInt64,
        host: String,
        bootID: String,
        number: UInt64
    ) {
        self.program = program
        self.processID = processID
        self.host = host
        self.bootID = bootID
        self.number = number
    }

    /// Writes the payload.
    package func encode(to writer: inout ByteWriter) {
        writer.string(program)
        writer.varint(processID)
        writer.string(host)
        writer.string(bootID)
        writer.varint(number)
    }

    /// Reads the payload.
    ///
    /// - Throws: `FormatError` when the bytes are not a SESSION.
    package init(decoding reader: inout ByteReader) throws(FormatError) {
        program = try reader.text()
        processID = try reader.varint()
        host = try reader.text()
        bootID = try reader.text()
        number = try reader.varint()
    }
}
