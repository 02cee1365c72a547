// SPDX-License-Identifier: Apache-2.0
// A page of many modules as one script and one style sheet: it opens with few requests, and a
// browser keeps both until they change.

internal import EventLog

/// Joins the ES modules and the style sheets that an `index.html` names.
///
/// Each module becomes a function that gives its exports, called once, those it imports first. So
/// it has a scope of its own as before. Modules may use `import { a, b as c } from './x.js';` and
/// `export` before a declaration, each at the beginning of a line, and may not import in circles.
struct PageBundle {
    /// What cannot be joined.
    enum Failure: Error, Equatable {
        case noEntry
        case missing(String)
        case circular(String)
        case statement(String, line: String)
    }

    /// A line of the index.
    private enum Line {
        case text(Substring)
        case script
        case style
    }

    private(set) var script = ""
    private(set) var style = ""
    /// What was joined: paths below the page's root.
    private(set) var joined: Set<String> = []
    private var index: [Line] = []
    private let read: (String) -> String?
    /// The modules that are in the script, by their path, and the constants that hold them.
    private var names: [String: String] = [:]
    private var open: Set<String> = []

    /// Joins what an index names.
    ///
    /// - Parameters:
    ///   - html: the text of `index.html`, with one such element in a line.
    ///   - read: gives the text of a file of the page.
    /// - Throws: ``Failure``.
    /// - Complexity: linear in the size of the page.
    init(index html: String, read: @escaping (String) -> String?) throws(Failure) {
        self.read = read
        var entry: String?
        for line in html.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("<link rel=\"stylesheet\""), let path = Self.path(line, "href") {
                if joined.isEmpty { index.append(.style) }
                style += try text(path)
                joined.insert(path)
            } else if line.hasPrefix("<script type=\"module\""), entry == nil {
                index.append(.script)
                entry = Self.path(line, "src")
            } else {
                index.append(.text(line))
            }
        }
        guard let entry else { throw .noEntry }
        try add(entry)
    }

    /// The index with the names of both files.
    ///
    /// - Parameters:
    ///   - script: the path of the script below the root.
    ///   - style: that of the style sheet.
    /// - Returns: the text.
    func index(script: String, style: String) -> String {
        index.map { line in
            switch line {
            case .text(let text): String(text)
            case .style: "<link rel=\"stylesheet\" href=\"/\(style)\">"
            case .script: "<script type=\"module\" src=\"/\(script)\"></script>"
            }
        }.joined(separator: "\n")
    }

    private static func path(_ line: Substring, _ attribute: String) -> String? {
        let parts = line.split(separator: "\(attribute)=\"/", maxSplits: 1)
        guard parts.count == 2, let end = parts[1].firstIndex(of: "\"") else { return nil }
        return String(parts[1][..<end])
    }

    private func text(_ path: String) throws(Failure) -> String {
        guard let text = read(path) else { throw .missing(path) }
        return text
    }

    // MARK: Modules

    private mutating func add(_ path: String) throws(Failure) {
        guard names[path] == nil else { return }
        guard open.insert(path).inserted else { throw .circular(path) }
        var body = ""
        var exports: [String] = []
        var statement = ""
        for line in try text(path).split(separator: "\n", omittingEmptySubsequences: false) {
            if !statement.isEmpty || line.hasPrefix("import ") {
                statement += "\(line) "
                guard line.hasSuffix(";") else { continue }
                body += "\(try imported(statement, in: path))\n"
                statement = ""
            } else if line.hasPrefix("export ") {
                let declaration = line.dropFirst("export ".count)
                exports.append(try Self.name(declaration, in: path))
                body += "\(declaration)\n"
            } else {
                body += "\(line)\n"
            }
        }
        let name = "m\(names.count)"
        names[path] = name
        joined.insert(path)
        script += "// \(path)\nconst \(name) = (() => {\n\(body)"
        script += "return { \(exports.joined(separator: ", ")) };\n})();\n"
        open.remove(path)
    }

    /// An import as a declaration; the module it names is added first.
    private mutating func imported(
        _ statement: String,
        in path: String
    ) throws(Failure) -> String {
        let parts = statement.split(separator: " from '")
        guard parts.count == 2, parts[0].hasPrefix("import {"), parts[0].hasSuffix("}"),
            let end = parts[1].firstIndex(of: "'")
        else { throw .statement(path, line: statement) }
        let module = Self.resolve(String(parts[1][..<end]), from: path)
        try add(module)
        guard let name = names[module] else { throw .missing(module) }
        let list = parts[0].dropFirst("import ".count)
            .split(separator: " as ").joined(separator: ": ")
        return "const \(list) = \(name);"
    }

    /// The name that a declaration declares.
    private static func name(
        _ declaration: Substring,
        in path: String
    ) throws(Failure) -> String {
        let words = declaration.split(separator: " ")
            .drop { ["async", "function", "function*", "class", "const"].contains($0) }
        guard words.count < declaration.split(separator: " ").count,
            let name = words.first?.prefix(while: {
                $0.isLetter || $0.isNumber || "_$".contains($0)
            }),
            !name.isEmpty
        else { throw .statement(path, line: String(declaration)) }
        return String(name)
    }

    private static func resolve(_ reference: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in reference.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }
}

extension Site {
    /// The page with its modules and its style sheets joined; as it is where that is not possible.
    package func joined() -> Site {
        guard let html = text("index.html"),
            let bundle = try? PageBundle(index: html, read: { text($0) })
        else { return self }
        let script = File(path: "app.js", bytes: Array(bundle.script.utf8), isImmutable: true)
        let style = File(path: "app.css", bytes: Array(bundle.style.utf8), isImmutable: true)
        let names = (script: "app-\(script.hash).js", style: "app-\(style.hash).css")
        let index = bundle.index(script: names.script, style: names.style)
        var site = self
        site.files = files.filter { !bundle.joined.contains($0.key) }
        site.files[names.script] = script
        site.files[names.style] = style
        site.files["index.html"] = File(path: "index.html", bytes: Array(index.utf8))
        return site
    }

    private func text(_ path: String) -> String? {
        files[path].map { String(decoding: $0.body.bytes, as: UTF8.self) }
    }
}
