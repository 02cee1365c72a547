// SPDX-License-Identifier: Apache-2.0
// The HTTP server: libmicrohttpd's threads, our router.

internal import CMicroHTTPD
internal import EventLog
internal import Glibc
internal import Synchronization

/// Serves a router's routes on one address.
@safe
package final class HTTPServer: Sendable {
    /// How the server listens, and what it bears.
    package struct Options: Sendable {
        /// A name or an address to listen on.
        package var host = "127.0.0.1"
        /// 0 takes a free one.
        package var port: UInt16 = 7241
        /// What comes before every path: empty, or `/prefix`.
        package var basePath = ""
        package var token: String?
        package var threads = min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 2), 8)
        package var connections = 4096
        /// Connections from one address other than this machine's own.
        package var connectionsPerAddress = 256
        /// Bytes of a request's line and headers.
        package var headerLimit = 32 << 10
        /// Bytes of a request's path and query.
        package var targetLimit = 8 << 10
        /// Seconds without a byte after which a connection is closed.
        package var idleSeconds = 30
        /// Seconds in which a request must have arrived whole.
        package var requestSeconds = 30

        package init() {}
    }

    package let options: Options
    package let metrics: Metrics
    let router: Router
    let access: Access
    let wakers = Wakers()
    let workers: WorkerPool
    let watchdog: Watchdog
    private let isClosing = Atomic(false)
    // Safety: set once in `start` before it returns, then used by `stop` once.
    private nonisolated(unsafe) var daemon: OpaquePointer?
    /// The port that is listened on, known once the server has started.
    package var port: UInt16 { UInt16(truncatingIfNeeded: boundPort.load(ordering: .relaxed)) }
    private let boundPort = Atomic(0)

    package init(_ options: Options, _ router: Router, _ metrics: Metrics = Metrics()) {
        self.options = options
        self.metrics = metrics
        access = Access(host: options.host, token: options.token)
        self.router = Router((options.token == nil ? [] : Login.routes(access)) + router.routes)
        workers = WorkerPool(threads: 2)
        watchdog = Watchdog(seconds: options.requestSeconds)
        let (watchdog, wakers) = (watchdog, wakers)
        metrics.gauge("burr_http_connections_open", "Connections that are open.") {
            Int64(watchdog.count)
        }
        metrics.gauge("burr_http_streams_open", "Replies that are sent piece by piece.") {
            Int64(wakers.count)
        }
    }

    /// Begins to listen; returns once requests are taken.
    ///
    /// - Throws: ``ListenError`` when the address cannot be had.
    package func start() throws(ListenError) {
        // Segments of open applications, watches and the like beside the connections.
        Listener.raiseFileLimit(to: options.connections + 2_048)
        let (descriptor, port) = try Listener.open(options.host, options.port)
        boundPort.store(Int(port), ordering: .relaxed)
        var settings = unsafe [
            option(.LISTEN_SOCKET, Int(descriptor)),
            option(.THREAD_POOL_SIZE, options.threads),
            option(.CONNECTION_LIMIT, options.connections),
            option(.CONNECTION_TIMEOUT, options.idleSeconds),
            option(.CONNECTION_MEMORY_LIMIT, options.headerLimit),
            option(.STRICT_FOR_CLIENT, 1),
        ]
        if !Access.isLoopback(options.host) {
            unsafe settings.append(
                option(.PER_IP_CONNECTION_LIMIT, options.connectionsPerAddress)
            )
        }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe settings += callbacks(context)
        unsafe settings.append(option(.END, 0))
        unsafe daemon = settings.withUnsafeMutableBufferPointer { settings in
            unsafe microhttpd_start(microhttpd_flags, answerRequest, context, settings.baseAddress)
        }
        guard unsafe daemon != nil else {
            close(descriptor)
            throw ListenError(host: options.host, port: port, code: errno)
        }
        watchdog.start()
    }

    /// Takes no more requests, ends open streams, finishes what is being answered, and returns.
    package func stop() {
        guard unsafe daemon != nil, !isClosing.exchange(true, ordering: .relaxed) else { return }
        let listening = unsafe MHD_quiesce_daemon(daemon)
        workers.close()
        wakers.close()
        unsafe MHD_stop_daemon(daemon)
        watchdog.stop()
        if listening >= 0 { close(listening) }
    }

    /// Where a browser finds the server.
    package var address: String {
        let everywhere = ["0.0.0.0", "::", "[::]"]
        var host = everywhere.contains(options.host) ? "127.0.0.1" : options.host
        if host.contains(":"), !host.hasPrefix("[") { host = "[\(host)]" }
        return "http://\(host):\(port)\(options.basePath)/"
    }

    /// Streams that are open.
    package var openStreams: Int { wakers.count }

    /// Connections that are open.
    package var openConnections: Int { watchdog.count }

    private func option(_ kind: MHD_OPTION, _ value: Int) -> MHD_OptionItem {
        unsafe MHD_OptionItem(option: kind, value: value, ptr_value: nil)
    }

    /// The options whose values are functions: free ones, because foreign threads call them.
    private func callbacks(_ context: UnsafeMutableRawPointer) -> [MHD_OptionItem] {
        let unescape: UnescapeCallback = unsafe keepEscapes
        let completed: MHD_RequestCompletedCallback = unsafe completeRequest
        let connection: MHD_NotifyConnectionCallback = unsafe noteConnection
        return unsafe [
            MHD_OptionItem(
                option: .UNESCAPE_CALLBACK,
                value: unsafe unsafeBitCast(unescape, to: Int.self),
                ptr_value: context
            ),
            MHD_OptionItem(
                option: .NOTIFY_COMPLETED,
                value: unsafe unsafeBitCast(completed, to: Int.self),
                ptr_value: context
            ),
            MHD_OptionItem(
                option: .NOTIFY_CONNECTION,
                value: unsafe unsafeBitCast(connection, to: Int.self),
                ptr_value: context
            ),
        ]
    }
}

private typealias UnescapeCallback =
    @convention(c) (
        UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?
    ) -> Int

/// Leaves escapes where they are: whether a `%2F` separates segments is the router's to know.
private func keepEscapes(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ text: UnsafeMutablePointer<CChar>?
) -> Int {
    guard let text = unsafe text else { return 0 }
    return unsafe strlen(text)
}
