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
    private var output: [UInt8]
    private var isFirst = true
    private var isOver = false
    private let pool: ApplicationPool

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
        for branch in history.branches { branches.append(try BranchSteps(branch)) }
    }

    func next(_ waker: Waker) -> Chunk { next() }

    /// The next piece, which never has to be waited for.
    func next() -> Chunk {
        if isOver { return .end }
        do throws(LogError) {
            while output.count < Self.piece {
                guard let step = try lowestStep() else {
                    output += tail
                    isOver = true
                    break
                }
                let length = output.count
                if !isFirst { output.append(UInt8(ascii: ",")) }
                if try append(step) {
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

    /// The lowest number of a step that is still to come.
    private func lowestStep() throws(LogError) -> Int64? {
        var lowest: Int64?
        for index in branches.indices {
            guard let step = try branches[index].peek() else { continue }
            lowest = min(lowest ?? step, step)
        }
        return lowest
    }

    /// Appends a step from all branches that have it.
    ///
    /// - Returns: whether it ever began.
    private func append(_ step: Int64) throws(LogError) -> Bool {
        if branches.count == 1, !branches[0].mayComeAgain {
            return branches[0].takeObject(to: &output)
        }
        var merged = StepBundle(step: step)
        for index in branches.indices {
            while try branches[index].peek() == step { merged.merge(branches[index].take()) }
        }
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
