// SPDX-License-Identifier: Apache-2.0

// Lists for programs: one JSON array, or one object per line.

internal import StateDelta

/// Writes rows as they come.
struct RowWriter {
    private let output: Output
    private let isArray: Bool
    private var isFirst = true

    init(_ invocation: Invocation) {
        output = invocation.output
        isArray = invocation.format == .json
    }

    /// Writes one row.
    mutating func row(_ members: (inout JSONText) throws -> Void) throws {
        var json = JSONText()
        try json.object(members)
        if isArray { try output.write(isFirst ? "[" : ",") }
        isFirst = false
        try output.write(json.bytes)
        if !isArray { try output.endLine() }
    }

    /// Ends the list.
    mutating func finish() throws {
        guard isArray else { return }
        try output.write(isFirst ? "[]" : "]")
        try output.endLine()
    }
}
