// SPDX-License-Identifier: Apache-2.0
// What the live thread knows: applications, their readers, and what is due when.

internal import EventLog
internal import Replay
internal import Tracking

/// Follows applications for their readers; used by the live thread alone.
final class LiveFollower {
    private let pool: ApplicationPool
    private let watch: DirectoryWatch
    private var apps: [ApplicationName: Followed] = [:]
    private var names: [Int32: ApplicationName] = [:]
    /// Watches of the folders that marks are in.
    private var marks: [Int32: ApplicationName] = [:]
    private var readers: [ObjectIdentifier: LiveStream] = [:]
    private var nextPoll = Clock.now() + pollPause
    private var nextBeat = Clock.now() + beatPause

    /// One application and its readers.
    private struct Followed {
        var watch: Int32?
        var marks: Int32?
        /// Whether marks may have changed.
        var hasNewMarks = false
        var readers: [ObjectIdentifier: LiveReader] = [:]
        /// What has been read for them.
        var batches = LiveBatches()
        /// When it is to be looked at; `nil` when nothing has changed.
        var due: Int64?
        /// Not before then: changes that come fast are told together.
        var notBefore: Int64 = 0
        /// What its folder looked like last.
        var stamp: FolderStamp?

        mutating func takeReaders() -> ([ObjectIdentifier: LiveReader], LiveBatches) {
            defer { (readers, batches) = ([:], LiveBatches()) }
            return (readers, batches)
        }
    }

    /// Times are nanoseconds.
    private static let coalesced: Int64 = 15_000_000
    private static let importPause: Int64 = 40_000_000
    private static let pollPause: Int64 = 1_000_000_000
    private static let beatPause: Int64 = 15_000_000_000
    /// With more applications than this, who writes is looked at when something was written.
    private static let statusLimit = 32
    /// The largest wait, in milliseconds.
    private static let longestPause = 1_000

    init(_ pool: ApplicationPool, _ watch: DirectoryWatch) {
        self.pool = pool
        self.watch = watch
    }

    deinit {
        for app in apps.values { unwatch(app) }
    }

    private func unwatch(_ app: Followed) {
        for number in [app.watch, app.marks] {
            guard let number else { continue }
            watch.remove(number)
            names[number] = nil
            marks[number] = nil
        }
    }

    /// Watches the folder of an application's marks, once there is one.
    private func watchMarks(_ name: ApplicationName) {
        let directory = Marks(of: name, in: pool.store).directory
        guard apps[name]?.marks == nil, let number = watch.add(directory) else { return }
        apps[name]?.marks = number
        apps[name]?.hasNewMarks = true
        marks[number] = name
    }

    var isEmpty: Bool { readers.isEmpty }

    func add(_ stream: LiveStream) {
        readers[ObjectIdentifier(stream)] = stream
        for (index, name) in stream.apps.enumerated() {
            var app = apps[name] ?? Followed()
            if app.watch == nil { app.watch = watch.add(pool.store.directory(of: name)) }
            if let number = app.watch { names[number] = name }
            app.readers[ObjectIdentifier(stream)] = LiveReader(stream, index)
            app.due = Clock.now()
            app.notBefore = 0
            apps[name] = app
        }
        for name in stream.apps {
            watchMarks(name)
            tellMarks(name)
        }
    }

    func remove(_ id: ObjectIdentifier) {
        guard let stream = readers.removeValue(forKey: id) else { return }
        for name in stream.apps {
            apps[name]?.readers[id] = nil
            guard let app = apps[name], app.readers.isEmpty else { continue }
            unwatch(app)
            apps[name] = nil
        }
    }

    func wake(_ id: ObjectIdentifier) {
        for name in readers[id]?.apps ?? [] { apps[name]?.due = Clock.now() }
    }

    func changed(_ number: Int32) {
        if let name = marks[number] { apps[name]?.hasNewMarks = true }
        guard let name = names[number] else { return }
        apps[name]?.due = Clock.now()
        watchMarks(name)
    }

