// A fresh folder on the real file system.

import Glibc

/// A folder that is removed with its files when the value goes.
struct TempFolder: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/eventlog-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            return unsafe mkdtemp(base) != nil
        }
        if !made { throw FolderError() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        guard let stream = unsafe opendir(path) else { return }
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            unsafe unlink("\(path)/\(name)")
        }
        unsafe closedir(stream)
        unsafe rmdir(path)
    }

    struct FolderError: Error {}
}
