// SPDX-License-Identifier: Apache-2.0

// `burr serve`, and `burr` alone: the server on port 7241.

internal import Glibc
internal import Tracking
internal import TrackingServer

extension Command {
    static let serve = Command(
        specification: CommandSpecification(
            name: "serve",
            summary: "serve the page and the API on port 7241; burr alone does the same",
            operands: "",
            operandCount: 0...0,
            formats: [.pretty],
            options: [
                .init(.port, value: "PORT", "the port (default: 7241; 0 takes a free one)"),
                .init(.host, value: "HOST", "the address (default: 127.0.0.1)"),
                .init(.noOpen, "do not open the browser"),
                .init(.tokenFile, value: "FILE", "ask for the token that stands in FILE"),
                .init(.insecure, "listen beyond this machine without a token"),
                .init(.basePath, value: "PATH", "what every path begins with, as /burr"),
                .init(.ui, value: "DIR", "serve Burr's own page, built in DIR"),
                .init(.page, value: "DIR", "serve the page from the files in DIR"),
                .init(.noCopyDemoData, "as Burr has it; no demo data is ever copied"),
                .init(.devMode, "as Burr has it; changes nothing"),
                .init(.backend, value: "NAME", "as Burr has it; only local is there"),
            ],
            notes: [
                """
                Runs until Ctrl-C. Beyond this machine it asks for a token, of at least 16 \
                characters, unless --insecure is given.
                """
            ],
            examples: [
                .init("burr", "the page of ~/.burr, in the browser"),
                .init("burr --port 8000 --no-open", "on another port, without a browser"),
                .init("burr serve --host 0.0.0.0 --token-file t.txt", "for others, with a token"),
            ],
            exits: [
                "0   ended by Ctrl-C or SIGTERM", "64  the command line is wrong",
                "69  the address cannot be had", "74  reading or writing failed",
            ]
        ),
        run: { try ServeCommand(invocation: $0).run() }
    )
}

/// Runs the server until a signal ends it.
private struct ServeCommand {
    let invocation: Invocation

    func run() throws -> ExitCode {
        let options = try options()
        let page = try page()
        try checkBackend()
        let store = invocation.store
        try checkStore(store)
        // Before any thread starts, so that all of them leave the signals to this one.
        let signals = EndSignals()
        let service = Service(store)
        let router = service.router(page: page, basePath: options.basePath)
        let server = HTTPServer(options, router, service.metrics)
        do throws(ListenError) {
            try server.start()
        } catch {
            throw CommandError(.unavailable, "\(error)")
        }
        try announce(server, store)
        signals.wait()
        server.stop()
        return .success
    }

    private func announce(_ server: HTTPServer, _ store: Store) throws {
        let address = server.address
        try invocation.output.write("Burr serves \(store.root) at \(address) (Ctrl-C ends it)\n")
        try invocation.output.flush()
        if isEmpty(store) {
            invocation.diagnostics.note("The store is empty. For something to see: burr demo")
        }
        guard !invocation.has(.noOpen) else { return }
        if !Browser.open(address) {
            invocation.diagnostics.note("No browser was found here: open \(address) in yours.")
        }
    }

    private func isEmpty(_ store: Store) -> Bool {
        guard let projects = try? Catalog(store).projects() else { return true }
        return projects.isEmpty
    }

    private func checkStore(_ store: Store) throws {
        guard store.exists(store.root) else { return }
        _ = try Catalog(store).projects()
    }

    private func checkBackend() throws {
        guard let backend = invocation.value(.backend), backend != "local" else { return }
        throw invocation.usage("--backend is local here, not '\(backend)'")
    }

    private func page() throws -> Service.Page {
        do throws(Site.Failure) {
            if let path = invocation.value(.ui) { return .burr(try site(path)) }
            if let path = invocation.value(.page) { return .own(try site(path)) }
            return .own(.embedded)
        } catch {
            throw CommandError(.inputOutput, "\(error)")
        }
    }

    private func site(_ path: String) throws(Site.Failure) -> Site {
        try Site(directory: Path.absolute(Environment.expandingHome(path)))
    }

    private func options() throws -> HTTPServer.Options {
        var options = HTTPServer.Options()
        if let host = invocation.value(.host) { options.host = host }
        if let text = invocation.value(.port) {
            guard let port = UInt16(text) else {
                throw invocation.usage("--port is a number from 0 to 65535, not '\(text)'")
            }
            options.port = port
        }
        options.basePath = try basePath()
        options.token = try token()
        guard options.token != nil || Access.isLoopback(options.host) || invocation.has(.insecure)
        else {
            throw invocation.usage(
                "on \(options.host) others can read the store: give --token-file FILE, "
                    + "or --insecure if that is meant"
            )
        }
        return options
    }

    private func basePath() throws -> String {
        guard let given = invocation.value(.basePath), given != "/" else { return "" }
        let path = given.hasSuffix("/") ? String(given.dropLast()) : given
        let isPlain = path.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                || UInt8(ascii: "-")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "_")
        }
        guard path.hasPrefix("/"), isPlain, !path.contains("//"), !path.contains("..") else {
            throw invocation.usage("--base-path is a path like /burr, not '\(given)'")
        }
        return path
    }

    private func token() throws -> String? {
        guard let file = invocation.value(.tokenFile) else { return nil }
        let path = Path.absolute(Environment.expandingHome(file))
        guard let bytes = FileBytes.read(path, invocation.store.storage) else {
            throw CommandError(.inputOutput, "the token file \(path) cannot be read")
        }
        let isSpace = { (byte: UInt8) in byte <= 0x20 }
        let token = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        let isPlain = token.allSatisfy { byte in
            (0x21...0x7E).contains(byte) && !Array("\";,\\".utf8).contains(byte)
        }
        guard token.count >= 16, isPlain else {
            throw CommandError(
                .usage,
                "the token in \(path) must have at least 16 characters: letters, digits, - and _"
            )
        }
        return String(decoding: token, as: UTF8.self)
    }
}

/// The signals that end a server.
private struct EndSignals {
    private var set = sigset_t()

    /// Blocks them in this thread and those it starts.
    init() {
        unsafe sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&set, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for one of them; the next one ends the process at once.
    func wait() {
        var set = set
        var number: Int32 = 0
        while unsafe sigwait(&set, &number) != 0 {}
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
}
