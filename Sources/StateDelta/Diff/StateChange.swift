// SPDX-License-Identifier: Apache-2.0

/// What an update of a document changed.
package struct StateChange: Equatable, Sendable {
    /// Whether the texts are the same, byte for byte.
    package var isIdentical: Bool
    /// Whether the root itself changed: it is set anew, or is an array whose elements changed.
    package var isRootReplaced: Bool
    /// The changed top-level keys as written, without those that begin with `__`; empty when the
    /// root is replaced.
    package var changedKeys: [[UInt8]]
}
