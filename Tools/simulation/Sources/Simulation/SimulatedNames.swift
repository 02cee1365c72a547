// The names on a simulated disk: what programs see, and what a power cut would leave of them.

internal import EventLog

/// Directories and the files in them, by path.
struct SimulatedNames: Sendable {
    enum Node: Equatable, Sendable {
        case directory
        /// Position among the inodes.
        case file(Int)
    }

    /// What programs see.
    private(set) var visible: [String: Node] = [:]
    /// What the disk has for certain.
    private var durable: [String: Node] = [:]
    /// What was changed since the directory was synced, in order.
    private var pending: [Change] = []

    private struct Change: Sendable {
        var path: String
        var node: Node
        var isAdded: Bool
        /// Where the node was before, for a rename.
        var former: String?

        func apply(to names: inout [String: Node]) {
            if let former, names[former] == node { names[former] = nil }
            if isAdded {
                names[path] = node
            } else if names[path] == node {
                names[path] = nil
            }
        }

        func concerns(_ directory: String) -> Bool {
            SimulatedNames.parent(of: path) == directory
        }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }

    /// A file that has always been there, with the directories above it.
    mutating func establish(_ path: String, _ node: Node) {
        visible[path] = node
        durable[path] = node
        let above = Self.parent(of: path)
        if !above.isEmpty, visible[above] == nil { establish(above, .directory) }
    }

    mutating func add(_ path: String, _ node: Node) throws(Errno) {
        guard visible[Self.parent(of: path)] == .directory || Self.parent(of: path).isEmpty else {
            throw .noEntry
        }
        if visible[path] != nil { throw .exists }
        change(Change(path: path, node: node, isAdded: true))
    }

    mutating func remove(_ path: String) throws(Errno) {
        guard let node = visible[path] else { throw .noEntry }
        change(Change(path: path, node: node, isAdded: false))
    }

    mutating func rename(_ from: String, to: String) throws(Errno) {
        guard let node = visible[from] else { throw .noEntry }
        if visible[to] != nil { throw .exists }
        change(Change(path: to, node: node, isAdded: true, former: from))
    }

    private mutating func change(_ change: Change) {
        change.apply(to: &visible)
        pending.append(change)
    }

    mutating func sync(_ directory: String) throws(Errno) {
        guard directory.isEmpty || visible[directory] == .directory else { throw .noEntry }
        for change in pending where change.concerns(directory) { change.apply(to: &durable) }
        pending.removeAll { $0.concerns(directory) }
    }

    /// The power is cut: any of the unsynced changes may have reached the disk.
    mutating func cutPower(_ rules: PowerCut, _ random: inout SeededRandom) {
        for change in pending where random.chance(rules.kept, of: 100) {
            change.apply(to: &durable)
        }
        // What lies in a directory that is gone is gone with it.
        while let lost = durable.keys.first(where: { path in
            let above = Self.parent(of: path)
            return !above.isEmpty && durable[above] == nil
        }) {
            durable[lost] = nil
        }
        pending.removeAll()
        visible = durable
    }

    /// The entries of a directory, by name.
    func list(_ directory: String) throws(Errno) -> [DirectoryEntry] {
        guard visible[directory] == .directory else { throw .noEntry }
        return visible.filter { Self.parent(of: $0.key) == directory }
            .map { path, node in
                DirectoryEntry(
                    name: String(path.dropFirst(directory.count + 1)),
                    kind: node == .directory ? .directory : .file
                )
            }
            .sorted { $0.name < $1.name }
    }
}
