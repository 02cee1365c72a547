// File names: log.md 1.

/// The name of a segment file.
package struct SegmentName: Hashable, Sendable, CustomStringConvertible {
    /// The branch it belongs to.
    package let branch: BranchID
    /// Its number in the branch, from 0.
    package let number: UInt64

    /// Makes the name of one segment.
    package init(branch: BranchID, number: UInt64) {
        self.branch = branch
        self.number = number
    }

    /// Reads `<branch>.<segno>.burr`; nil for any other name.
    package init?(_ name: String) {
        // By bytes, not characters: a list of applications reads every name in their folders.
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].elementsEqual("burr".utf8),
            let branch = BranchID(hex: Substring(parts[0])), parts[1].count >= 6,
            parts[1].allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let number = UInt64(Substring(parts[1]))
        else { return nil }
        self.init(branch: branch, number: number)
    }

    /// `<branch>.<segno>.burr`.
    package var description: String { stem + ".burr" }

    /// The name without its ending.
    var stem: String {
        let digits = String(number)
        let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
        return "\(branch).\(zeros)\(digits)"
    }

    /// The path in a directory.
    package func path(in directory: String) -> String { "\(directory)/\(self)" }

    /// Where it is written before it is published.
    func temporaryPath(in directory: String) -> String { "\(directory)/\(self).tmp" }

    /// Where recovery sets bytes from `offset` on aside.
    func tornPath(in directory: String, offset: UInt64) -> String {
        "\(directory)/\(stem).\(offset).torn"
    }

    /// The segment numbers of a branch in a directory, ascending.
    package static func segments(
        of branch: BranchID,
        in directory: String,
        on storage: some Storage
    ) throws(LogError) -> [UInt64] {
        let entries: [DirectoryEntry]
        do throws(Errno) {
            entries = try storage.list(directory)
        } catch {
            throw .from(error, .list, directory)
        }
        var numbers: [UInt64] = []
        for entry in entries where entry.kind == .file {
            if let name = SegmentName(entry.name), name.branch == branch {
                numbers.append(name.number)
            }
        }
        return numbers.sorted()
    }
}
