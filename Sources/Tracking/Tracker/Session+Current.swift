// SPDX-License-Identifier: Apache-2.0
// Who this process is, for SESSION records.

internal import EventLog
internal import Glibc

extension Session {
    /// This process.
    static func current(program: String, number: UInt64) -> Session {
        Session(
            program: program,
            processID: UInt64(clamping: getpid()),
            host: hostName(),
            bootID: bootID(),
            number: number
        )
    }

    private static func hostName() -> String {
        var name = [UInt8](repeating: 0, count: 256)
        // Safe: the call writes at most 255 bytes and a terminator.
        let isKnown = unsafe name.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe gethostname(base.assumingMemoryBound(to: CChar.self), 255) == 0
        }
        return isKnown ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : ""
    }

    /// Linux's id of this boot; empty elsewhere.
    private static func bootID() -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        let text = try? FileBytes.read(path, from: 0, count: 36, FileSystem())
        return String(decoding: text ?? [], as: UTF8.self)
    }
}
