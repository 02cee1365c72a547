// SPDX-License-Identifier: Apache-2.0
// The library itself: its version, its memory, its clock.

internal import CBurr
internal import EventLog
internal import Glibc

/// The library's version: see `burr.h`.
@c @implementation
public func burr_version() -> UnsafePointer<CChar>? {
    // Safe: a literal lives as long as the library.
    unsafe UnsafeRawPointer(version.utf8Start).assumingMemoryBound(to: CChar.self)
}

private let version: StaticString = "1.0"

/// Gives memory back: see `burr.h`.
@c @implementation
public func burr_free(_ memory: UnsafeMutableRawPointer?) {
    unsafe free(memory)
}

/// The time now: see `burr.h`.
@c @implementation
public func burr_now() -> Int64 {
    var now = timespec()
    // Safe: the call fills in the structure it is given.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) / 1_000 * 1_000
}
