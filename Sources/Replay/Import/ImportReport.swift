// SPDX-License-Identifier: Apache-2.0
// What an import did, and what it could not read.

package import EventLog
package import Tracking

/// A piece of a file that an import passed over.
package struct ImportProblem: Equatable, Sendable, CustomStringConvertible {
    package var file: String
    /// Where the piece begins in the file.
    package var offset: UInt64
    package var byteCount: Int
    package var reason: String

    package var description: String {
        "\(file) at byte \(offset): \(reason) (\(byteCount) bytes passed over)"
    }
}

/// What an import did for one application.
package struct ApplicationImport: Sendable {
    package var name: ApplicationName
    package var bytesRead: UInt64 = 0
    package var stepsAdded = 0
    package var eventsAdded = 0
    package var branchesAdded = 0
    /// Pieces that could not be read, at most `problemLimit` of them.
    package var problems: [ImportProblem] = []
    package var problemCount = 0
    /// Remarks that cost nothing: a replaced file, an incomplete last line.
    package var notes: [String] = []
    /// Why the application could not be imported at all.
    package var failure: ImportError?

    /// Problems that are kept in full; more are only counted.
    package static let problemLimit = 100

    package init(name: ApplicationName) {
        self.name = name
    }

    mutating func add(_ problem: ImportProblem) {
        problemCount += 1
        if problems.count < Self.problemLimit { problems.append(problem) }
    }
}

/// Why nothing could be imported.
package enum ImportError: Error, Equatable, Sendable, CustomStringConvertible {
    case file(Errno, path: String)
    /// The path is no folder or file of Burr's.
    case nothingThere(path: String)
    case lineTooLong(path: String, offset: UInt64)
    /// The folder of the log is to hold its segments, and cannot be written to.
    case notWritable(folder: String, root: String, Errno)
    case tracking(TrackingError)
    case replay(ReplayError)

    /// The error of an import in place, told as what it means where its folder is read-only.
    func inPlace(_ folder: String, root: String) -> ImportError {
        guard case .tracking(.log(.io(let error, _, _))) = self,
            [.accessDenied, .readOnly].contains(error)
        else { return self }
        return .notWritable(folder: folder, root: root, error)
    }

    package var description: String {
        switch self {
        case .file(let error, let path): "\(path): \(error)"
        case .nothingThere(let path):
            "\(path) holds no Burr logs. Give a Burr folder (as ~/.burr), a project, "
                + "an application folder or a log.jsonl"
        case .lineTooLong(let path, let offset):
            "\(path): the line at byte \(offset) is longer than \(LineReader.lineLimit >> 20) MiB"
        case .notWritable(let folder, let root, let error):
            "\(folder) has not been imported, and cannot be written to (\(error)). "
                + "Import into a store elsewhere: burr import \(root) --store DIR"
        case .tracking(let error): "\(error)"
        case .replay(let error): "\(error)"
        }
    }
}
