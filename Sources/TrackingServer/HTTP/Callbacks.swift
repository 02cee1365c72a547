// SPDX-License-Identifier: Apache-2.0
// What libmicrohttpd calls, on its own threads: free functions, which inherit no actor.

internal import CMicroHTTPD

/// A request's head, a piece of its body, or its end.
func answerRequest(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?,
    _ upload: UnsafePointer<CChar>?,
    _ uploadSize: UnsafeMutablePointer<Int>?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context = unsafe context, let connection = unsafe connection,
        let url = unsafe url, let method = unsafe method,
        let uploadSize = unsafe uploadSize, let slot = unsafe slot
    else { return .NO }
    guard let known = unsafe slot.pointee else {
        let server = unsafe Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
        let exchange = unsafe Exchange(
            server,
            connection,
            String(cString: method),
            String(cString: url)
        )
        unsafe slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
        // Answered here the connection would be closed after it: right for a body nobody wants.
        return exchange.isRefused ? unsafe exchange.answer(on: connection) : .YES
    }
    let exchange = unsafe Unmanaged<Exchange>.fromOpaque(known).takeUnretainedValue()
    if let upload = unsafe upload, unsafe uploadSize.pointee > 0 {
        let bytes = unsafe UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
        guard unsafe exchange.take(bytes) else { return .NO }
        unsafe uploadSize.pointee = 0
        return .YES
    }
    return unsafe exchange.answer(on: connection)
}

/// The end of an exchange, however it came.
func completeRequest(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ reason: MHD_RequestTerminationCode
) {
    guard let slot = unsafe slot, let known = unsafe slot.pointee else { return }
    unsafe slot.pointee = nil
    unsafe Unmanaged<Exchange>.fromOpaque(known).takeRetainedValue().finish()
}

/// A connection begins or ends.
func noteConnection(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ what: MHD_ConnectionNotificationCode
) {
    guard let context = unsafe context, let connection = unsafe connection,
        let slot = unsafe slot
    else { return }
    let server = unsafe Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
    if what == .CONNECTION_NOTIFY_STARTED {
        let state = server.watchdog.open(unsafe microhttpd_socket(connection))
        unsafe slot.pointee = Unmanaged.passRetained(state).toOpaque()
    } else if let known = unsafe slot.pointee {
        unsafe slot.pointee = nil
        server.watchdog.close(
            unsafe Unmanaged<ConnectionState>.fromOpaque(known).takeRetainedValue()
        )
    }
}
