// A mutex that ThreadSanitizer understands.

public import Synchronization

/// A value behind a mutex.
///
/// The mutex of the standard library waits in the kernel without the calls that ThreadSanitizer
/// watches. A build that looks for races (`-DFIND_RACES`) takes a pthread mutex inside it.
///
/// Public only because the compiler specialises no `package` function in another module.
public struct Guarded<Value: ~Copyable>: ~Copyable {
    @usableFromInline let mutex: Mutex<Value>
    #if FIND_RACES
    @usableFromInline let witness = Condition()
    #endif

    /// Takes a value over.
    @inlinable public init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Runs `body` while no other thread is in one.
    @inlinable public borrowing func withLock<R: ~Copyable, E: Error>(
        _ body: (inout sending Value) throws(E) -> sending R
    ) throws(E) -> sending R {
        try mutex.withLock { (value) throws(E) in
            #if FIND_RACES
            witness.lock()
            defer { witness.unlock() }
            #endif
            return try body(&value)
        }
    }

    /// The same, unless another thread is in one just now: then nil.
    @inlinable public borrowing func withLockIfAvailable<R: ~Copyable, E: Error>(
        _ body: (inout sending Value) throws(E) -> sending R
    ) throws(E) -> sending R? {
        try mutex.withLockIfAvailable { (value) throws(E) in
            #if FIND_RACES
            witness.lock()
            defer { witness.unlock() }
            #endif
            return try body(&value)
        }
    }
}

extension Guarded: Sendable where Value: ~Copyable {}
