// SPDX-License-Identifier: Apache-2.0

// Aligned columns. Rows stream: widths come from the first of them.

/// One column of a table.
struct TableColumn {
    let title: String
    /// Numbers stand at the right.
    var isRightAligned = false
    /// Whether its text may be shortened where a terminal is too narrow.
    var isFlexible = false
}

/// One cell of a table.
struct TableCell {
    let text: String
    let style: Style

    init(_ text: String, _ style: Style = .plain) {
        self.text = printable(text)
        self.style = style
    }
}

/// Prints rows under a heading; nothing at all where there is no row.
struct TablePrinter {
    /// Rows that are looked at before the first is printed.
    private static let lookahead = 1_000
    private static let narrowest = 8

    /// What is printed under the heading.
    private enum Line {
        case row([TableCell])
        case remark(TableCell)
    }

    private let columns: [TableColumn]
    private let output: Output
    private let palette: Palette
    private let limit: Int?
    private var waiting: [Line] = []
    private var widths: [Int]?

    /// Creates a printer.
    ///
    /// - Parameters:
    ///   - columns: The columns, from left to right.
    ///   - output: Where rows go.
    ///   - palette: The colours of cells.
    ///   - limit: The width of the terminal; without one nothing is shortened.
    init(columns: [TableColumn], output: Output, palette: Palette, limit: Int?) {
        self.columns = columns
        self.output = output
        self.palette = palette
        self.limit = limit
    }

    /// Creates a printer for what a command answers.
    init(columns: [TableColumn], _ invocation: Invocation) {
        self.init(
            columns: columns,
            output: invocation.output,
            palette: invocation.palette,
            limit: invocation.columns
        )
    }

    /// Adds a row of one cell per column.
    mutating func row(_ cells: [TableCell]) throws {
        try add(.row(cells))
    }

    /// Adds a line about the row before it, as wide as it is.
    mutating func remark(_ text: String) throws {
        try add(.remark(TableCell(text)))
    }

    private mutating func add(_ line: Line) throws {
        if let widths {
            try print(line, widths)
        } else {
            waiting.append(line)
            if waiting.count >= Self.lookahead { try release() }
        }
    }

    /// Prints what is still waiting.
    mutating func finish() throws {
        if widths == nil && !waiting.isEmpty { try release() }
    }

    private mutating func release() throws {
        let heading = columns.map { TableCell($0.title, .heading) }
        var widths = heading.map { TextWidth.columns($0.text) }
        for case .row(let cells) in waiting {
            for column in widths.indices {
                widths[column] = max(widths[column], TextWidth.columns(cells[column].text))
            }
        }
        if let limit { fit(&widths, limit) }
        self.widths = widths
        try print(heading, widths)
        for line in waiting { try print(line, widths) }
        waiting = []
    }

    private func print(_ line: Line, _ widths: [Int]) throws {
        switch line {
        case .row(let cells): try print(cells, widths)
        case .remark(let cell):
            try output.write("  " + palette.paint(cell.text, cell.style))
            try output.endLine()
        }
    }

    /// Takes columns off the widest flexible column until the row fits or nothing can be taken.
    private func fit(_ widths: inout [Int], _ limit: Int) {
        let gaps = 2 * (widths.count - 1)
        while widths.reduce(gaps, +) > limit {
            let candidates = widths.indices.filter {
                columns[$0].isFlexible && widths[$0] > Self.narrowest
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    private func print(_ cells: [TableCell], _ widths: [Int]) throws {
        var line = ""
        let last = cells.lastIndex { !$0.text.isEmpty } ?? 0
        for (index, cell) in cells.prefix(last + 1).enumerated() {
            let isShortened = limit != nil && columns[index].isFlexible
            let text = isShortened ? TextWidth.shorten(cell.text, to: widths[index]) : cell.text
            let space = String(
                repeating: " ",
                count: max(0, widths[index] - TextWidth.columns(text))
            )
            let painted = palette.paint(text, cell.style)
            if columns[index].isRightAligned {
                line += space + painted
            } else {
                line += index == last ? painted : painted + space
            }
            if index < last { line += "  " }
        }
        try output.write(line)
        try output.endLine()
    }
}
