// Reads snapshots with all their parts.

/// Where a snapshot is in a branch.
package struct SnapshotLocation: Equatable, Sendable {
    /// The segment.
    package var segment: UInt64
    /// The row of its index.
    package var entry: SnapshotEntry

    /// Makes one.
    package init(segment: UInt64, entry: SnapshotEntry) {
        self.segment = segment
        self.entry = entry
    }
}

/// A snapshot read and checked.
package struct LoadedSnapshot: Equatable, Sendable {
    /// The state is the one after this step.
    package var step: Int64
    /// The state text; nil when the state at this step is not known.
    package var text: [UInt8]?
    /// The delta name table at this point.
    package var names: [[UInt8]]
    /// Offset of the record after the snapshot.
    package var end: UInt64
    /// Sequence of the record after the snapshot.
    package var nextSequence: UInt64
}

extension SegmentFile {
    /// Whether the snapshot that a row of the index tells of is where the row says.
    ///
    /// A disk that writes to a wrong place can leave another valid record there.
    /// - Throws: `LogError.io` when the file cannot be read.
    /// - Complexity: one read of the record.
    func holds(_ entry: SnapshotEntry) throws(LogError) -> Bool {
        var scanner = scanner(at: entry.offset)
        do throws(LogError) {
            let (_, _, head) = try unsafe first(&scanner, at: entry.offset)
            return head.entry(at: entry.offset) == entry
        } catch .damaged {
            return false
        }
    }

    private func scanner(at offset: UInt64) -> SegmentScanner {
        var scanner = SegmentScanner(
            file: file,
            path: path,
            segment: header.segment,
            salt: header.salt,
            limit: dataEnd,
            from: offset
        )
        scanner.seek(to: offset, expecting: nil)
        return scanner
    }

    /// The first record of a snapshot: its header, its stored payload and the fields in it.
    private func first(
        _ scanner: inout SegmentScanner,
        at offset: UInt64
    ) throws(LogError) -> (RecordHeader, UnsafeRawBufferPointer, SnapshotPayload) {
        guard let first = try scanner.probe(at: offset), first.type == .snapshot else {
            throw .damaged(path: path, offset: offset)
        }
        let stored = try unsafe scanner.payload(of: first, at: offset)
        guard let head = unsafe try? SnapshotPayload(decodingHead: stored.bytes) else {
            throw .damaged(path: path, offset: offset)
        }
        return unsafe (first, stored, head)
    }

    /// Reads the snapshot at `offset` and checks its hash.
    ///
    /// - Throws: `damaged` when there is none or it cannot be read.
    package func loadSnapshot(at offset: UInt64) throws(LogError) -> LoadedSnapshot {
        var scanner = scanner(at: offset)
        let (first, stored, head) = try unsafe first(&scanner, at: offset)
        var end = offset + UInt64(first.stride)
        var sequence = first.sequence + 1
        let whole = unsafe stored[head.headLength...]
        if unsafe whole.count == head.storedLength {
            let text = try unsafe text(
                of: head,
                frame: UnsafeRawBufferPointer(rebasing: whole).bytes,
                at: offset
            )
            return LoadedSnapshot(
                step: head.step,
                text: text,
                names: head.names,
                end: end,
                nextSequence: sequence
            )
        }
        var frame = unsafe [UInt8](whole)
        while frame.count < head.storedLength {
            guard let part = try scanner.probe(at: end), part.type == .snapshotPart,
                part.sequence == sequence
            else { throw .damaged(path: path, offset: end) }
            unsafe frame.append(contentsOf: try unsafe scanner.payload(of: part, at: end))
            end += UInt64(part.stride)
            sequence += 1
        }
        let text = try text(of: head, frame: frame.rawSpan, at: offset)
        return LoadedSnapshot(
            step: head.step,
            text: text,
            names: head.names,
            end: end,
            nextSequence: sequence
        )
    }

    private func text(
        of head: SnapshotPayload,
        frame: RawSpan,
        at offset: UInt64
    ) throws(LogError) -> [UInt8]? {
        do throws(FormatError) {
            return try head.text(frame: frame)
        } catch {
            throw .damaged(path: path, offset: offset)
        }
    }
}
