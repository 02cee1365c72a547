// SPDX-License-Identifier: Apache-2.0
// Replies that cost more than they change: made anew at most so often.

internal import Synchronization

/// Keeps replies for a moment: nine times what they cost to make, and 10 to 250 ms.
///
/// While one request makes a reply anew the others get the one there is, so that asking often never
/// costs more than a tenth of a processor, but where making takes longer than 28 ms.
final class FreshReplies: Sendable {
    private struct Entry {
        var response: Response
        var isGoodUntil: Int64
        var isBeingMade = false
    }

    private let entries = Mutex<[String: Entry]>([:])
    /// How often all replies were forgotten.
    private let forgotten = Atomic(0)

    /// Replies that are kept.
    private static let limit = 256
    /// Bytes of those that are kept.
    private static let byteLimit = 16 << 20

    /// Bytes of the replies that are kept.
    var byteCount: Int {
        entries.withLock { $0.values.reduce(0) { $0 + $1.response.byteCount } }
    }

    /// The reply of a key, if there is one that is still good, or being made anew by another.
    func kept(_ key: String) -> Response? {
        let now = Clock.now()
        return entries.withLock { entries in
            guard let entry = entries[key], entry.isGoodUntil > now || entry.isBeingMade else {
                return nil
            }
            return entry.response
        }
    }

    /// Makes every reply anew the next time, those that are being made included.
    func forget() {
        forgotten.add(1, ordering: .sequentiallyConsistent)
        entries.withLock { entries in entries = entries.filter { $0.value.isBeingMade } }
    }

    /// The reply of a key.
    ///
    /// - Parameters:
    ///   - key: what was asked for.
    ///   - make: makes the reply.
    /// - Returns: the reply.
    /// - Throws: what the closure throws.
    func reply(_ key: String, _ make: () throws -> Response) throws -> Response {
        let begun = Clock.now()
        let age = forgotten.load(ordering: .sequentiallyConsistent)
        let known = entries.withLock { entries -> Response? in
            guard let entry = entries[key] else { return nil }
            if entry.isGoodUntil > begun || entry.isBeingMade { return entry.response }
            entries[key]?.isBeingMade = true
            return nil
        }
        if let known { return known }
        do {
            let response = try make()
            let now = Clock.now()
            let isFresh = age == forgotten.load(ordering: .sequentiallyConsistent)
            let span = isFresh ? min(max(9 * (now - begun), 10_000_000), 250_000_000) : 0
            entries.withLock { entries in
                let held = entries.values.reduce(response.byteCount) { $0 + $1.response.byteCount }
                if entries.count >= Self.limit || held > Self.byteLimit {
                    entries = entries.filter { $0.value.isBeingMade }
                }
                entries[key] = Entry(response: response, isGoodUntil: now + span)
            }
            return response
        } catch {
            entries.withLock { $0[key] = nil }
            throw error
        }
    }
}

extension Response {
    /// Bytes of the body, where it is there.
    fileprivate var byteCount: Int {
        if case .bytes(let bytes) = body { bytes.count } else { 0 }
    }
}
