// SPDX-License-Identifier: Apache-2.0
// One process at a time for a whole folder.

/// A lock on a folder, given back when the value or its process ends.
///
/// Apart from the locks of writers, which are on segments.
package struct DirectoryLock: ~Copyable {
    private let descriptor: Int32

    /// Waits until no other process holds the folder.
    ///
    /// A file system without such locks lets everybody in at once.
    ///
    /// - Parameter path: the folder, which must be there.
    /// - Throws: `LogError.io` when it cannot be opened.
    package init(waitingFor path: String) throws(LogError) {
        do throws(Errno) {
            descriptor = try Syscalls.openDirectory(path)
        } catch {
            throw .io(error, .lock, path: path)
        }
        do throws(Errno) { try Syscalls.lockDirectory(descriptor) } catch {}
    }

    deinit {
        do throws(Errno) { try Syscalls.close(descriptor) } catch {}
    }
}
