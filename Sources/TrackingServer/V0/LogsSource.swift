// SPDX-License-Identifier: Apache-2.0
// An application's logs as one document, made while it is sent.

internal import EventLog
internal import Replay
internal import StateDelta
internal import Tracking

/// The reply of `/api/v0/{project}/{app}/{partition}/apps`, piece by piece.
///
/// Steps are those of all branches by their numbers; of a step that several branches have, the last
/// one counts, as in Burr's server, which reads one file for all of them.
final class LogsSource: ChunkSource {
    private let name: ApplicationName
    private let head: [UInt8]
    private let tail: [UInt8]
    private var branches: [BranchSteps] = []
    /// The branches that have more, where there are several, by their next steps: the one that is
    /// due next stands last.
    private var order: [Due] = []
    /// Steps that are not handed over yet.
    private var output: [UInt8] = []
    private var isFirst = true
    private var hasBegun = false
    private var isOver = false
    private let pool: ApplicationPool
    private let beginnings: LogBeginnings
    /// Pieces that are known from an earlier reply, and how many of them are handed over.
    private var known: [[UInt8]] = []
    private var given = 0
    /// The pieces that were made, for the next reply.
    private var made: [[UInt8]] = []
    private var madeBytes = 0
    /// How many of those stand before a place to go on from, and that place.
    private var end: (count: Int, place: BranchSteps.Place)?

    /// A branch and its next step.
    private struct Due {
        let step: Int64
        let branch: Int
    }

    /// Bytes in a piece, about: more than what is read of a branch at a time becomes.
    private static let piece = 120 << 10
    /// A piece may end where the log is read on, if it has so many bytes.
    private static let least = 32 << 10

    /// Begins a reply.
    ///
    /// - Parameters:
    ///   - history: an application that nobody else reads.
    ///   - graph: its graph, as the API has it.
    ///   - pool: where damage is counted.
    ///   - beginnings: what was made of the beginnings of logs.
    /// - Throws: what reading throws.
    init(
        _ history: History,
        graph: [UInt8],
        _ pool: ApplicationPool,
        _ beginnings: LogBeginnings
    ) throws {
        self.pool = pool
        self.beginnings = beginnings
        name = history.name
        let meta = try history.meta()
        var head = Array("{\"application\":".utf8) + graph
        head.append(literal: ",\"children\":[")
        for (index, child) in try history.texts(.child).enumerated() {
            if index > 0 { head.append(UInt8(ascii: ",")) }
            Self.append(child: child.text, to: &head)
        }
        head.append(literal: "],\"steps\":[")
        self.head = head
        var tail = Array("],\"parent_pointer\":".utf8)
        Self.append(meta?.parent, to: &tail)
        tail.append(literal: ",\"spawning_parent_pointer\":")
        Self.append(meta?.spawningParent, to: &tail)
        tail.append(literal: "}")
        self.tail = tail
        let count = history.branches.count
        for branch in history.branches { branches.append(try BranchSteps(branch, of: count)) }
        guard count == 1 else {
            for branch in branches.indices { try place(branch) }
            return
        }
        if let beginning = beginnings[name], try branches[0].goOn(from: beginning.end) {
            known = beginning.pieces
            made = known
            madeBytes = beginning.byteCount
            isFirst = known.isEmpty
        }
    }

    func next(_ waker: Waker) -> Chunk { next() }

    /// The next piece, which never has to be waited for.
    func next() -> Chunk {
        if isOver { return .end }
        if given < known.count {
            given += 1
            return .bytes(begun(known[given - 1]))
        }
        do throws(LogError) {
            try fill()
        } catch {
            pool.noteDamage(1)
            return .failed
        }
        var piece: [UInt8] = []
        if !isOver { piece.reserveCapacity(Self.piece) }
        swap(&piece, &output)
        if isOver {
            keepBeginning()
            piece += tail
        } else if branches.count == 1, madeBytes < LogBeginnings.limit {
            made.append(piece)
            madeBytes += piece.count
        }
        return .bytes(begun(piece))
    }

    /// A piece, with what stands before the first one.
    private func begun(_ piece: [UInt8]) -> [UInt8] {
        if hasBegun { return piece }
        hasBegun = true
        return head + piece
    }

    /// Makes steps for one piece.
    private func fill() throws(LogError) {
        while output.count < Self.piece {
            if branches.count == 1, branches[0].needsMore {
                if output.count >= Self.least { return }
                if output.isEmpty, madeBytes < LogBeginnings.limit,
                    let place = try branches[0].place()
                {
                    end = (made.count, place)
                }
            }
            guard let step = try nextStep() else {
                isOver = true
                return
            }
            let length = output.count
            if !isFirst { output.append(UInt8(ascii: ",")) }
            if try appendStep(step) {
                isFirst = false
            } else {
                output.removeLast(output.count - length)
            }
        }
    }

    private func keepBeginning() {
        guard let end, end.count > known.count else { return }
        let pieces = Array(made.prefix(end.count))
        beginnings.keep(LogBeginning(pieces: pieces, end: end.place), of: name)
    }

    private func nextStep() throws(LogError) -> Int64? {
        branches.count == 1 ? try branches[0].peek() : order.last?.step
    }

    /// Whether the last piece was given.
    var isComplete: Bool { isOver }

    func finish() {
        branches = []
    }

    /// Puts a branch in its place among those that have more.
    private func place(_ branch: Int) throws(LogError) {
        guard let step = try branches[branch].peek() else { return }
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            let other = order[middle]
            // Of two that have the same step the older one comes first: the last one counts.
            if (other.step, other.branch) > (step, branch) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        order.insert(Due(step: step, branch: branch), at: low)
    }

    /// Appends the next step, from all branches that have it.
    ///
    /// - Returns: whether it ever began.
    private func appendStep(_ step: Int64) throws(LogError) -> Bool {
        if branches.count == 1 { return branches[0].takeObject(to: &output) }
        var merged = StepBundle(step: step)
        var those: [Int] = []
        while let due = order.last, due.step == step {
            order.removeLast()
            those.append(due.branch)
        }
        for branch in those {
            while try branches[branch].peek() == step { merged.merge(branches[branch].take()) }
        }
        for branch in those { try place(branch) }
        return merged.append(to: &output)
    }

    private static func append(child: [UInt8], to output: inout [UInt8]) {
        var text: [UInt8] = []
        BurrModel.child.append(child, to: &text)
        output += text
    }

    /// Appends a pointer to another application, or null.
    static func append(_ pointer: ParentPointer?, to output: inout [UInt8]) {
        var json = JSONText()
        json.burrPointer(pointer)
        output += json.bytes
    }
}

extension JSONText {
    /// Writes a pointer to another application as Burr's API has it, or null.
    mutating func burrPointer(_ pointer: ParentPointer?) {
        guard let pointer else { return string(nil) }
        object { json in
            json.member("type", "pointer_data")
            json.member("app_id", pointer.appID)
            json.member("sequence_id", pointer.step.map(Int.init))
            json.member("partition_key", pointer.partitionKey)
        }
    }
}
