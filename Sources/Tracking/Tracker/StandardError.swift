// SPDX-License-Identifier: Apache-2.0
// Warnings, where nobody asked for them elsewhere.

internal import Glibc

/// The process's standard error.
enum StandardError {
    /// Writes a text in one call; nothing happens when that fails.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            _ = unsafe Glibc.write(2, bytes.baseAddress, bytes.count)
        }
    }
}
