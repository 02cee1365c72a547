// SPDX-License-Identifier: Apache-2.0
// The files of a page, in memory: no path of a request ever reaches the file system.

package import EventLog
internal import StateDelta
internal import Tracking

/// A page: its files, by their paths below the root.
package struct Site: Sendable {
    /// A file as it is sent.
    package struct File: Sendable {
        package let type: String
        /// What changes with the content.
        package let hash: String
        /// Whether its name has the hash in it.
        package let isImmutable: Bool
        let body: PreparedBody

        package var tag: String { "\"\(hash)\"" }

        package init(path: String, bytes: [UInt8], isImmutable: Bool = false) {
            type = Site.mediaType(path)
            hash = String(XXH64.hash(bytes.rawSpan), radix: 36)
            self.isImmutable = isImmutable
            body = PreparedBody(bytes)
        }
    }

    package internal(set) var files: [String: File] = [:]

    /// Why a folder cannot be served as a page.
    package enum Failure: Error, CustomStringConvertible {
        case unreadable(path: String, Errno)
        case noIndex(path: String)
        case tooLarge(path: String)

        package var description: String {
            switch self {
            case .unreadable(let path, let error): "\(path) cannot be read: \(error)"
            case .noIndex(let path): "\(path) has no index.html: it is not the folder of a page"
            case .tooLarge(let path): "\(path) holds more than a page does (256 MiB)"
            }
        }
    }

    /// A page of files in memory.
    package init(_ files: [(path: String, bytes: [UInt8])]) {
        for file in files { self.files[file.path] = File(path: file.path, bytes: file.bytes) }
    }

    /// Reads the folder of a page.
    ///
    /// - Throws: ``Failure``.
    /// - Complexity: the files are read and compressed once.
    package init(directory: String, storage: any Storage = FileSystem()) throws(Failure) {
        var left = 256 << 20
        try add(directory, "", storage, &left)
        guard files["index.html"] != nil else { throw .noIndex(path: directory) }
    }

    private mutating func add(
        _ directory: String,
        _ prefix: String,
        _ storage: any Storage,
        _ left: inout Int
    ) throws(Failure) {
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try storage.list(directory)
        } catch {
            throw .unreadable(path: directory, error)
        }
        for entry in entries where !entry.name.hasPrefix(".") {
            let path = "\(directory)/\(entry.name)"
            if entry.kind == .directory, prefix.utf8.count < 256 {
                try add(path, "\(prefix)\(entry.name)/", storage, &left)
            } else if entry.kind == .file, let bytes = FileBytes.read(path, storage) {
                left -= bytes.count
                guard left > 0 else { throw .tooLarge(path: directory) }
                files[prefix + entry.name] = File(path: entry.name, bytes: bytes)
            }
        }
    }

    static func mediaType(_ path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json", "map": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "gif": "image/gif"
        case "webp": "image/webp"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "woff": "font/woff"
        case "wasm": "application/wasm"
        case "txt", "md": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}

extension Site.File {
    /// The file as a response.
    ///
    /// - Parameter isImmutable: whether its name changes with its content, where the file does
    ///   not say so.
    /// - Returns: the response.
    func response(isImmutable: Bool = false) -> Response {
        Response(
            headers: [
                .init("Content-Type", type), .init("ETag", tag),
                .init(
                    "Cache-Control",
                    isImmutable || self.isImmutable
                        ? "private, max-age=31536000, immutable" : "no-cache"
                ),
            ],
            body: .prepared(body)
        )
    }
}

extension Site {
    /// The routes of a page that is one document: what is no file of it is its `index.html`.
    ///
    /// - Parameter basePath: what the server's paths begin with.
    /// - Returns: one route.
    package func routes(basePath: String = "") -> [Route] {
        let files = files
        let index = basePath.isEmpty ? files["index.html"] : Self.moved(files, basePath)
        return [
            Route(.get, "/{path...}") { request in
                let path = request[parameter: "path"]
                if path != "index.html", let file = files[path] { return file.response() }
                guard let index else { throw Problem(.notFound, "The page has no index.html.") }
                return index.response()
            }
        ]
    }

    /// The routes of Burr's own page, as its server has them: `/assets`, `/public`,
    /// `/manifest.json`, and `index.html` for all else.
    package func burrRoutes(basePath: String = "") -> [Route] {
        let files = files
        let script = File(
            path: Self.baseScript,
            bytes: Array("window.__BURR_BASE_PATH__ = '\(basePath)';\n".utf8)
        )
        let index =
            basePath.isEmpty
            ? files["index.html"] : Self.moved(files, basePath, script: Self.baseScript)
        return [
            Route(.get, "/assets/{path...}") { request in
                let path = "assets/\(request[parameter: "path"])"
                guard let file = files[path] else { throw Problem(.notFound, "No \(path).") }
                return file.response(isImmutable: true)
            },
            Route(.get, "/public/{path...}") { request in
                let path = request[parameter: "path"]
                guard let file = files[path.isEmpty ? "index.html" : path] else {
                    throw Problem(.notFound, "No \(path).")
                }
                return file.response()
            },
            Route(.get, "/manifest.json") { _ in
                guard let file = files["manifest.json"] else { throw Problem(.notFound, "") }
                return file.response().with("Content-Type", "application/manifest+json")
            },
            Route(.get, "/\(Self.baseScript)") { _ in script.response() },
            Route(.get, "/{path...}") { _ in
                guard let index else { throw Problem(.notFound, "The page has no index.html.") }
                return index.response()
            },
        ]
    }

    /// A file of the server's own: an inline script would need a hole in the policy.
    private static let baseScript = "burr-base-path.js"

    /// The index with its links below a base path, and with one script more where it needs it.
    private static func moved(
        _ files: [String: File],
        _ basePath: String,
        script: String? = nil
    ) -> File? {
        guard let index = files["index.html"] else { return nil }
        var html = String(decoding: index.body.bytes, as: UTF8.self)
        for name in ["href", "src"] {
            html = html.split(separator: "\(name)=\"/", omittingEmptySubsequences: false)
                .joined(separator: "\(name)=\"\(basePath)/")
        }
        if let script {
            let element = "<script src=\"\(basePath)/\(script)\"></script></head>"
            html = html.split(separator: "</head>", omittingEmptySubsequences: false)
                .joined(separator: element)
        }
        return File(path: "index.html", bytes: Array(html.utf8))
    }
}
