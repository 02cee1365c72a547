// SPDX-License-Identifier: Apache-2.0
// Running another program for a limited time.

internal import EventLog
internal import Glibc

/// Runs programs that read all of their input before they answer.
enum ChildProcess {
    /// What became of a program.
    enum Outcome: Equatable {
        case output([UInt8])
        case notFound
        case failed
        case tookTooLong
    }

    /// No answer is longer than this.
    private static let outputLimit = 64 << 20

    /// Runs a program of the search path.
    ///
    /// - Parameters:
    ///   - words: its name and arguments.
    ///   - input: what it reads; it must not answer before it has read it.
    ///   - milliseconds: after so long it is killed.
    /// - Returns: what it wrote, or what became of it.
    static func run(_ words: [String], input: [UInt8], milliseconds: Int) -> Outcome {
        guard let toChild = Pipe(), let fromChild = Pipe() else { return .failed }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, toChild.reading, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, fromChild.writing, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
        var process: pid_t = 0
        let code = unsafe posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
        guard code == 0 else { return code == ENOENT ? .notFound : .failed }
        toChild.closeReading()
        fromChild.closeWriting()
        let deadline = Condition.now + Int64(milliseconds) * 1_000_000
        let isFed = toChild.write(input, until: deadline)
        toChild.closeWriting()
        let output = isFed ? fromChild.read(until: deadline, limit: outputLimit) : nil
        if output == nil { kill(process, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard let output else { return Condition.now >= deadline ? .tookTooLong : .failed }
        return status == 0 ? .output(output) : .failed
    }
}

/// Both ends of a pipe, closed when it is let go of.
///
/// A pair of sockets: writing to a program that has ended is an error there, not a signal.
private final class Pipe {
    private(set) var reading: Int32 = -1
    private(set) var writing: Int32 = -1

    init?() {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        closeReading()
        closeWriting()
    }

    func closeReading() {
        if reading >= 0 { close(reading) }
        reading = -1
    }

    func closeWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }

    /// Writes all; false when the other end is gone or time is up.
    func write(_ bytes: [UInt8], until deadline: Int64) -> Bool {
        var offset = 0
        while offset < bytes.count {
            guard wait(writing, Int16(POLLOUT), until: deadline) else { return false }
            let count = unsafe bytes.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
                let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
                return unsafe send(writing, rest.baseAddress, rest.count, flags)
            }
            if count < 0, errno != EAGAIN, errno != EINTR { return false }
            offset += max(0, count)
        }
        return true
    }

    /// Reads up to the end; `nil` when time is up or there is too much.
    func read(until deadline: Int64, limit: Int) -> [UInt8]? {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while wait(reading, Int16(POLLIN), until: deadline) {
            let count = unsafe Glibc.read(reading, &buffer, buffer.count)
            if count == 0 { return output }
            if count < 0, errno != EINTR { return nil }
            output += buffer[..<max(0, count)]
            if output.count > limit { return nil }
        }
        return nil
    }

    private func wait(_ descriptor: Int32, _ event: Int16, until deadline: Int64) -> Bool {
        let left = (deadline - Condition.now) / 1_000_000
        guard left > 0 else { return false }
        var file = pollfd(fd: descriptor, events: event, revents: 0)
        return unsafe poll(&file, 1, Int32(clamping: left)) > 0
    }
}
