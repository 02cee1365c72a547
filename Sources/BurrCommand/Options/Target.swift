// SPDX-License-Identifier: Apache-2.0

// From what was typed to an application, its history and a step.

internal import Glibc
internal import Replay
internal import StateDelta
internal import Tracking

extension Invocation {
    /// The application that an operand names.
    func application(_ text: String) throws -> ApplicationName {
        guard let name = PageLink(text)?.application else {
            return try Catalog(store).resolve(text, project: settings.project)
        }
        let found = try Catalog(store).resolve(name.description, project: settings.project)
        // A link names one application whole, not the beginning of others.
        guard found == name else { throw CommandError(.notFound, "there is no \(name)") }
        return found
    }

    /// The projects to look in: the one that was named, or all.
    func projects(_ named: String?) throws(StoreError) -> [String] {
        if let named { return [named] }
        return try Catalog(store).projects()
    }

    /// The applications of a project, or of all.
    func applications(in project: String?) throws(StoreError) -> [ApplicationSummary] {
        var found: [ApplicationSummary] = []
        for project in try projects(project) {
            found += try Catalog(store).applications(in: project)
        }
        return found
    }

    /// The history of the application that the first operand names.
    func history() throws -> History {
        let name = try application(operand(0) ?? "-")
        let history: History
        do throws(ReplayError) {
            history = try History(name, in: store)
        } catch {
            if case .noSteps = error, Catalog(store).summary(of: name).status == .notImported {
                throw notImported(name)
            }
            throw error
        }
        for problem in history.problems {
            diagnostics.warning("branch \(problem.branch) is left out: \(problem.error)")
        }
        return history
    }

    /// What imports an application; into a store elsewhere where its folder cannot be written to.
    func importing(_ name: ApplicationName) -> String {
        unsafe access(store.directory(of: name), W_OK) == 0
            ? "burr import" : "burr import \(store.root) --store DIR"
    }

    /// Tells how to import an application; elsewhere where its folder cannot be written to.
    func notImported(_ name: ApplicationName) -> CommandError {
        let folder = store.directory(of: name)
        guard unsafe access(folder, W_OK) != 0 else {
            return CommandError(.notFound, "\(name) has not been imported yet. Do: burr import")
        }
        return CommandError(
            .notFound,
            "\(name) has not been imported, and \(folder) cannot be written to. Import into a "
                + "store elsewhere: burr import \(store.root) --store DIR"
        )
    }

    /// The step that a ref names.
    func position(_ ref: String, in history: History) throws -> StepPosition {
        try history.resolve(try Ref(ref), now: Instant.now)
    }

    /// The JSON Pointer of `--path`.
    func path() throws -> JSONPointer? {
        try (value(.path) ?? link?.path).map { text throws(CommandError) in
            do throws(JSONPointerError) {
                return try JSONPointer(text)
            } catch {
                throw usage("--path '\(text)': \(error)")
            }
        }
    }
}

extension History {
    /// Visits the steps of a line with a body that may fail.
    func forEachRow(
        _ line: [LinePart],
        reversed: Bool = false,
        range: ClosedRange<Int64> = 0...Int64.max,
        _ body: (LineRow) throws -> Bool
    ) throws {
        var failure: (any Error)?
        try eachRow(line, reversed: reversed, range: range) { row in
            do {
                return try body(row)
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }
}

extension LineRow {
    /// When the step began, in nanoseconds since 1970.
    var startTime: Int64 { row.start.multipliedClamped(by: 1_000) }

    /// How long it took, in nanoseconds; nothing before its end.
    var duration: Int64? {
        row.status == .begun ? nil : row.duration.multipliedClamped(by: 1_000)
    }

    /// The keys it changed, as people read them.
    var changedKeys: [String] { changed.map(Key.decoded) }
}

extension Int64 {
    /// The product, or the nearest number there is.
    func multipliedClamped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? (self < 0 ? .min : .max) : product
    }
}

/// Top-level keys of a state.
enum Key {
    /// A key as written between its quotes, decoded.
    static func decoded(_ written: String) -> String {
        guard written.utf8.contains(UInt8(ascii: "\\")) else { return written }
        return String(decoding: JSONString.decode(Array(written.utf8)), as: UTF8.self)
    }

    /// The JSON Pointer of a decoded key.
    static func pointer(_ key: String) -> String {
        JSONPointer(parts: [key]).description
    }
}
