// SPDX-License-Identifier: Apache-2.0
// Hostile content under valid checksums: what a mutation broke is summed anew.

import EventLog

/// Makes the bytes of a segment pass every check but that of their meaning.
enum Fixing {
    static let branch = BranchID(high: 0x0192_F0A1_B2C3_7D4E, low: 0x8F90_A1B2_C3D4_E5F6)

    /// Header, records and trailer, as far as there are any.
    static func all(_ bytes: [UInt8]) -> [UInt8] {
        var fixed = bytes
        guard fixed.count > SegmentHeaderLayout.size else { return fixed }
        let header = SegmentHeader(
            branch: branch,
            segment: 0,
            baseSequence: 1,
            baseStep: -1,
            created: 0,
            session: 1
        )
        fixed.replaceSubrange(0..<SegmentHeaderLayout.size, with: header.encoded())
        let end = records(&fixed, salt: branch.salt(segment: 0))
        trailer(&fixed, from: end)
        return fixed
    }

    /// Gives each record its sums and its sequence.
    ///
    /// - Returns: where the records end.
    private static func records(_ bytes: inout [UInt8], salt: UInt32) -> Int {
        var at = SegmentHeaderLayout.size
        var sequence: UInt64 = 1
        while at + RecordLayout.size <= bytes.count {
            let header = Array(bytes[at..<at + RecordLayout.size])
            let room = bytes.count - at - RecordLayout.size
            if bytes[at...].starts(with: Array("BURRSEAL".utf8)) { return at }
            // Where a mutation made a length too long, the record takes what there is.
            let wanted = Int(header[8]) | Int(header[9]) << 8 | Int(header[10]) << 16
            let length = min(wanted, room - room % 8)
            let payload = Array(bytes[at + RecordLayout.size..<at + RecordLayout.size + length])
            let record = RecordHeader(
                payloadCRC: CRC32C.checksum(seed: salt, payload.rawSpan),
                payloadLength: UInt32(length),
                type: RecordType(rawValue: max(1, header[12])),
                flags: RecordFlags(rawValue: header[13] & 5),
                session: 1,
                sequence: sequence,
                time: Int64(header[24]) | Int64(header[30]) << 48
            )
            bytes.replaceSubrange(at..<at + RecordLayout.size, with: record.encoded(salt: salt))
            let next = min(bytes.count, at + record.stride)
            for index in at + RecordLayout.size + length..<next { bytes[index] = 0 }
            at = next
            sequence += 1
        }
        return at
    }

    private static func trailer(_ bytes: inout [UInt8], from start: Int) {
        guard bytes.count - start >= 64, bytes.count % 8 == 0 else { return }
        var reader = ByteReader(bytes.rawSpan.extracting(start + 8..<start + 48))
        guard let indexOffset = try? reader.u64(), let indexLength = try? reader.u64(),
            let lastSequence = try? reader.u64(), let lastStep = try? reader.u64(),
            let count = try? reader.u64(), indexOffset < UInt64(start),
            indexLength < UInt64(start)
        else { return }
        let trailer = SegmentTrailer(
            indexOffset: indexOffset,
            indexLength: indexLength,
            lastSequence: lastSequence,
            lastStep: Int64(bitPattern: lastStep),
            recordCount: count,
            bodyCRC: CRC32C.checksum(bytes.rawSpan.extracting(0..<Int(indexOffset))),
            indexCRC: indexSum(bytes, from: Int(indexOffset))
        )
        bytes.replaceSubrange(start..., with: trailer.encoded())
    }

    /// The sum of the raw INDEX payload, where it is one record under no codec.
    private static func indexSum(_ bytes: [UInt8], from offset: Int) -> UInt32 {
        guard offset + RecordLayout.size <= bytes.count else { return 0 }
        let length = Int(bytes[offset + 8]) | Int(bytes[offset + 9]) << 8
        let end = min(bytes.count, offset + RecordLayout.size + length)
        return CRC32C.checksum(bytes.rawSpan.extracting(offset + RecordLayout.size..<end))
    }
}
