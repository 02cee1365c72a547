// SPDX-License-Identifier: Apache-2.0
// The page that the program carries.

internal import CPage

extension Site {
    /// The page as it was built in, joined into few files.
    package static let embedded = Site(
        (0..<cpage_count()).map { index in
            // Safety: the accessors give constants of the program, for any index below the count.
            unsafe (
                path: String(cString: cpage_name(index)),
                bytes: Array(
                    UnsafeBufferPointer(start: cpage_bytes(index), count: cpage_length(index))
                )
            )
        }
    ).joined()
}
