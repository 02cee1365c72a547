// SPDX-License-Identifier: Apache-2.0

// Opening a page in the user's browser.

internal import Glibc

/// The user's browser.
enum Browser {
    /// Opens an address.
    ///
    /// - Returns: false where there is no browser, or no screen for it.
    static func open(_ address: String) -> Bool {
        if let named = Environment.value("BROWSER") { return run(named, address) }
        guard Environment.value("DISPLAY") != nil || Environment.value("WAYLAND_DISPLAY") != nil
        else { return false }
        return run("xdg-open", address)
    }

    /// Starts a program and does not wait for it.
    private static func run(_ program: String, _ address: String) -> Bool {
        let words = CStrings([program, address])
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // What the browser has to say is not the server's output.
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // The server's blocked signals are not its child's.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // The child is no one's to wait for.
        signal(SIGCHLD, SIG_IGN)
        var child: pid_t = 0
        return unsafe posix_spawnp(&child, program, &actions, &attributes, words.vector, environ)
            == 0
    }
}
