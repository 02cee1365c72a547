// SPDX-License-Identifier: Apache-2.0
// Names that are told again and again by the same array.

extension [UInt8] {
    /// Whether both are one array in memory: seen without comparing bytes.
    func isSameArray(as other: [UInt8]) -> Bool {
        unsafe withUnsafeBytes { mine in
            unsafe other.withUnsafeBytes { theirs in
                unsafe mine.count == theirs.count && mine.baseAddress == theirs.baseAddress
            }
        }
    }
}
