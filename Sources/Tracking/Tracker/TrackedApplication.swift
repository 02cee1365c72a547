// SPDX-License-Identifier: Apache-2.0
// What a tracker is told when it opens.

package import EventLog

/// The application that a tracker records.
package struct TrackedApplication: Sendable {
    package var store: Store
    package var name: ApplicationName
    package var partitionKey: String?
    /// The application and step this one was forked from.
    package var parent: ParentPointer?
    /// The application and step that started this one.
    package var spawningParent: ParentPointer?
    /// Burr's `graph.json`.
    package var graph: [UInt8]?
    /// The actions of the graph, in its order.
    package var actions = ActionNames()

    package init(store: Store, name: ApplicationName) {
        self.store = store
        self.name = name
    }

    /// What the log says of the application.
    var meta: Meta {
        var meta = Meta(name: name)
        meta.partitionKey = partitionKey
        meta.parent = parent
        meta.spawningParent = spawningParent
        meta.graph = graph
        meta.actions = actions
        return meta
    }
}

/// What a tracker does when it cannot record something.
package enum FailurePolicy: Sendable {
    /// One warning; the log says later what is missing. The program goes on.
    case ignore
    /// The call throws.
    case raise
}

/// How a tracker writes.
package struct TrackerOptions: Sendable {
    package var log: LogOptions
    package var snapshots: SnapshotPolicy
    package var onFailure: FailurePolicy
    /// What SESSION records call the writer.
    package var program: String
    /// The trackers beside it: those of this process unless it is set.
    package var peers: OpenTrackers
    /// Hears of the first failure in a row; standard error unless it is set.
    package var warn: @Sendable (String) -> Void

    package init(
        durability: Durability = .standard,
        onFailure: FailurePolicy = .ignore,
        program: String,
        warn: @escaping @Sendable (String) -> Void = TrackerOptions.warnOnStandardError
    ) {
        log = LogOptions(durability: durability)
        snapshots = SnapshotPolicy()
        self.onFailure = onFailure
        self.program = program
        peers = .shared
        self.warn = warn
    }

    /// Writes one line to standard error.
    package static let warnOnStandardError: @Sendable (String) -> Void = { message in
        StandardError.write("burr: \(message)\n")
    }
}

/// Where an application stands when a tracker opens it.
package struct TrackerStart: Sendable {
    /// The state before the next step, as compact JSON text; `nil` where it is not known.
    package var state: [UInt8]?
    /// The step whose state the application goes on from; `nil` for a beginning.
    package var continuing: Int64?
    /// When it began, in nanoseconds since 1970 UTC; `nil` for now.
    package var time: Int64?

    package init(state: [UInt8]?, continuing: Int64? = nil, time: Int64? = nil) {
        self.state = state
        self.continuing = continuing
        self.time = time
    }

    /// The first step that will run.
    var nextStep: Int64 { (continuing ?? -1) + 1 }

    var opening: OpeningState {
        if let state { .text(state, before: nextStep) } else { .unknown(before: nextStep) }
    }
}
