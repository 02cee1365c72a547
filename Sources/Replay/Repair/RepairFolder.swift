// SPDX-License-Identifier: Apache-2.0
// Where a copy is made before anybody sees it.

internal import EventLog
internal import Tracking

/// The work folder of an application's repairs.
struct RepairFolder {
    let path: String
    private let parent: String
    private let storage: any Storage

    init(_ parent: String, _ storage: any Storage) {
        self.parent = parent
        self.storage = storage
        path = "\(parent)/\(Repair.workFolder)"
    }

    /// Removes what an interrupted repair has left: copies that nobody has seen.
    func clear() throws(LogError) {
        do throws(Errno) {
            for entry in try storage.list(path) where entry.kind == .file {
                try storage.remove("\(path)/\(entry.name)")
            }
        } catch .noEntry {
            return
        } catch {
            throw .io(error, .list, path: path)
        }
        // A folder that is not empty stays.
        try? storage.removeDirectory(path)
    }

    /// Moves the segments to the application's folder, the first one last.
    ///
    /// What is interrupted between two of them is gone on with by the next repair.
    func publish() throws(LogError) {
        for number in try segments().reversed() {
            do throws(Errno) {
                try storage.renameNoReplace("\(path)/\(number)", to: "\(parent)/\(number)")
            } catch {
                throw .io(error, .publish, path: "\(parent)/\(number)")
            }
        }
        try syncParent()
        try clear()
    }

    /// Makes the names in the application's folder durable.
    func syncParent() throws(LogError) {
        do throws(Errno) {
            try storage.syncDirectory(parent)
        } catch {
            throw .io(error, .sync, path: parent)
        }
    }

    /// Goes on with a publishing of which only the later segments were moved.
    func finishPublishing() throws(LogError) {
        guard let left = try segments().last else { return }
        let next = SegmentName(branch: left.branch, number: left.number + 1)
        do throws(Errno) {
            guard try storage.fileSize("\(parent)/\(next)") != nil else { return }
        } catch {
            throw .io(error, .read, path: "\(parent)/\(next)")
        }
        try publish()
    }

    /// The segments in the folder, ascending.
    private func segments() throws(LogError) -> [SegmentName] {
        do throws(Errno) {
            return try storage.list(path).compactMap { SegmentName($0.name) }
                .sorted { $0.number < $1.number }
        } catch .noEntry {
            return []
        } catch {
            throw .io(error, .list, path: path)
        }
    }
}

/// The lock that a writer of a branch holds.
enum BranchLock {
    /// Takes the lock of the newest segment.
    ///
    /// - Returns: the locked file; `nil` where it may only be read, and no one writes it.
    /// - Throws: `lockedByAnotherWriter` when somebody writes it.
    static func take(
        _ branch: BranchID,
        _ directory: String,
        _ storage: any Storage
    ) throws(LogError) -> OpenFile? {
        let numbers = try SegmentName.segments(of: branch, in: directory, on: storage)
        guard let number = numbers.last else { return nil }
        let path = "\(directory)/\(SegmentName(branch: branch, number: number))"
        do throws(Errno) {
            let handle = try storage.open(path, .readWrite)
            if try handle.tryLock() { return OpenFile(handle) }
        } catch .accessDenied {
            return nil
        } catch .readOnly {
            return nil
        } catch {
            throw .io(error, .lock, path: path)
        }
        throw .lockedByAnotherWriter(path: path)
    }
}
