// SPDX-License-Identifier: Apache-2.0
// One process at a time for a whole folder.

/// A lock on a folder, given back when the value or its process ends.
///
/// Apart from the locks of writers, which are on segments.
package struct DirectoryLock: ~Copyable {
    /// `nil` where the folder is simulated: its machine has one process.
    private let descriptor: Int32?

    /// A lock on a simulated folder.
    package init() {
        descriptor = nil
    }

    /// Waits until no other process holds the folder.
    ///
    /// A file system without such locks lets everybody in at once.
    ///
    /// - Parameter path: the folder, which must be there.
    /// - Throws: `Errno` when it cannot be opened.
    init(waitingFor path: String) throws(Errno) {
        let descriptor = try Syscalls.openDirectory(path)
        self.descriptor = descriptor
        do throws(Errno) { try Syscalls.lockDirectory(descriptor) } catch {}
    }

    deinit {
        guard let descriptor else { return }
        do throws(Errno) { try Syscalls.close(descriptor) } catch {}
    }
}
