// SPDX-License-Identifier: Apache-2.0

// Changes of a state for people: one line each.

internal import StateDelta

/// Prints changes as lines: `+` added, `-` removed, `~` replaced.
struct EditPrinter {
    let output: Output
    let palette: Palette
    /// The width of the terminal; without one nothing is shortened.
    let limit: Int?

    /// Prints one change.
    func print(_ edit: JSONPatch.Edit) throws {
        let pointer = edit.pointer.description
        let place = pointer.isEmpty ? "(the whole state)" : pointer
        switch (edit.old, edit.new) {
        case (nil, nil): return
        case (nil, .some(let new)): try line("+", place, new, nil, .added)
        case (.some(let old), nil): try line("-", place, old, nil, .removed)
        case (.some(let old), .some(let new)): try line("~", place, old, new, .changed)
        }
    }

    private func line(
        _ glyph: String,
        _ place: String,
        _ first: [UInt8],
        _ second: [UInt8]?,
        _ style: Style
    ) throws {
        try output.write(palette.paint("\(glyph) \(printable(place))", style))
        try output.write("  ")
        guard let limit else {
            try output.write(first)
            if let second {
                try output.write(" \u{2192} ")
                try output.write(second)
            }
            return try output.endLine()
        }
        let room = max(16, limit - 4 - TextWidth.columns(place))
        if let second {
            let half = (room - 3) / 2
            try output.write("\(shown(first, half)) \u{2192} \(shown(second, half))")
        } else {
            try output.write(shown(first, room))
        }
        try output.endLine()
    }

    /// A value in so many columns: only its beginning is read.
    private func shown(_ text: [UInt8], _ columns: Int) -> String {
        let start = String(decoding: text.prefix(4 * columns + 8), as: UTF8.self)
        return TextWidth.shorten(printable(start), to: columns)
    }
}

/// Changes counted by top-level key.
struct EditSummary {
    /// What happened below one key.
    struct Row: Equatable {
        var key: String
        var added = 0
        var removed = 0
        var replaced = 0
        /// Bytes of text that came, less those that went.
        var byteChange = 0
    }

    private(set) var rows: [Row] = []
    private var indexes: [String: Int] = [:]

    /// Counts one change.
    mutating func add(_ edit: JSONPatch.Edit) {
        let key = edit.pointer.parts.first ?? ""
        let index = indexes[key] ?? rows.count
        if index == rows.count {
            indexes[key] = index
            rows.append(Row(key: key))
        }
        switch edit.kind {
        case .added: rows[index].added += 1
        case .removed: rows[index].removed += 1
        case .changed: rows[index].replaced += 1
        }
        rows[index].byteChange += (edit.new?.count ?? 0) - (edit.old?.count ?? 0)
    }
}
