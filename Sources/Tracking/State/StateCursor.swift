// SPDX-License-Identifier: Apache-2.0
// The state as it moves along a log: a snapshot, then the delta of each STEP_END after it.

package import EventLog
package import StateDelta

/// Why the state could not be moved on.
package enum StateError: Error, Equatable, Sendable, CustomStringConvertible {
    case format(FormatError)
    case delta(DeltaError)
    /// The delta applied, but the text is not as long as the one recorded.
    case lengthDiffers(recorded: UInt64, rebuilt: UInt64)
    /// A packed delta does not unpack.
    case badPacking
    /// The state is in a snapshot that is missing.
    case snapshotMissing

    package var description: String {
        switch self {
        case .format(let error): "its record is malformed: \(error)"
        case .delta(let error): "its delta does not apply: \(error)"
        case .lengthDiffers(let recorded, let rebuilt):
            "its delta gives \(rebuilt) bytes where \(recorded) were recorded"
        case .badPacking: "its packed delta does not unpack"
        case .snapshotMissing: "the snapshot that holds it is missing"
        }
    }
}

/// The state after one step, ready for the next delta.
package struct StateCursor: Sendable {
    /// The step whose state this is.
    package private(set) var step: Int64
    /// The state; `nil` where the log does not know it.
    package private(set) var document: StateDocument?
    /// Whether the step's own state was recorded; if not, `document` is still that of a step
    /// before.
    package private(set) var isRecorded = true
    /// The names that deltas refer to.
    package private(set) var names: NameTable
    /// The end of the last snapshot's text, which packed deltas refer to.
    package private(set) var dictionary: [UInt8]

    /// How much of a snapshot's text a packed delta may refer to.
    package static let dictionaryLength = 65_536

    /// Begins at a snapshot.
    ///
    /// - Parameters:
    ///   - step: the step whose state it holds.
    ///   - text: the state's text, `nil` where it is not known.
    ///   - names: the names listed in the snapshot.
    package init(step: Int64, text: [UInt8]?, names: [[UInt8]]) {
        self.step = step
        self.names = NameTable(adding: names)
        dictionary = StateCursor.dictionary(of: text)
        document = text.map { StateDocument(trusted: $0) }
    }

    /// The dictionary that goes with a snapshot's text.
    package static func dictionary(of text: [UInt8]?) -> [UInt8] {
        Array((text ?? []).suffix(dictionaryLength))
    }

    /// The state's text; `nil` where the log does not know it.
    package func text() -> [UInt8]? {
        document?.text()
    }

    /// Moves on over the payload of a STEP_END.
    ///
    /// - Throws: `StateError` when the state cannot be rebuilt; the cursor is then of no more use.
    /// - Complexity: O(delta), whatever the size of the state.
    package mutating func apply(_ payload: RawSpan) throws(StateError) {
        var reader = ByteReader(payload)
        let place: StepEnd.DeltaPlace
        do { place = try StepEnd.locateDelta(&reader) } catch { throw .format(error) }
        try apply(place, reader.rest())
    }

    /// Moves on over a delta that has been located in its payload.
    package mutating func apply(
        _ place: StepEnd.DeltaPlace,
        _ bytes: RawSpan
    ) throws(StateError) {
        try apply(place, bytes) { (delta, document, names) throws(DeltaError) in
            try document.apply(delta, names: &names)
        }
    }

    /// Moves on over a located delta, emitting the JSON Patch of it.
    ///
    /// - Throws: `StateError` when the state cannot be rebuilt; the cursor is then of no more use.
    package mutating func apply(
        _ place: StepEnd.DeltaPlace,
        _ bytes: RawSpan,
        emitter: inout PatchEmitter
    ) throws(StateError) -> StepPatch {
        var patch = StepPatch(text: Array("[]".utf8), cost: 0)
        var moving = emitter
        try apply(place, bytes) { (delta, document, names) throws(DeltaError) in
            patch.cost = delta.byteCount
            patch.text = try moving.apply(delta, to: &document, names: &names)
        }
        emitter = moving
        return patch
    }

    private typealias Move = (RawSpan, inout StateDocument, inout NameTable) throws(DeltaError) ->
        Void

    private mutating func apply(
        _ place: StepEnd.DeltaPlace,
        _ bytes: RawSpan,
        _ move: Move
    ) throws(StateError) {
        step = place.step
        isRecorded = place.encoding != nil
        switch place.encoding {
        case nil: return
        case .snapshot?: throw .snapshotMissing
        case .plain?: try apply(delta: bytes, length: place.stateLength, move)
        case .packed?:
            let delta = try unpack(bytes)
            try apply(delta: delta.rawSpan, length: place.stateLength, move)
        }
    }

    private mutating func apply(
        delta: RawSpan,
        length: UInt64,
        _ move: Move
    ) throws(StateError) {
        // A state that was not known begins with a delta that sets the root.
        var moved = document.take() ?? StateDocument(trusted: Array("null".utf8))
        do throws(DeltaError) { try move(delta, &moved, &names) } catch { throw .delta(error) }
        guard UInt64(moved.byteCount) == length else {
            throw .lengthDiffers(recorded: length, rebuilt: UInt64(moved.byteCount))
        }
        document = moved
    }

    private func unpack(_ bytes: RawSpan) throws(StateError) -> [UInt8] {
        do { return try PackedDelta.unpack(bytes, dictionary: dictionary) } catch {
            throw .badPacking
        }
    }

    /// Passes a SNAPSHOT of this state that stands in the log: later packed deltas refer to it.
    ///
    /// - Complexity: O(state).
    package mutating func passSnapshot() {
        dictionary = StateCursor.dictionary(of: document?.text())
    }
}

