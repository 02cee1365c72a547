// SPDX-License-Identifier: Apache-2.0
// The socket that a server listens on.

internal import Glibc

/// Why a server cannot listen.
package struct ListenError: Error, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    /// The system's error number; `nil` when the host has no address.
    package let code: Int32?

    init(host: String, port: UInt16, code: Int32?) {
        self.host = host
        self.port = port
        self.code = code
    }

    package var description: String {
        switch code {
        case nil: return "\(host) is not an address of this machine"
        case EADDRINUSE:
            return "port \(port) of \(host) is taken, perhaps by another burr; "
                + "choose another one with --port"
        case EACCES: return "port \(port) needs rights that this user does not have"
        case EADDRNOTAVAIL: return "\(host) is not an address of this machine"
        case .some(let code):
            return
                unsafe "cannot listen on \(host), port \(port): \(String(cString: strerror(code)))"
        }
    }
}

enum Listener {
    /// Lets the process have more files open, as far as it may: each connection is one.
    static func raiseFileLimit(to count: Int) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < count
        else { return }
        limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Opens a listening socket.
    ///
    /// - Returns: its descriptor, and the port it got.
    /// - Throws: ``ListenError``.
    static func open(
        _ host: String,
        _ port: UInt16
    ) throws(ListenError) -> (descriptor: Int32, port: UInt16) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        guard unsafe getaddrinfo(name, String(port), &hints, &found) == 0, let first = unsafe found
        else { throw ListenError(host: host, port: port, code: nil) }
        defer { unsafe freeaddrinfo(first) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = unsafe socket(first.pointee.ai_family, kind, 0)
        guard descriptor >= 0 else { throw ListenError(host: host, port: port, code: errno) }
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(4))
        guard unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            listen(descriptor, 1024) == 0
        else {
            let code = errno
            close(descriptor)
            throw ListenError(host: host, port: port, code: code)
        }
        return (descriptor, boundPort(descriptor) ?? port)
    }

    private static func boundPort(_ descriptor: Int32) -> UInt16? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { storage in
            // Every address of the internet has its port in bytes 2 and 3.
            let raw = UnsafeMutableRawPointer(storage)
            let generic = unsafe raw.assumingMemoryBound(to: sockaddr.self)
            guard unsafe getsockname(descriptor, generic, &length) == 0 else { return nil }
            return unsafe UInt16(bigEndian: raw.load(fromByteOffset: 2, as: UInt16.self))
        }
    }
}
