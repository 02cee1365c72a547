// SPDX-License-Identifier: Apache-2.0
// The state that a writer knows, so that the next one costs what it changes.

internal import EventLog
internal import StateDelta

/// The state after the last step, and the writer of the delta to the next one.
///
/// A program that says what it changed needs no text of its state: the document then lags behind
/// by the deltas that were written, and is moved over them where somebody asks for it.
struct KnownState: ~Copyable {
    /// Writes deltas; has the names that they may use.
    var edits: EditWriter
    /// Bytes of the text of the state after the last step.
    private(set) var length: Int
    /// Whether it is the state after the last step that ended.
    var isCurrent: Bool
    /// The state, or the one that `behind` leads on from; `nil` where it is not known.
    private var document: StateDocument?
    private var behind = Behind()
    /// What comparing two texts came to.
    private var compared: [UInt8] = []

    /// What the document is still to be moved over.
    private struct Behind: ~Copyable {
        var delta = ByteWriter()
        /// As they were before that delta.
        var names: NameTable?

        mutating func forget() {
            delta.removeAll()
            names = nil
        }
    }

    /// More deltas than the state and this are not kept.
    private static let slack = 64 << 10

    /// Goes on from what a branch holds, or from what it opened with.
    init(_ restored: RestoredBranch) {
        document = restored.cursor.document
        length = document?.byteCount ?? 0
        isCurrent = restored.cursor.isRecorded || restored.lastEnded == nil
        edits = EditWriter(names: restored.cursor.names)
    }

    /// The state that is known last, of whatever step.
    ///
    /// - Complexity: O(what was told by edits since it was read last).
    mutating func read() -> StateDocument? {
        catchUp()
        return document
    }

    /// Whether the next state can be told by what changed.
    var takesEdits: Bool { isCurrent && document?.isObject == true }

    // MARK: Moving on

    /// Moves on to a state, leaving the delta to it in `edits`.
    ///
    /// - Returns: the changed top-level keys.
    /// - Throws: `TrackingError.state` when the text is not compact JSON.
    mutating func move(to text: RawSpan) throws(TrackingError) -> [[UInt8]] {
        edits.begin()
        catchUp()
        let changed: [[UInt8]]
        do throws(JSONError) { changed = try compare(text) } catch { throw .state(error) }
        length = text.byteCount
        return changed
    }

    private mutating func compare(_ text: RawSpan) throws(JSONError) -> [[UInt8]] {
        guard var known = document.take() else {
            document = try StateDocument(validating: text.array)
            // No state was known: `set` at the empty path.
            edits.delta.u8(0)
            edits.delta.varint(0)
            edits.delta.string(text)
            return []
        }
        defer { document = known }
        compared.removeAll(keepingCapacity: true)
        let change = try known.update(to: text, names: &edits.names, delta: &compared)
        edits.delta.raw(compared)
        return change.changedKeys
    }

    /// Moves on by what a program says it changed, leaving the delta in `edits`.
    ///
    /// - Parameter changes: writes the edits, and gives the length of the text after them.
    /// - Returns: false where edits cannot say what changed: nothing has changed then.
    mutating func move(by changes: (inout EditWriter) -> Int?) -> Bool {
        let namesBefore = edits.names.count
        if behind.names == nil { behind.names = edits.names }
        edits.begin()
        guard let length = changes(&edits) else {
            edits.forgetNames(from: namesBefore)
            return false
        }
        self.length = length
        behind.delta.raw(edits.delta)
        return true
    }

    /// Whether the document is so far behind that the text of the state is the shorter way.
    var isFarBehind: Bool { behind.delta.count > length + Self.slack }

    /// Takes the text of the state that it has moved to already.
    mutating func renew(from text: [UInt8]) {
        behind.forget()
        document = StateDocument(trusted: text)
    }

    /// Moves the document over the deltas behind it.
    private mutating func catchUp() {
        guard var names = behind.names else { return }
        defer { behind.forget() }
        guard behind.delta.count > 0, var known = document.take() else { return }
        do throws(DeltaError) {
            try known.apply(behind.delta.rawSpan, names: &names)
            document = known
        } catch {
            // Edits that did not fit: the next step sets the whole state.
            isCurrent = false
        }
    }

    // MARK: Leaving off

    /// Takes a state that no delta leads to.
    ///
    /// - Throws: `TrackingError.state` when the text is not compact JSON.
    mutating func replace(by text: [UInt8]) throws(TrackingError) {
        catchUp()
        do throws(JSONError) {
            document = try StateDocument(validating: text)
        } catch {
            throw .state(error)
        }
        length = text.count
        isCurrent = true
    }

    /// The state after the last step is not known any more, nor are the names that came since.
    mutating func forget(names count: Int) {
        edits.forgetNames(from: count)
        behind.forget()
        document = nil
        isCurrent = false
    }

    /// Nothing is known, and deltas begin with no names.
    mutating func forgetAll() {
        behind.forget()
        document = nil
        edits.forgetNames(from: 0)
    }
}
