// Who this process is, for the records that say who wrote.

internal import Glibc

/// A process of a machine.
package struct ProcessIdentity: Equatable, Sendable {
    /// Its number.
    package var processID: UInt64
    /// The machine's name; empty where it has none.
    package var host: String
    /// Linux's id of this boot; empty elsewhere.
    package var bootID: String

    /// Makes an identity.
    package init(processID: UInt64, host: String, bootID: String) {
        self.processID = processID
        self.host = host
        self.bootID = bootID
    }

    /// This process.
    static var current: ProcessIdentity {
        ProcessIdentity(
            processID: UInt64(clamping: getpid()),
            host: hostName(),
            bootID: readBootID()
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

    private static func readBootID() -> String {
        do throws(Errno) {
            let file = try FileSystem().open("/proc/sys/kernel/random/boot_id", .read)
            return String(decoding: try file.bytes(36, at: 0), as: UTF8.self)
        } catch {
            return ""
        }
    }
}
