// SPDX-License-Identifier: Apache-2.0
// Waiting until something changes in one of some directories.

internal import CSystem
internal import Glibc
internal import Synchronization

/// Watches directories for files that appear, grow or go.
///
/// Where the system gives no watches, waiting ends by its time only: the caller looks then.
package final class DirectoryWatch: Sendable {
    /// An inotify descriptor; negative where there is none.
    private let watches: Int32
    private let wakes: Int32
    /// How often each directory is watched: the system has one watch for all who ask.
    private let counts = Mutex<[Int32: Int]>([:])

    /// What has changed.
    package enum Change: Equatable, Sendable {
        case some([Int32])
        /// Anything may have: the system dropped what it had to tell.
        case all
    }

    package init() {
        watches = csystem_watch_open()
        wakes = csystem_wake_open()
    }

    deinit {
        if watches >= 0 { close(watches) }
        if wakes >= 0 { close(wakes) }
    }

    /// Watches a directory, until ``remove(_:)`` was called as often.
    ///
    /// - Returns: the number of its watch; `nil` where it cannot be watched.
    package func add(_ directory: String) -> Int32? {
        guard watches >= 0 else { return nil }
        return counts.withLock { counts in
            let watch = unsafe csystem_watch_add(watches, directory)
            guard watch >= 0 else { return nil }
            counts[watch, default: 0] += 1
            return watch
        }
    }

    /// Ends a watch.
    package func remove(_ watch: Int32) {
        counts.withLock { counts in
            guard let count = counts[watch] else { return }
            counts[watch] = count > 1 ? count - 1 : nil
            if count == 1 { csystem_watch_remove(watches, watch) }
        }
    }

    /// Ends a wait, or the next one; from any thread.
    package func wake() {
        csystem_wake(wakes)
    }

    /// Waits for a change or a wake.
    ///
    /// - Parameter milliseconds: how long at most.
    /// - Returns: the watches that changed.
    package func wait(milliseconds: Int) -> Change {
        csystem_wait(watches, wakes, Int32(clamping: milliseconds))
        guard watches >= 0 else { return .some([]) }
        var found: [Int32] = []
        var numbers = [Int32](repeating: 0, count: 512)
        while true {
            let capacity = Int32(numbers.count)
            let count = unsafe csystem_watch_read(watches, &numbers, capacity)
            guard count > 0 else { return .some(found) }
            if numbers[0] == Int32(CSYSTEM_WATCH_ALL) { return .all }
            for number in numbers[..<Int(count)] where !found.contains(number) {
                found.append(number)
            }
        }
    }
}
