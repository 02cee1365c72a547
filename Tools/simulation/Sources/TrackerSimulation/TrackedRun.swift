// One tracker, and what its program knows of what it has told it.

internal import EventLog
internal import Simulation
internal import Tracking

/// A run of the application, tracked.
struct TrackedRun {
    let number: Int
    let tracker: Tracker
    var state: ProgramState
    /// The step that comes next.
    var step: Int64
    /// Whether that step has begun.
    var hasBegun = false
    /// What was tried of each step of its line, by this run or by those it goes on from.
    var past: [Int64: [TrackerModel.Attempt]]
    /// Whether the last state was told, so that changes may be told instead of the next one.
    var mayTellEdits = false
    /// Whether events are missing since the last one that was recorded.
    var isMissing = false
    /// Its branch was opened when others had gone on already: whose line that is, nobody can say.
    var isAdrift = false
    /// No call of it has failed.
    var isUnhurt = true

    /// The last step of it that was reported: others may go on behind it.
    var lastReported: Int64

    mutating func remember(_ attempt: TrackerModel.Attempt) {
        past[attempt.step, default: []].append(attempt)
        if attempt.isReported { lastReported = attempt.step }
    }
}
