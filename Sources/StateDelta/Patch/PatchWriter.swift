// SPDX-License-Identifier: Apache-2.0

/// Writes the text of a JSON Patch.
struct PatchWriter {
    private var output: [UInt8] = [UInt8(ascii: "[")]

    mutating func write(_ step: PatchStep) {
        if output.count > 1 { output.append(UInt8(ascii: ",")) }
        switch step.kind {
        case .added: append("{\"op\":\"add\",\"path\":\"")
        case .removed: append("{\"op\":\"remove\",\"path\":\"")
        case .changed: append("{\"op\":\"replace\",\"path\":\"")
        }
        append(step.path, isAppend: step.isAppend)
        output.append(UInt8(ascii: "\""))
        if step.kind != .removed, let new = step.new {
            append(",\"value\":")
            output.append(contentsOf: new)
        }
        output.append(UInt8(ascii: "}"))
    }

    /// Writes the test that the value a step changes is there; nothing for an addition.
    mutating func writeTest(_ step: PatchStep) {
        guard let old = step.old else { return }
        if output.count > 1 { output.append(UInt8(ascii: ",")) }
        append("{\"op\":\"test\",\"path\":\"")
        append(step.path, isAppend: false)
        append("\",\"value\":")
        output.append(contentsOf: old)
        append("}")
    }

    /// Writes the operation that adds text, as written between quotes, to the end of a string.
    mutating func writeStringAppend(_ path: [PathPart], _ text: ByteView) {
        if output.count > 1 { output.append(UInt8(ascii: ",")) }
        append("{\"op\":\"str-append\",\"path\":\"")
        append(path, isAppend: false)
        append("\",\"value\":\"")
        text.append(to: &output)
        append("\"}")
    }

    private mutating func append(_ path: [PathPart], isAppend: Bool) {
        for (number, part) in path.enumerated() {
            output.append(UInt8(ascii: "/"))
            switch part {
            case .key(let key): PatchWriter.appendToken(key, to: &output)
            case .index(let index):
                if isAppend, number == path.count - 1 {
                    output.append(UInt8(ascii: "-"))
                } else {
                    output.append(contentsOf: String(index).utf8)
                }
            }
        }
    }

    consuming func finish() -> [UInt8] {
        output.append(UInt8(ascii: "]"))
        return output
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { unsafe output.append(contentsOf: $0) }
    }

    /// Appends a key as written as a reference token within a JSON string.
    ///
    /// The key's own escapes stay, so that what no decoder can hold, a lone surrogate, stays too.
    static func appendToken(_ key: [UInt8], to output: inout [UInt8]) {
        var offset = 0
        while offset < key.count {
            let byte = key[offset]
            guard byte == UInt8(ascii: "\\"), offset + 1 < key.count else {
                JSONPointer.append(CollectionOfOne(byte), to: &output)
                offset += 1
                continue
            }
            let length = key[offset + 1] == UInt8(ascii: "u") ? 6 : 2
            let escape = Array(key[offset..<min(offset + length, key.count)])
            let decoded = JSONString.decode(escape)
            if decoded == [UInt8(ascii: "/")] || decoded == [UInt8(ascii: "~")] {
                JSONPointer.append(decoded, to: &output)
            } else {
                output.append(contentsOf: escape)
            }
            offset += length
        }
    }
}
