// SPDX-License-Identifier: Apache-2.0
// Burr's metadata.json of an application that Burr did not record.

internal import StateDelta
internal import Tracking

extension Meta {
    /// The text of `metadata.json`: Burr's own where there is one, else made of the same facts.
    var metadataText: [UInt8] {
        if let metadata { return metadata }
        var text = JSONText()
        text.object { text in
            text.key("type")
            text.string("application_metadata")
            text.key("partition_key")
            text.string(partitionKey)
            text.key("parent_pointer")
            Self.append(parent, to: &text)
            text.key("spawning_parent_pointer")
            Self.append(spawningParent, to: &text)
        }
        return text.bytes
    }

    private static func append(_ pointer: ParentPointer?, to text: inout JSONText) {
        guard let pointer else { return text.string(nil) }
        text.object { text in
            text.key("type")
            text.string("pointer_data")
            text.key("app_id")
            text.string(pointer.appID)
            text.key("sequence_id")
            text.integer(pointer.step.map { Int($0) })
            text.key("partition_key")
            text.string(pointer.partitionKey)
        }
    }
}