/// What a step changed, as JSON Patch.
package struct StepPatch: Sendable {
    /// The patch, compact.
    package var text: [UInt8]
    /// Bytes of the delta that it was made of.
    package var cost: Int
}

extension StepEnd {
    /// What replay needs of a STEP_END.
    package struct DeltaPlace: Sendable {
        package var step: Int64
        package var hasFailed: Bool
        package var stateLength: UInt64
        /// `nil` when the step ended without a readable state.
        package var encoding: DeltaEncoding?
    }

    /// Reads a STEP_END up to its delta's bytes, copying nothing.
    ///
    /// - Throws: `FormatError` when the bytes are not a STEP_END.
    package static func locateDelta(
        _ reader: inout ByteReader
    ) throws(FormatError) -> DeltaPlace {
        let flags = try reader.varint()
        let step = try reader.step()
        if try reader.varint() == 0 { _ = try reader.string() }
        switch try reader.u8() {
        case 1: _ = try reader.zigzag()
        case 3: _ = try reader.string()
        default: break
        }
        if flags & Flag.duration != 0 { _ = try reader.varint() }
        if flags & Flag.result != 0 { _ = try reader.string() }
        if flags & Flag.exception != 0 { _ = try reader.string() }
        if flags & Flag.envelope != 0 {
            _ = try reader.string()
            _ = try reader.string()
        }
        if flags & Flag.line != 0 { _ = try reader.string() }
        var place = DeltaPlace(
            step: step,
            hasFailed: flags & Flag.exception != 0,
            stateLength: 0,
            encoding: nil
        )
        if flags & Flag.noState != 0 { return place }
        place.stateLength = try reader.varint()
        guard let encoding = DeltaEncoding(rawValue: try reader.u8()) else {
            throw .invalid(offset: reader.offset - 1)
        }
        place.encoding = encoding
        return place
    }
}

/// Deltas under LZ4, with the end of the last snapshot's text as dictionary.
package enum PackedDelta {
    /// Unpacks a delta.
    ///
    /// - Throws: `LZ4.Failure` when the bytes are no such delta.
    package static func unpack(
        _ bytes: RawSpan,
        dictionary: [UInt8]
    ) throws(LZ4.Failure) -> [UInt8] {
        var reader = ByteReader(bytes)
        let length: Int
        do {
            length = try reader.count(limit: StateDocument.byteLimit + (1 << 20))
        } catch {
            throw LZ4.Failure()
        }
        let block = reader.rest()
        // An LZ4 block grows by at most 255 times.
        guard length <= block.byteCount * 256 else { throw LZ4.Failure() }
        let outcome = unsafe dictionary.withUnsafeBytes { dictionary in
            Result { () throws(LZ4.Failure) in
                try unsafe LZ4.decompressBlock(
                    block,
                    rawLength: length,
                    limit: length,
                    dictionary: dictionary
                )
            }
        }
        return try outcome.get()
    }
}