    func changedAll() {
        for name in apps.keys {
            apps[name]?.due = Clock.now()
            apps[name]?.hasNewMarks = true
        }
    }

    /// Milliseconds until something is due.
    ///
    /// - Parameter other: when something else is; `nil` for never.
    /// - Returns: no more than the largest wait.
    func pause(before other: Int64?) -> Int {
        let now = Clock.now()
        var next = min(nextPoll, nextBeat, other ?? .max)
        for app in apps.values {
            if app.hasNewMarks { return 0 }
            if let due = app.due { next = min(next, max(due, app.notBefore)) }
        }
        return min(max(0, Int((next - now + 999_999) / 1_000_000)), Self.longestPause)
    }

    /// Does what is due.
    func work() {
        let now = Clock.now()
        if now >= nextPoll {
            poll()
            nextPoll = Clock.now() + Self.pollPause
        }
        if now >= nextBeat {
            for stream in readers.values where stream.hasRoom { stream.append(Array(":\n\n".utf8)) }
            nextBeat = now + Self.beatPause
        }
        for (name, app) in apps {
            if app.hasNewMarks {
                apps[name]?.hasNewMarks = false
                tellMarks(name)
            }
            guard let due = app.due, max(due, app.notBefore) <= now else { continue }
            apps[name]?.due = nil
            tell(name)
        }
    }

    /// Looks for changes that no watch has told: of other machines, or of locks.
    private func poll() {
        for (name, app) in apps {
            let directory = pool.store.directory(of: name)
            if app.watch == nil, let number = watch.add(directory) {
                apps[name]?.watch = number
                names[number] = name
            }
            watchMarks(name)
            tellMarks(name)
            let stamp = try? FolderStamp(directory, pool.store)
            // A lock that is taken or given up leaves no trace in the folder.
            if stamp != app.stamp || apps.count <= Self.statusLimit {
                apps[name]?.stamp = stamp
                if app.due == nil { apps[name]?.due = Clock.now() }
            }
        }
    }

    /// Tells which marks have been set, moved or taken away.
    private func tellMarks(_ name: ApplicationName) {
        guard let ids = apps[name]?.readers.keys,
            let changes = try? Marks(of: name, in: pool.store).changes()
        else { return }
        for id in ids { apps[name]?.readers[id]?.tell(changes, of: name) }
    }

    /// Tells the readers of an application what is new.
    private func tell(_ name: ApplicationName) {
        guard var app = apps[name] else { return }
        var mustReturn: Int64?
        do {
            // Taken out, so that there is one reference to what they hold.
            var (readers, batches) = app.takeReaders()
            apps[name] = app
            defer {
                apps[name]?.readers = readers
                apps[name]?.batches = batches
            }
            let teller = LiveTeller(name)
            let isWaiting = try pool.with(name, patience: 50_000_000) { open in
                teller.tell(&readers, open, &batches)
            }
            if let isWaiting { mustReturn = Clock.now() + isWaiting }
            if pool.isBehind(name) { mustReturn = Clock.now() + Self.importPause }
        } catch is ImportState {
            mustReturn = Clock.now() + Self.importPause * 5
        } catch {
            if !pool.store.exists(pool.store.directory(of: name)) { tellGone(name) }
        }
        apps[name]?.notBefore = Clock.now() + Self.coalesced
        let due = apps[name]?.due ?? .max
        if let mustReturn { apps[name]?.due = min(due, mustReturn) }
    }

    private func tellGone(_ name: ApplicationName) {
        guard let app = apps[name] else { return }
        for (id, reader) in app.readers where !reader.isGone {
            apps[name]?.readers[id]?.isGone = true
            reader.stream.append(LiveEvent.gone(name))
        }
        // A folder that is made again has other watches.
        unwatch(app)
        apps[name]?.watch = nil
        apps[name]?.marks = nil
    }
}
