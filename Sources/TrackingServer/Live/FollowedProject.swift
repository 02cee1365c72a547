// SPDX-License-Identifier: Apache-2.0
// One project's list as its readers know it, and what is to be looked at when.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// The rows of a project, and who is told when they change.
struct FollowedProject {
    let name: String
    /// The watch of the project's folder.
    var watch: Int32?
    var readers: [ObjectIdentifier: LiveStream] = [:]
    /// Readers that are to fetch the list anew.
    var behind: Set<ObjectIdentifier> = []
    /// Applications that were written lately.
    private(set) var recent: [String: Recent] = [:]
    private var rows: [String: ApplicationSummary] = [:]
    /// Applications whose rows have changed since the readers were told.
    private var news: Set<String> = []
    /// Those that are to be watched.
    private var hot: [String] = []
    /// The look at all rows that is going on.
    private var round: Round?
    /// Whether all rows were looked at once.
    private var isKnown = false
    private var nextRound: Int64 = 0
    /// When the folder is to be listed.
    private var nextListing: Int64?
    private var lastListing: Int64 = 0
    private var nextStatus: Int64 = 0

    /// An application that is watched.
    struct Recent {
        let watch: Int32
        /// When it is to be looked at; `nil` when nothing has changed.
        var due: Int64?
        var lastLook: Int64 = 0
        var lastChange: Int64
    }

    private struct Round {
        let folders: [(name: String, path: String)]
        var next = 0
        var spent: Int64 = 0
    }

    /// Applications that are watched.
    private static let recentLimit = 64
    /// Rows that are looked at before others have their turn.
    private static let turn = 128
    /// So many rows are told one by one.
    private static let newsLimit = 64
    /// Nanoseconds between two looks at one application, and at the folder.
    private static let pause: Int64 = 500_000_000
    /// Nanoseconds until a new application has its first record: a bare folder is no news.
    private static let settling: Int64 = 100_000_000
    /// Nanoseconds between two looks at who writes, which leaves no trace in a folder.
    private static let statusPause: Int64 = 1_000_000_000

    init(_ name: String) {
        self.name = name
    }

    /// Something came or went in the project's folder.
    mutating func folderHasChanged() {
        nextListing = nextListing ?? max(Clock.now(), lastListing + Self.pause)
    }

    /// Something was written in the folder of an application that is watched.
    mutating func hasChanged(_ id: String) {
        guard let app = recent[id], app.due == nil else { return }
        recent[id]?.due = max(Clock.now(), app.lastLook + Self.pause)
    }

    /// When something is due.
    var due: Int64 {
        if round != nil { return 0 }
        var next = min(nextRound, nextListing ?? .max)
        if !recent.isEmpty { next = min(next, nextStatus) }
        for app in recent.values { next = min(next, app.due ?? .max) }
        return next
    }

    /// Looks at what is due.
    mutating func look(_ live: LiveStore, _ now: Int64) {
        if let due = nextListing, due <= now { list(live, now) }
        if now >= nextStatus {
            for id in recent.keys where rows[id]?.status == .running { recent[id]?.due = now }
            nextStatus = now + Self.statusPause
        }
        for (id, app) in recent {
            guard let due = app.due, due <= now else { continue }
            recent[id]?.due = nil
            recent[id]?.lastLook = now
            look(id, live, now)
        }
        if round == nil, nextRound <= now { beginRound(live, now) }
        goOn(live)
    }

    /// Sees which applications came and went.
    private mutating func list(_ live: LiveStore, _ now: Int64) {
        nextListing = nil
        lastListing = now
        let folders = live.folders(of: name)
        // Watched before they are looked at, or what is written in between would be missed.
        hot += folders.filter { rows[$0.name] == nil }.map(\.name)
        // Those that are too many to be watched are found by the next look at all.
        if hot.count > Self.recentLimit { nextRound = min(nextRound, now + Self.settling) }
        guard rows.count > folders.count else { return }
        let there = Set(folders.map(\.name))
        for id in rows.keys where !there.contains(id) { forget(id) }
    }

    private mutating func forget(_ id: String) {
        rows[id] = nil
        news.insert(id)
    }

