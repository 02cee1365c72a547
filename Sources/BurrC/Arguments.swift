// SPDX-License-Identifier: Apache-2.0
// What C hands over, as Swift takes it; what Swift hands back, as C takes it.

internal import CBurr
internal import EventLog
internal import Glibc
internal import StateDelta
internal import Tracking

extension burr_text {
    /// The bytes for the time of a call; `nil` where there is no text.
    ///
    /// Unsafe: the caller of the C function keeps them alive until it returns.
    var buffer: UnsafeRawBufferPointer? {
        guard let bytes = unsafe bytes else { return nil }
        return unsafe UnsafeRawBufferPointer(start: bytes, count: count)
    }

    /// A copy of the bytes; `nil` where there is no text.
    var array: [UInt8]? {
        guard let buffer = unsafe buffer else { return nil }
        return unsafe [UInt8](buffer)
    }

    /// The text; `nil` where there is none.
    var string: String? {
        guard let buffer = unsafe buffer else { return nil }
        return unsafe String(decoding: buffer, as: UTF8.self)
    }

    /// The text that an argument must have.
    ///
    /// - Throws: `CallError.invalid` where it is absent.
    func required(_ argument: StaticString) throws(CallError) -> String {
        guard let string = unsafe string else { throw .invalid("\(argument) is missing") }
        return string
    }
}

extension burr_text {
    /// The JSON value that an argument holds, without white space; `nil` where there is no text.
    ///
    /// - Throws: `CallError.invalid` where it is no JSON.
    func json(_ argument: StaticString) throws(CallError) -> [UInt8]? {
        guard let text = unsafe array else { return nil }
        do throws(JSONError) { try JSONScanner.validate(text.rawSpan) } catch {
            throw .invalid("\(argument) is no JSON: \(error)")
        }
        return JSONScanner.compact(text)
    }
}

extension [UInt8] {
    /// Whether this is the JSON text of an object without members.
    var isEmptyObject: Bool { self == [0x7b, 0x7d] }
}

extension burr_pointer {
    /// The pointer; `nil` where it points nowhere.
    var pointer: ParentPointer? {
        guard let appID = unsafe app_id.string else { return nil }
        return unsafe ParentPointer(
            appID: appID,
            step: step == .min ? nil : step,
            partitionKey: partition_key.string
        )
    }
}

/// Text as `malloc` memory with a terminator, for the caller to free; `nil` when memory is short.
func cString(_ text: [UInt8]) -> UnsafeMutablePointer<CChar>? {
    let memory = unsafe cText(text + [0]).bytes
    return unsafe UnsafeMutablePointer(mutating: memory)
}

/// Bytes as `malloc` memory, for the caller to free; without a text when memory is short.
func cText(_ bytes: [UInt8]) -> burr_text {
    guard let memory = unsafe malloc(max(1, bytes.count)) else { return unsafe burr_text() }
    // Safe: the memory holds as many bytes, and belongs to nobody else yet.
    unsafe UnsafeMutableRawBufferPointer(start: memory, count: bytes.count).copyBytes(from: bytes)
    return unsafe burr_text(bytes: memory.assumingMemoryBound(to: CChar.self), count: bytes.count)
}
