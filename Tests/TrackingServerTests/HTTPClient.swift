// SPDX-License-Identifier: Apache-2.0
// A client that sends exactly the bytes a test wants.

import Glibc

/// One TCP connection to a server on this machine.
final class HTTPClient {
    private let descriptor: Int32
    /// Whether the other side is known to have closed.
    private(set) var isClosed = false

    /// Connects; waits for a reply at most a minute.
    init?(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, size) == 0
            }
        }
        if !isOpen {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    /// Sends bytes.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// What arrives until the other side closes, or until the text contains something.
    func receive(until end: String? = nil) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 {
                isClosed = count == 0 || errno != EAGAIN
                break
            }
            bytes += buffer[..<count]
            if let end, String(decoding: bytes, as: UTF8.self).contains(end) { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One request on a connection of its own.
    static func request(
        _ port: UInt16,
        _ head: String,
        _ headers: [String] = [],
        body: String? = nil,
        host: String = "localhost"
    ) -> String {
        guard let client = HTTPClient(port: port) else { return "no connection" }
        var text = "\(head) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        for header in headers { text += "\(header)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        client.send(text + "\r\n" + (body ?? ""))
        return client.receive()
    }
}
