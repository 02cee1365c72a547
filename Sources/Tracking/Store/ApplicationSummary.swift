// SPDX-License-Identifier: Apache-2.0
// What a list of applications shows of each.

/// The names that find an application.
package struct ApplicationName: Hashable, Sendable, CustomStringConvertible {
    package var project: String
    package var appID: String

    package init(project: String, appID: String) {
        self.project = project
        self.appID = appID
    }

    /// `project/app`, as the command line takes it.
    package var description: String { "\(project)/\(appID)" }
}

/// How an application's last step stands.
package enum ApplicationStatus: String, Sendable {
    /// A writer holds the log.
    case running
    /// The last step ended.
    case ok
    /// The last step raised.
    case failed
    /// A step began and its writer is gone.
    case crashed
    /// No step has begun.
    case empty
    /// A folder that Burr wrote and no import has read.
    case notImported = "not imported"
    /// The log cannot be read: see the summary's problem.
    case unreadable
}

/// A point in another application.
package struct ParentPointer: Equatable, Sendable {
    package var appID: String
    package var step: Int64?
    package var partitionKey: String?

    package init(appID: String, step: Int64? = nil, partitionKey: String? = nil) {
        self.appID = appID
        self.step = step
        self.partitionKey = partitionKey
    }
}

/// One row of a list of applications, gathered without reading the log.
package struct ApplicationSummary: Equatable, Sendable {
    package var name: ApplicationName
    package var partitionKey: String?
    /// Nanoseconds since 1970 UTC; `nil` when nothing could be read.
    package var firstWritten: Int64?
    package var lastWritten: Int64?
    /// Steps begun on the newest branch's line, counted by their numbers.
    package var stepCount: Int64
    package var firstStep: Int64?
    package var lastStep: Int64?
    package var status: ApplicationStatus
    /// Bytes of all segments.
    package var byteCount: Int64
    package var parent: ParentPointer?
    package var spawningParent: ParentPointer?
    package var branchCount: Int
    /// What is wrong with the folder, in words; `nil` when nothing is.
    package var problem: String?

    package init(name: ApplicationName, status: ApplicationStatus, problem: String? = nil) {
        self.name = name
        self.status = status
        self.problem = problem
        stepCount = 0
        byteCount = 0
        branchCount = 0
    }
}

/// One row of a list of projects.
package struct ProjectSummary: Sendable {
    package var project: String
    package var applicationCount: Int
    package var lastWritten: Int64?
    package var byteCount: Int64
    package var problemCount: Int
}
