// SPDX-License-Identifier: Apache-2.0

/// JSON Merge Patch, RFC 7396.
package enum MergePatch {
    /// The merge patch between two values.
    ///
    /// - Parameters:
    ///   - old: compact JSON that is known to be valid.
    ///   - new: the same.
    /// - Returns: The text of the patch, or nil where a merge patch would lead elsewhere: it cannot
    ///   set null, and replaces lists as a whole.
    /// - Complexity: linear in both, times their depth.
    package static func between(_ old: [UInt8], _ new: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        let isExact = old.withView { old in
            new.withView { new in append(old, new, &output) }
        }
        return isExact ? output : nil
    }

    /// Appends the patch; false where it would be lossy.
    private static func append(_ old: ByteView, _ new: ByteView, _ output: inout [UInt8]) -> Bool {
        guard old[0] == UInt8(ascii: "{"), new[0] == UInt8(ascii: "{") else {
            // A list within is replaced as a whole: what changed in it cannot be told.
            if old[0] == UInt8(ascii: "["), new[0] == UInt8(ascii: "[") { return false }
            guard !holdsNull(new) else { return false }
            new.append(to: &output)
            return true
        }
        guard let before = members(old), let after = members(new) else { return false }
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        var isExact = true
        func key(_ key: [UInt8]) {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            JSONString.appendEncoded(key, to: &output)
            output.append(UInt8(ascii: ":"))
        }
        for (name, _) in before.order where after.values[name] == nil {
            key(name)
            output.append(contentsOf: "null".utf8)
        }
        for (name, range) in after.order where isExact {
            let value = new.slice(range)
            guard let place = before.values[name] else {
                key(name)
                if holdsNull(value) { isExact = false }
                value.append(to: &output)
                continue
            }
            let known = old.slice(place)
            if known == value { continue }
            key(name)
            isExact = append(known, value, &output)
        }
        output.append(UInt8(ascii: "}"))
        return isExact
    }

    private struct Members {
        var order: [([UInt8], Range<Int>)] = []
        var values: [[UInt8]: Range<Int>] = [:]
    }

    /// The members of an object by their decoded keys; nil where a key stands twice.
    private static func members(_ value: ByteView) -> Members? {
        var found = Members()
        var offset = 1
        while offset < value.count - 1 {
            let keyEnd = JSONScanner.trustedStringEnd(value, at: offset)
            let end = JSONScanner.trustedEnd(value, at: keyEnd + 1)
            let key = JSONString.decode(value.slice(offset + 1, keyEnd - 1))
            guard found.values.updateValue(keyEnd + 1..<end, forKey: key) == nil else { return nil }
            found.order.append((key, keyEnd + 1..<end))
            offset = end + 1
        }
        return found
    }

    /// Whether null is a value or stands in an object: a merge patch takes either for a removal.
    private static func holdsNull(_ value: ByteView) -> Bool {
        switch value[0] {
        case UInt8(ascii: "n"): return true
        case UInt8(ascii: "{"):
            var found = false
            StateDocument.forEachMember(value) { _, member in
                found = holdsNull(member)
                return !found
            }
            return found
        default: return false
        }
    }
}
