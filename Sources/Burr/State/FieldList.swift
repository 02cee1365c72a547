// SPDX-License-Identifier: Apache-2.0
// The values of a state with their keys: one object, so that copying a state is one reference.

/// The members of a state in their order. Copies share them until one of them changes.
// Safety: its storage is written only while one `FieldList` alone holds it.
struct FieldList: @unchecked Sendable {
    private struct Header {
        let table: KeyTable
        var count: Int
    }

    /// The values, behind their header.
    private final class Storage: ManagedBuffer<Header, State.Field> {
        deinit {
            unsafe withUnsafeMutablePointers { header, fields in
                for index in unsafe 0..<header.pointee.count {
                    unsafe (fields + index).deinitialize(count: 1)
                }
            }
        }
    }

    private var storage: Storage

    /// No members.
    static let empty = FieldList(.empty, [])

    /// Members from keys and as many values.
    init(_ table: KeyTable, _ values: [State.Field]) {
        precondition(table.names.count == values.count)
        storage = Self.make(table, count: values.count) { index in values[index] }
    }

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// The keys.
    var table: KeyTable {
        // Not by `header`, each access to which is checked for others while the program runs.
        unsafe storage.withUnsafeMutablePointerToHeader { unsafe $0.pointee.table }
    }

    var count: Int {
        unsafe storage.withUnsafeMutablePointerToHeader { unsafe $0.pointee.count }
    }

    var indices: Range<Int> { 0..<count }

    subscript(index: Int) -> State.Field {
        _read {
            precondition(index >= 0 && index < count)
            // In range, and kept alive: lent without being copied.
            yield unsafe fields[index]
        }
        set {
            precondition(index >= 0 && index < count)
            if !isKnownUniquelyReferenced(&storage) {
                storage = Self.make(table, count: count) { place in
                    place == index ? newValue : self[place]
                }
                return
            }
            // In range, and nobody else holds it: checked just now.
            unsafe fields[index] = newValue
        }
    }

    private var fields: UnsafeMutablePointer<State.Field> {
        unsafe storage.withUnsafeMutablePointerToElements { unsafe $0 }
    }

    /// Whether both are the same members in the same place.
    func isIdentical(to other: FieldList) -> Bool { storage === other.storage }

    /// The members with one more at their end.
    func adding(_ key: String, _ value: State.Field) -> FieldList {
        FieldList(Self.make(table.adding(key), count: count + 1) { $0 < count ? self[$0] : value })
    }

    /// The members without one.
    func removing(at index: Int) -> FieldList {
        let kept = table.removing(at: index)
        return FieldList(Self.make(kept, count: count - 1) { self[$0 < index ? $0 : $0 + 1] })
    }

    @inline(__always)
    private static func make(
        _ table: KeyTable,
        count: Int,
        _ value: (Int) -> State.Field
    ) -> Storage {
        let made = Storage.create(minimumCapacity: count) { _ in Header(table: table, count: 0) }
        // The pointer covers `count` places, none of them initialized.
        unsafe made.withUnsafeMutablePointers { header, fields in
            for index in 0..<count { unsafe (fields + index).initialize(to: value(index)) }
            unsafe header.pointee.count = count
        }
        // `create` makes an object of the class it is called on.
        return unsafe unsafeDowncast(made, to: Storage.self)
    }
}
