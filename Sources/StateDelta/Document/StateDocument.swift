// SPDX-License-Identifier: Apache-2.0

/// One JSON value, held so that telling it from its successor and changing it are both quick.
///
/// An object at the root is kept as its members, each with a text of its own, so that a change
/// moves only the bytes of the member it touches. Copies share their memory until one of them
/// changes.
package struct StateDocument: Sendable {
    /// The largest state, in bytes.
    package static let byteLimit = 256 << 20
    /// Objects with more members are kept in one piece.
    static let memberLimit = 1_024

    /// A member of the root object.
    struct Member: Sendable {
        /// The key as written between its quotes.
        let key: [UInt8]
        let hash: UInt32
        /// The text of key, colon and value.
        var slab: Slab
    }

    var members: [Member] = []
    /// The root in one piece, where it is not kept as members.
    var whole: Slab?
    /// The bytes of the text.
    package internal(set) var byteCount: Int

    /// Holds a text after checking it.
    ///
    /// - Throws: `JSONError`; `.insignificantWhiteSpace` where the text is valid but not compact.
    /// - Complexity: linear.
    package init(validating text: [UInt8]) throws(JSONError) {
        guard text.count <= StateDocument.byteLimit else {
            throw .tooLarge(byteCount: text.count)
        }
        try text.withView { (view) throws(JSONError) in
            try JSONScanner.validate(view, mode: .compact)
        }
        self.init(trusted: text)
    }

    /// Holds a text that is known to be valid and compact.
    ///
    /// - Complexity: linear.
    package init(trusted text: [UInt8]) {
        byteCount = 0
        text.withView { self.hold($0) }
    }

    /// Whether the value is an object, whose members can be edited one by one.
    package var isObject: Bool {
        guard let whole else { return true }
        return whole.view.count > 0 && whole.view[0] == UInt8(ascii: "{")
    }

    /// The text of the value.
    package func text() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(byteCount)
        appendText(to: &output)
        return output
    }

    /// Appends the text of the value.
    package func appendText(to output: inout [UInt8]) {
        if let whole {
            whole.view.append(to: &output)
            return
        }
        output.append(UInt8(ascii: "{"))
        for index in members.indices {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            members[index].slab.view.append(to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    /// Holds another checked compact text.
    mutating func hold(_ view: ByteView) {
        byteCount = view.count
        whole = nil
        members.removeAll(keepingCapacity: true)
        if view.count >= 2, view[0] == UInt8(ascii: "{"), split(view) { return }
        members.removeAll()
        whole = Slab(text: TextBuffer(view), valueStart: 0)
    }

    /// Takes an object apart; false where it has too many members or a key twice.
    private mutating func split(_ view: ByteView) -> Bool {
        var keys = KeySet()
        var offset = 1
        while offset < view.count - 1 {
            guard members.count < StateDocument.memberLimit else { return false }
            let keyEnd = JSONScanner.trustedStringEnd(view, at: offset)
            guard keyEnd < view.count else { return false }
            let key = view.slice(offset + 1, keyEnd - 1)
            guard keys.insert(key) else { return false }
            let end = JSONScanner.trustedEnd(view, at: keyEnd + 1)
            members.append(StateDocument.member(key, text: TextBuffer(view.slice(offset, end))))
            offset = end + 1
        }
        return true
    }

    static func member(_ key: ByteView, text: TextBuffer) -> Member {
        Member(
            key: key.array,
            hash: key.keyHash,
            slab: Slab(text: text, valueStart: key.count + 3)
        )
    }

    /// The number of the root's member with a key.
    func memberIndex(_ key: ByteView) -> Int? {
        let hash = key.keyHash
        for index in members.indices where members[index].hash == hash {
            if members[index].key.withView({ $0 == key }) { return index }
        }
        return nil
    }
}
