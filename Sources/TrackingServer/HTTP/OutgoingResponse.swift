// SPDX-License-Identifier: Apache-2.0
// A response as libmicrohttpd sends it.

internal import CMicroHTTPD

/// Owns a response of libmicrohttpd until it is queued.
@safe
struct OutgoingResponse: ~Copyable {
    private let response: OpaquePointer

    /// Makes a response of a body; `nil` when memory is short.
    init?(_ source: Response, _ connection: OpaquePointer, _ wakers: Wakers) {
        let made: OpaquePointer?
        switch source.body {
        case .bytes(let bytes): unsafe made = Self.whole(bytes)
        case .prepared(let body): unsafe made = Self.whole(body.bytes)
        case .stream(let begin):
            unsafe made = Self.streamed(BodyReader(begin(), Waker(connection), wakers))
        case .deferred: unsafe made = nil
        }
        guard let made = unsafe made else { return nil }
        unsafe response = made
    }

    deinit { unsafe MHD_destroy_response(response) }

    private static func whole(_ bytes: [UInt8]) -> OpaquePointer? {
        unsafe bytes.withUnsafeBytes { buffer in
            // The bytes are copied; the type of the parameter is from before `const`.
            unsafe MHD_create_response_from_buffer(
                buffer.count,
                UnsafeMutableRawPointer(mutating: buffer.baseAddress),
                .RESPMEM_MUST_COPY
            )
        }
    }

    private static func streamed(_ reader: BodyReader) -> OpaquePointer? {
        let context = unsafe Unmanaged.passRetained(reader).toOpaque()
        let made = unsafe MHD_create_response_from_callback(
            microhttpd_size_unknown,
            64 << 10,
            readBody,
            context,
            freeBody
        )
        if unsafe made == nil { unsafe freeBody(context) }
        return unsafe made
    }

    /// Adds the response's headers and those that stand on every reply.
    func addHeaders(_ source: Response, elapsed: Int64, method: Method) {
        for field in source.headers { add(field.name, field.value) }
        if source.header("Server-Timing") == nil {
            add("Server-Timing", "total;dur=\(Clock.milliseconds(elapsed))")
        }
        // The client keeps the headers of the response that it holds.
        guard source.status != .notModified else { return }
        for field in SecurityHeaders.all { add(field.name, field.value) }
        if source.header("Content-Security-Policy") == nil {
            let type = source.header("Content-Type") ?? ""
            add("Content-Security-Policy", SecurityHeaders.policy(for: type))
        }
        if source.header("Cache-Control") == nil { add("Cache-Control", "no-cache") }
    }

    private func add(_ name: String, _ value: String) {
        // A header that libmicrohttpd refuses, for a line break in it, is left out.
        // Passed as they are, Swift would make an array of each.
        _ = unsafe name.withCString { name in
            unsafe value.withCString { value in
                unsafe MHD_add_response_header(response, name, value)
            }
        }
    }

    func queue(_ status: Status, on connection: OpaquePointer) -> MHD_Result {
        unsafe MHD_queue_response(connection, UInt32(status.rawValue), response)
    }
}

private func readBody(
    _ context: UnsafeMutableRawPointer?,
    _ position: UInt64,
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ capacity: Int
) -> Int {
    guard let context = unsafe context, let buffer = unsafe buffer else {
        return microhttpd_end_with_error
    }
    let reader = unsafe Unmanaged<BodyReader>.fromOpaque(context).takeUnretainedValue()
    return unsafe reader.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
}

private func freeBody(_ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<BodyReader>.fromOpaque(context).takeRetainedValue().finish()
}
