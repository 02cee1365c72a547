// SPDX-License-Identifier: Apache-2.0
// Copies out of a payload.

package import EventLog

extension ByteReader {
    /// Reads a `string` as bytes of its own.
    ///
    /// - Throws: `FormatError` when the bytes end before it does.
    @_lifetime(self: copy self)
    package mutating func array() throws(FormatError) -> [UInt8] {
        try string().array
    }

    /// Reads a `string` as text; bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Throws: `FormatError` when the bytes end before it does.
    @_lifetime(self: copy self)
    package mutating func text() throws(FormatError) -> String {
        String(decoding: try array(), as: UTF8.self)
    }
}
