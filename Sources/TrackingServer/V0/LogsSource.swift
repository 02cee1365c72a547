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
    private let tail: [UInt8]
    private var branches: [BranchSteps] = []
    /// The branches that have more, by their next steps: the one that is due last in front.
    private var order: [Due] = []
    private var output: [UInt8]
    private var isFirst = true
    private var isOver = false
    private let pool: ApplicationPool

    /// A branch and its next step.
    private struct Due {
        let step: Int64
        let branch: Int
    }

    /// Bytes in a piece, about.
    private static let piece = 64 << 10

    /// Begins a reply.
    ///
    /// - Parameters:
    ///   - history: an application that nobody else reads.
    ///   - graph: its graph, as the API has it.
    ///   - pool: where damage is counted.
    /// - Throws: what reading throws.
    init(_ history: History, graph: [UInt8], _ pool: ApplicationPool) throws {
        self.pool = pool
        let meta = try history.meta()
        output = Array("{\"application\":".utf8) + graph
        output.append(literal: ",\"children\":[")
        for (index, child) in try history.texts(.child).enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            Self.append(child: child.text, to: &output)
        }
        output.append(literal: "],\"steps\":[")
        var end = Array("],\"parent_pointer\":".utf8)
        Self.append(meta?.parent, to: &end)
        end.append(literal: ",\"spawning_parent_pointer\":")
        Self.append(meta?.spawningParent, to: &end)
        end.append(literal: "}")
        tail = end
        let count = history.branches.count
        for branch in history.branches {
            branches.append(try BranchSteps(branch, of: count))
            try place(branches.count - 1)
        }
    }

    func next(_ waker: Waker) -> Chunk { next() }

    /// The next piece, which never has to be waited for.
    func next() -> Chunk {
        if isOver { return .end }
        do throws(LogError) {
            while output.count < Self.piece {
                guard let step = order.last?.step else {
                    output += tail
                    isOver = true
                    break
                }
                let length = output.count
                if !isFirst { output.append(UInt8(ascii: ",")) }
                if try appendStep(step) {
                    isFirst = false
                } else {
                    output.removeLast(output.count - length)
                }
            }
        } catch {
            pool.noteDamage(1)
            return .failed
        }
        var piece: [UInt8] = []
        if !isOver { piece.reserveCapacity(Self.piece + Self.piece / 8) }
        swap(&piece, &output)
        return .bytes(piece)
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
        if branches.count == 1, !branches[0].mayComeAgain {
            let isThere = branches[0].takeObject(to: &output)
            order.removeAll(keepingCapacity: true)
            try place(0)
            return isThere
        }
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
