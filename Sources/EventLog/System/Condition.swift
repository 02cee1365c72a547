// A lock that threads can wait on, and threads of our own.

internal import CSystem
internal import Glibc

/// A mutex with a condition, for waiting with a deadline.
@safe @usableFromInline
package final class Condition: Sendable {
    // Safety: allocated once, used through pthread only, freed with the object.
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private nonisolated(unsafe) let condition: UnsafeMutablePointer<pthread_cond_t>

    @usableFromInline
    package init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        // A wall clock may jump; a deadline must not.
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// The time on the clock of deadlines, in nanoseconds; it only goes forward.
    package static var now: Int64 { Syscalls.monotonicClock() }

    /// Takes the lock.
    @usableFromInline
    package func lock() {
        unsafe pthread_mutex_lock(mutex)
    }

    /// Gives the lock up.
    @usableFromInline
    package func unlock() {
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Waits for a signal; the lock is held before and after.
    package func wait() {
        unsafe pthread_cond_wait(condition, mutex)
    }

    /// Waits for a signal or until a time of the monotonic clock.
    package func wait(until deadline: Int64) {
        var time = timespec(
            tv_sec: Int(deadline / 1_000_000_000),
            tv_nsec: Int(deadline % 1_000_000_000)
        )
        unsafe pthread_cond_timedwait(condition, mutex, &time)
    }

    /// Wakes all that wait.
    package func broadcast() {
        unsafe pthread_cond_broadcast(condition)
    }
}

/// What a thread of ours runs.
package final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    package init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }

    /// Starts a detached thread; false when the system refuses.
    package func start() -> Bool {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self)
        let failure = unsafe pthread_create(&thread, nil, threadMain, context.toOpaque())
        if failure != 0 {
            unsafe context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

/// A free function: a closure could inherit an actor, and a foreign thread may not run it.
private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue()
    unsafe csystem_name_thread(body.name)
    body.run()
    return nil
}
