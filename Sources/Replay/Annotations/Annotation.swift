// SPDX-License-Identifier: Apache-2.0
// The lines of annotations.jsonl.

package import EventLog
internal import StateDelta
internal import Tracking

/// Reading annotation lines.
package enum Annotation {
    /// The id of an annotation.
    package static func id(_ text: [UInt8]) -> Int64? {
        LineMembers(text.span).integer("id", in: text.span)
    }

    /// The application that an annotation belongs to.
    package static func appID(_ text: [UInt8]) -> String? {
        BurrJSON.text(LineMembers(text.span).value("app_id"), in: text)
    }

    /// The step that an annotation belongs to.
    package static func step(_ text: [UInt8]) -> Int64? {
        LineMembers(text.span).integer("step_sequence_id", in: text.span)
    }
}

extension History {
    /// The text events of one type, of all branches, in order; children also of the log beside.
    ///
    /// - Throws: `ReplayError.log` when a segment cannot be read at all.
    /// - Complexity: segments whose index counts none are not read.
    package func texts(_ type: RecordType) throws(ReplayError) -> [TextRecord] {
        let found = try ownTexts(type)
        guard type == .child else { return found }
        let beside = try SideLog(BranchFiles.linksFolder, of: name, in: store).records(.child)
        if beside.isEmpty { return found }
        let links = beside.map { TextRecord(type: .child, time: $0.time, text: $0.text) }
        return (found + links).sorted { $0.time < $1.time }
    }

    private func ownTexts(_ type: RecordType) throws(ReplayError) -> [TextRecord] {
        try reading { () throws(LogError) in
            var found: [TextRecord] = []
            for branch in branches {
                for segment in branch.reader.segments {
                    let number = segment.header.segment
                    let counts = try branch.reader.index(of: number).counts
                    guard counts[Int(type.rawValue)] > 0 else { continue }
                    _ = try branch.reader.scan(segment: number) { record in
                        if record.type == type {
                            var reader = ByteReader(record.payload)
                            _ = try? reader.zigzag()
                            let text = reader.rest().array
                            found.append(TextRecord(type: type, time: record.time, text: text))
                        }
                        return .proceed
                    }
                }
            }
            return found
        }
    }
}