    /// Looks at one application.
    private mutating func look(_ id: String, _ live: LiveStore, _ now: Int64) {
        let summary = live.summary(of: ApplicationName(project: name, appID: id))
        guard let summary else {
            if rows[id] != nil { forget(id) }
            return
        }
        guard rows[id] != summary else { return }
        rows[id] = summary
        recent[id]?.lastChange = now
        guard isKnown else { return }
        news.insert(id)
        if recent[id] == nil { hot.append(id) }
    }

    // MARK: All rows, a few at a time

    private mutating func beginRound(_ live: LiveStore, _ now: Int64) {
        let folders = live.folders(of: name)
        lastListing = now
        let there = Set(folders.map(\.name))
        for id in rows.keys where !there.contains(id) { forget(id) }
        round = Round(folders: folders)
    }

    private mutating func goOn(_ live: LiveStore) {
        guard var going = round else { return }
        let begun = Clock.now()
        let end = min(going.next + Self.turn, going.folders.count)
        for folder in going.folders[going.next..<end] { look(folder.name, live, begun) }
        let now = Clock.now()
        going.next = end
        going.spent += now - begun
        guard end == going.folders.count else { return round = going }
        round = nil
        // A fiftieth of a processor at most, and no more often than once a second.
        nextRound = now + min(max(50 * going.spent, 1_000_000_000), 10_000_000_000)
        guard !isKnown else { return }
        isKnown = true
        let latest = rows.values.sorted { ($0.lastWritten ?? 0) > ($1.lastWritten ?? 0) }
        hot += latest.prefix(Self.recentLimit).map(\.name.appID)
    }

    // MARK: Watches

    /// The applications that are to be watched, those that are already left out.
    mutating func takeHot() -> [String] {
        defer { hot = [] }
        return Array(Set(hot.suffix(Self.recentLimit)).subtracting(recent.keys))
    }

    /// Takes watches from applications that are gone, or for which others need them.
    mutating func takeCold() -> [Recent] {
        let gone = recent.filter { id, app in rows[id] == nil && app.due == nil && isKnown }
        var cold = gone.map(\.key)
        let wanted = Set(hot.suffix(Self.recentLimit)).subtracting(recent.keys).count
        let excess = recent.count - cold.count + wanted - Self.recentLimit
        if excess > 0 {
            let oldest = recent.filter { rows[$0.key] != nil }
                .sorted { $0.value.lastChange < $1.value.lastChange }
            cold += oldest.prefix(excess).map(\.key)
        }
        return cold.compactMap { recent.removeValue(forKey: $0) }
    }

    /// An application is watched from now on: it is looked at once more.
    mutating func isWatched(_ id: String, _ watch: Int32) {
        let now = Clock.now()
        let due = rows[id] == nil ? now + Self.settling : now
        recent[id] = Recent(watch: watch, due: due, lastChange: now)
    }

    // MARK: Telling

    /// Tells the readers what has changed: each row, or that the list is to be fetched anew.
    mutating func tell(_ live: LiveStore) {
        guard isKnown else { return }
        if !news.isEmpty {
            // A list that is fetched from now on has what is told.
            live.lists.forget()
            let isMuch = news.count > Self.newsLimit
            let text = isMuch ? [] : news.sorted().flatMap { event($0) }
            for (id, stream) in readers where !behind.contains(id) {
                if isMuch || !stream.hasRoom { behind.insert(id) } else { stream.append(text) }
            }
            news = []
        }
        for id in behind {
            guard let stream = readers[id], stream.hasRoom else { continue }
            live.lists.forget()
            behind.remove(id)
            stream.append(list)
        }
    }

    private func event(_ id: String) -> [UInt8] {
        var json = JSONText()
        json.object { json in
            if let row = rows[id] {
                json.members(row)
            } else {
                json.member("project", name)
                json.member("app", id)
                json.member("removed", true)
            }
        }
        var output: [UInt8] = []
        LiveEvent.append("app", nil, json.bytes, to: &output)
        return output
    }

    private var list: [UInt8] {
        var json = JSONText()
        json.object { json in
            json.member("project", name)
            json.member("total", rows.count)
        }
        var output: [UInt8] = []
        LiveEvent.append("list", nil, json.bytes, to: &output)
        return output
    }
}
