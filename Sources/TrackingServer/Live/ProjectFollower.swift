// SPDX-License-Identifier: Apache-2.0
// What the live thread knows of projects: their rows, and which applications were written lately.

internal import EventLog
internal import Replay
internal import Tracking

/// Follows the lists of projects for their readers; used by the live thread alone.
///
/// A watch for each of ten thousand folders would be too many: those of a project that were written
/// last are watched, all others are looked at a few at a time, again and again.
final class ProjectFollower {
    private let live: LiveStore
    private let watch: DirectoryWatch
    private var projects: [String: FollowedProject] = [:]
    /// Which project's folder a watch is on.
    private var folders: [Int32: String] = [:]
    /// Which application's folder a watch is on.
    private var applications: [Int32: ApplicationName] = [:]
    private var readers: [ObjectIdentifier: LiveStream] = [:]

    init(_ live: LiveStore, _ watch: DirectoryWatch) {
        self.live = live
        self.watch = watch
    }

    deinit {
        for project in projects.values { unwatch(project) }
    }

    func add(_ stream: LiveStream) {
        guard let name = stream.project else { return }
        let id = ObjectIdentifier(stream)
        readers[id] = stream
        if projects[name] == nil {
            var project = FollowedProject(name)
            project.watch = watch.add(live.store.directory(project: name))
            if let number = project.watch { folders[number] = name }
            projects[name] = project
        }
        projects[name]?.readers[id] = stream
        // It is told that it may fetch the list once the rows are known.
        projects[name]?.behind.insert(id)
    }

    func remove(_ id: ObjectIdentifier) {
        guard let name = readers.removeValue(forKey: id)?.project else { return }
        projects[name]?.readers[id] = nil
        projects[name]?.behind.remove(id)
        guard let project = projects[name], project.readers.isEmpty else { return }
        unwatch(project)
        projects[name] = nil
    }

    private func unwatch(_ project: FollowedProject) {
        for number in [project.watch].compactMap(\.self) + project.recent.values.map(\.watch) {
            watch.remove(number)
            folders[number] = nil
            applications[number] = nil
        }
    }

    func changed(_ number: Int32) {
        if let name = folders[number] { projects[name]?.folderHasChanged() }
        if let app = applications[number] { projects[app.project]?.hasChanged(app.appID) }
    }

    func changedAll() {
        for name in projects.keys {
            projects[name]?.folderHasChanged()
            for app in projects[name]?.recent.keys.sorted() ?? [] {
                projects[name]?.hasChanged(app)
            }
        }
    }

    /// When something is due; `nil` for never.
    var due: Int64? { projects.values.map(\.due).min() }

    /// Does what is due.
    func work() {
        let now = Clock.now()
        for name in projects.keys {
            guard var project = projects.removeValue(forKey: name) else { continue }
            if project.due <= now { project.look(live, now) }
            watchRecent(&project)
            project.tell(live)
            projects[name] = project
        }
    }

    /// Gives watches to the applications that were written last, and takes those of others.
    private func watchRecent(_ project: inout FollowedProject) {
        for app in project.takeCold() {
            watch.remove(app.watch)
            applications[app.watch] = nil
        }
        for id in project.takeHot() {
            let name = ApplicationName(project: project.name, appID: id)
            guard let number = watch.add(live.store.directory(of: name)) else { continue }
            applications[number] = name
            project.isWatched(id, number)
        }
    }
}
