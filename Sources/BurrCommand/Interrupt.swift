// SPDX-License-Identifier: Apache-2.0

// Ctrl-C: the first one asks long work to stop where it is, the second ends the process.

internal import Glibc
internal import Synchronization

private let isRequested = Atomic<Bool>(false)

/// Lets long work stop at a good place.
enum Interrupt {
    /// Takes over Ctrl-C for the rest of the process.
    static func watch() {
        isRequested.store(false, ordering: .relaxed)
        signal(SIGINT, noteInterrupt)
    }

    /// Whether Ctrl-C was pressed.
    static var isPressed: Bool {
        isRequested.load(ordering: .relaxed)
    }

    /// Ends the work if Ctrl-C was pressed.
    ///
    /// - Throws: ``Interrupted`` with the place where the work stopped.
    static func check(_ place: @autoclosure () -> String) throws {
        if isPressed { throw Interrupted(place: place()) }
    }
}

private func noteInterrupt(_ number: Int32) {
    isRequested.store(true, ordering: .relaxed)
    signal(SIGINT, SIG_DFL)
}
