// SPDX-License-Identifier: Apache-2.0
// References that are not counted: a retain and its release are a fiftieth of a short step.

/// A reference to what whoever holds it keeps alive in another way.
@safe
struct Lent<Object: AnyObject> {
    // Safety: `use` is called only while the object lives, as the owner promises.
    private let reference: Unmanaged<Object>

    init(_ object: Object) {
        unsafe reference = .passUnretained(object)
    }

    /// Lends the object to `body`, which does not keep it.
    @inline(__always)
    func use<R, E>(_ body: (Object) throws(E) -> R) throws(E) -> R {
        let result = unsafe reference._withUnsafeGuaranteedRef { object in
            Result { () throws(E) in try body(object) }
        }
        return try result.get()
    }
}

// Safety: it is no more than a reference.
extension Lent: @unchecked Sendable where Object: Sendable {}
