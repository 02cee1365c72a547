// SPDX-License-Identifier: Apache-2.0

/// Reading by paths whose keys are as written.
extension StateDocument {
    /// The text of the value at a path; nil where there is none.
    func value(atPath path: [PathPart]) -> [UInt8]? {
        guard let first = path.first else { return text() }
        if let whole { return StateDocument.descend(whole.view, path[...])?.array }
        guard case .key(let key) = first, let index = key.withView({ memberIndex($0) }) else {
            return nil
        }
        let slab = members[index].slab
        return StateDocument.descend(slab.view.slice(slab.valueRange), path.dropFirst())?.array
    }

    private static func descend(_ view: ByteView, _ path: ArraySlice<PathPart>) -> ByteView? {
        var value = view
        for part in path {
            var found: ByteView?
            switch (part, value[0]) {
            case (.key(let key), UInt8(ascii: "{")):
                key.withView { wanted in
                    forEachMember(value) { key, member in
                        if key == wanted { found = member }
                        return found == nil
                    }
                }
            case (.index(let index), UInt8(ascii: "[")):
                var number = 0
                forEachElement(value) { range in
                    if number == index { found = value.slice(range) }
                    number += 1
                }
            default: break
            }
            guard let found else { return nil }
            value = found
        }
        return value
    }

    /// How many elements the array at a path has.
    func elementCount(atPath path: [PathPart]) -> Int {
        var count = 0
        value(atPath: path)?.withView { view in
            StateDocument.forEachElement(view) { _ in count += 1 }
        }
        return count
    }

    /// The keys as written in the object at a path that stand for given characters.
    func rawKeys(_ wanted: String, atPath path: [PathPart]) -> [[UInt8]] {
        let wanted = Array(wanted.utf8)
        var keys: [[UInt8]] = []
        value(atPath: path)?.withView { view in
            StateDocument.forEachMember(view) { key, _ in
                if StateDocument.decoded(key, equals: wanted) { keys.append(key.array) }
                return true
            }
        }
        return keys
    }

    /// The text of the object at a path with only the last member of a key that stands repeatedly.
    func withoutDuplicates(_ wanted: String, atPath path: [PathPart]) -> [UInt8] {
        let wanted = Array(wanted.utf8)
        var left = rawKeys(String(decoding: wanted, as: UTF8.self), atPath: path).count
        var output: [UInt8] = [UInt8(ascii: "{")]
        value(atPath: path)?.withView { view in
            StateDocument.forEachMember(view) { key, member in
                if StateDocument.decoded(key, equals: wanted) {
                    left -= 1
                    if left > 0 { return true }
                }
                if output.count > 1 { output.append(UInt8(ascii: ",")) }
                output.append(UInt8(ascii: "\""))
                key.append(to: &output)
                output.append(UInt8(ascii: "\""))
                output.append(UInt8(ascii: ":"))
                member.append(to: &output)
                return true
            }
        }
        output.append(UInt8(ascii: "}"))
        return output
    }
}
