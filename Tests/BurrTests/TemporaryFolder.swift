// SPDX-License-Identifier: Apache-2.0
// A fresh folder for each test.

import EventLog
import Glibc
import Tracking

/// A folder that is removed with everything in it.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() throws {
        let random = try FileSystem().random()
        let path = "/tmp/burr-tests-\(getpid())-\(random.0)"
        try FileSystem().makeDirectories(path)
        self.path = path
    }

    deinit {
        TemporaryFolder.remove(path)
    }

    /// Writes a file below the folder, with the folders above it.
    func write(_ text: String, to name: String) throws {
        try write(Array(text.utf8), to: name)
    }

    /// Writes a file below the folder, with the folders above it.
    func write(_ bytes: [UInt8], to name: String) throws {
        let file = "\(path)/\(name)"
        if let slash = file.lastIndex(of: "/") {
            try FileSystem().makeDirectories(String(file[..<slash]))
        }
        _ = unsafe unlink(file)
        let handle = try FileSystem().open(file, .createNew)
        try unsafe bytes.withUnsafeBytes { try unsafe handle.pwrite($0, at: 0) }
        try handle.close()
    }

    private static func remove(_ path: String) {
        for entry in (try? FileSystem().list(path)) ?? [] {
            let child = "\(path)/\(entry.name)"
            if entry.kind == .directory { remove(child) } else { _ = unsafe unlink(child) }
        }
        _ = unsafe rmdir(path)
    }
}
